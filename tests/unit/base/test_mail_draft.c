/* mail_draft: addresses, and what a mail looks like on the wire. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/mail_draft.h"

static const struct {
	const char *text;
	const char *first, *second; /* NULL: refused, or no second one */
} addresses[] = {
	{ "a@b.example", "a@b.example", NULL },
	{ "<a@b.example>", "a@b.example", NULL },
	{ "Ann B <a@b.example>", "a@b.example", NULL },
	{ "\"B, Ann @home\" <a@b.example>", "a@b.example", NULL },
	{ "J\xC3\xBCrgen <j@b.example>", "j@b.example", NULL },
	{ "a@b, c@d", "a@b", "c@d" },
	{ "a@b, a@b", "a@b", NULL },
	{ "a+tag@b.example", "a+tag@b.example", NULL },
	{ "", NULL, NULL },
	{ "ann", NULL, NULL },
	{ "a@", NULL, NULL },
	{ "@b", NULL, NULL },
	{ "a@b@c", NULL, NULL },
	{ "a b@c", NULL, NULL },
	{ "a@b;c@d", NULL, NULL },
	{ "friends: a@b, c@d;", NULL, NULL },
	{ "a@b\r\nBcc: c@d", NULL, NULL },
	{ "a@b> RCPT TO:<c@d", NULL, NULL },
	{ "\"a b\"@c", NULL, NULL },
	{ "a@[127.0.0.1]", NULL, NULL },
	{ "j\xC3\xBC@b.example", NULL, NULL },
	{ "a@b, c@d, e@f, g@h, i@j, k@l", NULL, NULL },
};

static void test_addresses__are_bare_and_checked(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		CLEANUP(words_done) struct words found = { 0 };
		const char *why = NULL;
		int r = mail_addresses(addresses[i].text, &found, &why);

		if (!addresses[i].first) {
			if (r != -EINVAL)
				fail_msg("%s is taken", addresses[i].text);
			assert_non_null(why);
			continue;
		}
		if (r < 0)
			fail_msg("%s: %s", addresses[i].text, why);
		assert_int_equal(found.count, addresses[i].second ? 2 : 1);
		assert_string_equal(found.word[0], addresses[i].first);
		if (addresses[i].second)
			assert_string_equal(found.word[1], addresses[i].second);
	}
}

static const struct mail_draft plain = {
	.from = "Desk <desk@example.org>",
	.to = "a@example.org",
	.subject = "Hello",
	.message_id = "dlv_1@example.org",
	.date_sec = 1764064800,
	.text = "Hi",
};

static char *formatted(const struct mail_draft *draft)
{
	CLEANUP(buf_done) struct buf out = BUF_INIT(MIB);
	const char *why = NULL;

	if (mail_draft_format(draft, &out, &why) < 0)
		fail_msg("%s", why);
	return buf_take(&out);
}

static void test_format__keeps_strangers_out_of_the_header(void **state)
{
	struct mail_draft draft = plain;
	CLEANUP(freep) char *text = NULL;
	const char *body;

	(void)state;
	draft.in_reply_to = "<a@b>\r\nBcc: evil@example.org";
	draft.references = "<a@b> <c d@e> junk \x01 <f@g";
	text = formatted(&draft);
	body = strstr(text, "\r\n\r\n");
	assert_non_null(body);
	assert_null(strstr(text, "\nBcc"));
	assert_null(strstr(text, "evil"));
	assert_non_null(strstr(text, "In-Reply-To: <a@b>\r\n"));
	assert_non_null(strstr(text, "Auto-Submitted: auto-replied\r\n"));
	assert_non_null(strstr(text, "Message-Id: <dlv_1@example.org>\r\n"));
	for (const char *p = text; (p = strchr(p, '\n')); p++)
		assert_true(p[-1] == '\r');
}

static void test_format__of_a_long_thread_keeps_both_ends(void **state)
{
	CLEANUP(buf_done) struct buf ids = BUF_INIT(64 * KIB);
	struct mail_draft draft = plain;
	CLEANUP(freep) char *text = NULL;

	(void)state;
	for (int i = 0; i < 100; i++)
		assert_int_equal(buf_add_format(&ids, "<id%d@example.org> ", i), 0);
	draft.references = buf_text(&ids);
	text = formatted(&draft);
	assert_non_null(strstr(text, "<id0@example.org>"));
	assert_non_null(strstr(text, "<id99@example.org>"));
	assert_null(strstr(text, "<id1@example.org>"));
}

static void test_format__refuses_a_bad_address(void **state)
{
	CLEANUP(buf_done) struct buf out = BUF_INIT(MIB);
	struct mail_draft draft = plain;
	const char *why = NULL;

	(void)state;
	draft.to = "nobody";
	assert_int_equal(mail_draft_format(&draft, &out, &why), -EINVAL);
	assert_non_null(why);
	draft = plain;
	out.max = 100;
	assert_int_equal(mail_draft_format(&draft, &out, &why), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses__are_bare_and_checked),
		cmocka_unit_test(test_format__keeps_strangers_out_of_the_header),
		cmocka_unit_test(test_format__of_a_long_thread_keeps_both_ends),
		cmocka_unit_test(test_format__refuses_a_bad_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
