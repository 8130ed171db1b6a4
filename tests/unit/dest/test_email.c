/* dest/email: what the end of a transfer means, and what a mail says by itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/fetch.h"
#include "base/json.h"
#include "base/template.h"
#include "dest/email.h"
#include "dest/email_text.h"

static void test_judge__by_status(void **state)
{
	static const struct {
		int status;
		enum outcome outcome;
		bool is_slow;
	} cases[] = {
		{ 250, OUTCOME_OK, false },	  { 251, OUTCOME_OK, false },
		{ 421, OUTCOME_TEMPFAIL, true },  { 450, OUTCOME_TEMPFAIL, true },
		{ 452, OUTCOME_TEMPFAIL, true },  { 454, OUTCOME_TEMPFAIL, false },
		{ 500, OUTCOME_PERMFAIL, false }, { 550, OUTCOME_PERMFAIL, false },
		{ 554, OUTCOME_PERMFAIL, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fetch_result result = { .error = FETCH_DONE,
					       .status = cases[i].status,
					       .detail = "",
					       .body = "x\x1b[31m\r\n",
					       .body_len = 8 };
		CLEANUP(verdict_done) struct verdict verdict;

		email_judge(&result, &verdict);
		assert_int_equal(verdict.outcome, cases[i].outcome);
		assert_int_equal(verdict.is_slow, cases[i].is_slow);
		assert_int_equal(verdict.status, cases[i].status);
		assert_string_equal(verdict.detail, "SMTP x [31m");
	}
}

static void test_judge__without_a_verdict(void **state)
{
	struct fetch_result result = {
		.error = FETCH_UNCERTAIN, .detail = "timed out", .body = "", .timed_out = true
	};
	CLEANUP(verdict_done) struct verdict verdict;

	(void)state;
	email_judge(&result, &verdict);
	assert_int_equal(verdict.outcome, OUTCOME_TEMPFAIL);
	assert_true(verdict.is_slow);
	assert_string_equal(verdict.detail, "timed out");
}

/* ---- subjects and threads ---- */

#define MAIL(subject) "\"metadata\":{\"mail\":{\"message_id\":\"<m@x>\",\"subject\":" subject "}}"
#define PAYLOAD(type, message, rest) \
	"{\"type\":\"" type \
	"\",\"data\":{\"conversation\":{\"id\":\"cnv_1\"},\"message\":{\"id\":" \
	"\"msg_1\"," message "}," rest "}}"
#define ANSWER "\"answer\":{\"text\":\"Hi\",\"html\":\"<p>Hi</p>\"}"

static const struct {
	const char *payload;
	const char *subject, *text;
	bool is_threaded, has_html;
} mails[] = {
	{ PAYLOAD("answer.received", MAIL("\"Help\""), ANSWER), "Re: Help", "Hi", true, true },
	{ PAYLOAD("answer.received", MAIL("\"RE: re:Re[3]: AW: Help\""), ANSWER), "Re: Help", "Hi",
	  true, true },
	{ PAYLOAD("answer.received", MAIL("\"Rebate: 5 %\""), ANSWER), "Re: Rebate: 5 %", "Hi",
	  true, true },
	{ PAYLOAD("answer.received", MAIL("\"Re[\""), ANSWER), "Re: Re[", "Hi", true, true },
	{ PAYLOAD("answer.received", MAIL("\"Re:\""), ANSWER), "Our answer to your message", "Hi",
	  true, true },
	{ PAYLOAD("followup.received", MAIL("null"), ANSWER), "Our answer to your message", "Hi",
	  true, true },
	{ PAYLOAD("answer.received", "\"metadata\":null", ANSWER), "Our answer to your message",
	  "Hi", false, true },
	{ PAYLOAD("answer.overdue", MAIL("\"Help\""), "\"overdue_text\":\"Wait\""), "Re: Help",
	  "Wait", true, false },
	{ PAYLOAD("answer.overdue", MAIL("\"Help\""), "\"overdue_text\":null"),
	  "No answer yet: msg_1", NULL, false, false },
	{ PAYLOAD("message.failed", MAIL("\"Help\""), "\"answer\":null"), "Message failed: msg_1",
	  NULL, false, false },
	{ PAYLOAD("emergency.received", MAIL("\"Help\""), ANSWER), "Emergency: cnv_1", NULL, false,
	  false },
};

static void test_text__by_what_happened(void **state)
{
	struct config_destination destination = { .from = (char *)"Desk <d@example.org>" };
	CLEANUP(freep) char *why = NULL;

	(void)state;
	assert_int_equal(template_parse("a@example.org", &destination.to, &why), 0);
	for (size_t i = 0; i < ARRAY_SIZE(mails); i++) {
		CLEANUP(parcel_done) struct parcel parcel = { .id = "dlv_1" };
		CLEANUP(email_text_done) struct email_text text = { 0 };
		const char *fault;

		assert_int_equal(json_parse(mails[i].payload, strlen(mails[i].payload),
					    &parcel.payload, &fault),
				 0);
		assert_int_equal(email_text_make(&destination, &parcel, &text, &why), 0);
		assert_string_equal(text.draft.subject, mails[i].subject);
		assert_string_equal(text.draft.message_id, "dlv_1@example.org");
		if (mails[i].text)
			assert_string_equal(text.draft.text, mails[i].text);
		else
			assert_non_null(strstr(text.draft.text, "Message: msg_1"));
		assert_int_equal(text.draft.in_reply_to != NULL, mails[i].is_threaded);
		assert_int_equal(text.draft.html != NULL, mails[i].has_html);
	}
	template_free(destination.to);
}

static void test_text__without_an_answer_is_none(void **state)
{
	static const char payload[] =
		PAYLOAD("answer.received", "\"metadata\":null", "\"answer\":{\"text\":null}");
	struct config_destination destination = { .from = (char *)"d@example.org" };
	CLEANUP(parcel_done) struct parcel parcel = { .id = "dlv_1" };
	CLEANUP(freep) char *why = NULL;
	struct email_text text;
	const char *fault;

	(void)state;
	assert_int_equal(template_parse("a@example.org", &destination.to, &why), 0);
	assert_int_equal(json_parse(payload, strlen(payload), &parcel.payload, &fault), 0);
	assert_int_equal(email_text_make(&destination, &parcel, &text, &why), -ENOENT);
	assert_string_equal(why, "no value at /data/answer/text");
	template_free(destination.to);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judge__by_status),
		cmocka_unit_test(test_judge__without_a_verdict),
		cmocka_unit_test(test_text__by_what_happened),
		cmocka_unit_test(test_text__without_an_answer_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
