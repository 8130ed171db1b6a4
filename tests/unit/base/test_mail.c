/* mail: header, thread, texts in every charset, attachments, and what no person wrote. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/mail.h"

static void parse(const char *text, struct mail *ret_mail)
{
	const char *why = "";

	if (mail_parse(text, strlen(text), ret_mail, &why) < 0)
		fail_msg("refused: %s", why);
}

static void test_header__thread_and_people(void **state)
{
	CLEANUP(mail_done) struct mail mail = { 0 };

	(void)state;
	parse("From MAILER Mon Nov  3 10:12:00 2025\n"
	      "From: =?utf-8?q?Ann_Sm=C3=AFth?= <Ann@Example.org>, x@example.org\n"
	      "Reply-To: \"Smith, Ann\" <reply@example.org>\n"
	      "To: desk@example.org\n"
	      "Subject: =?iso-8859-1?q?Gr=FC=DFe?=\n =?iso-8859-1?q?_aus_K=F6ln?=\n"
	      "Message-ID: <m3@example.org>\n"
	      "In-Reply-To: <m2@example.org>\n"
	      "References: <m1@example.org>\n <m2@example.org>\n"
	      "\nHello\n",
	      &mail);
	assert_string_equal(mail.from.name, "Ann Smïth");
	assert_string_equal(mail.from.email, "Ann@Example.org");
	assert_string_equal(mail.reply_to.name, "Smith, Ann");
	assert_string_equal(mail.reply_to.email, "reply@example.org");
	assert_string_equal(mail.to.email, "desk@example.org");
	assert_string_equal(mail.subject, "Grüße aus Köln");
	assert_string_equal(mail.message_id, "m3@example.org");
	assert_int_equal(mail.reference_count, 2);
	assert_string_equal(mail.references[0], "m1@example.org");
	assert_string_equal(mail.references[1], "m2@example.org");
	assert_string_equal(mail.text, "Hello\n");
	assert_null(mail.html);
	assert_null(mail.automatic);
}

/* Each is "grüße" in some charset and encoding. */
static const char *const charsets[] = {
	"Content-Type: text/plain; charset=utf-8\n\ngr\xc3\xbc\xc3\x9f"
	"e",
	"Content-Type: text/plain; charset=iso-8859-1\n\ngr\xfc\xdf"
	"e",
	"Content-Type: text/plain; charset=\"windows-1252\"\nContent-Transfer-Encoding: "
	"quoted-printable\n\ngr=FC=DFe",
	"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: "
	"base64\n\nZ3LDvMOfZQ==\n",
	"\ngr\xfc\xdf"
	"e",
	"\ngr\xc3\xbc\xc3\x9f"
	"e",
	"Content-Type: text/plain; charset=us-ascii\n\ngr\xfc\xdf"
	"e",
	"Content-Type: text/plain; charset=x-no-such\n\ngr\xfc\xdf"
	"e",
};

static void test_charsets__become_utf8(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(charsets); i++) {
		CLEANUP(mail_done) struct mail mail = { 0 };
		CLEANUP(freep)
		char *text = xasprintf("From: a@example.org\nMIME-Version: 1.0\n%s", charsets[i]);

		parse(text, &mail);
		if (!mail.text || strcmp(mail.text, "grüße") != 0)
			fail_msg("%zu: %s", i, mail.text ? mail.text : "none");
	}
}

static void test_parts__best_text_and_names_of_the_rest(void **state)
{
	CLEANUP(mail_done) struct mail mail = { 0 };

	(void)state;
	parse("From: a@example.org\nMIME-Version: 1.0\n"
	      "Content-Type: multipart/mixed; boundary=o\n\n"
	      "--o\nContent-Type: multipart/alternative; boundary=i\n\n"
	      "--i\nContent-Type: text/plain\n\nplain\n"
	      "--i\nContent-Type: text/html\n\n<p>html</p>\n--i--\n"
	      "--o\nContent-Type: image/png; name=\"=?utf-8?q?B=C3=A4r.png?=\"\n"
	      "Content-Disposition: attachment\nContent-Transfer-Encoding: base64\n\nAAAA\n"
	      "--o\nContent-Type: text/plain\nContent-Disposition: attachment; filename=n.txt\n\n"
	      "note\n"
	      "--o\nContent-Type: text/plain\n\nfooter of a list\n"
	      "--o\nContent-Type: message/rfc822\n\nSubject: inner\n\ninner\n--o--\n",
	      &mail);
	assert_string_equal(mail.text, "plain");
	assert_string_equal(mail.html, "<p>html</p>");
	assert_int_equal(mail.attachment_count, 3);
	assert_string_equal(mail.attachments[0].name, "Bär.png");
	assert_string_equal(mail.attachments[0].type, "image/png");
	assert_string_equal(mail.attachments[1].name, "n.txt");
	assert_string_equal(mail.attachments[2].type, "message/rfc822");
}

static const struct {
	const char *header;
	const char *automatic; /* NULL: a person's */
} senders[] = {
	{ "Auto-Submitted: auto-replied", "Auto-Submitted" },
	{ "Auto-Submitted: auto-generated; x=y", "Auto-Submitted" },
	{ "Auto-Submitted: no", NULL },
	{ "auto-submitted: No (a comment)", NULL },
	{ "Precedence: bulk", "Precedence" },
	{ "Precedence: LIST", "Precedence" },
	{ "Precedence: first-class", NULL },
	{ "List-Id: <x.example.org>", "List-Id" },
	{ "X-Autoreply: yes", "X-Autoreply" },
	{ "X-Autoreply: no", NULL },
	{ "X-Autorespond: x", "X-Autorespond" },
	{ "X-Maaxd: 1", "X-Maaxd" },
	{ "Return-Path: <>", "Return-Path" },
	{ "Return-Path: <a@example.org>", NULL },
	{ "Content-Type: multipart/report; report-type=delivery-status; boundary=x", "report" },
	{ "X-Nothing: x", NULL },
};

static void test_automatic__is_told_by_the_header(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(senders); i++) {
		CLEANUP(mail_done) struct mail mail = { 0 };
		CLEANUP(freep)
		char *text = xasprintf("From: a@example.org\n%s\n\nHello\n", senders[i].header);

		parse(text, &mail);
		if (!mail.automatic != !senders[i].automatic ||
		    (mail.automatic && !strstr(mail.automatic, senders[i].automatic)))
			fail_msg("%s: %s", senders[i].header,
				 mail.automatic ? mail.automatic : "a person's");
	}
}

static void test_daemon__is_no_person(void **state)
{
	CLEANUP(mail_done) struct mail mail = { 0 };

	(void)state;
	parse("From: Mail System <MAILER-DAEMON@mx.example.org>\n\nHello\n", &mail);
	assert_non_null(mail.automatic);
}

static void test_broken__is_read_as_far_as_it_goes(void **state)
{
	CLEANUP(mail_done) struct mail mail = { 0 };
	CLEANUP(mail_done) struct mail bare = { 0 };

	(void)state;
	parse("From: a@example.org\nContent-Type: multipart/mixed; boundary=o\n\n--o\n\ncut off",
	      &mail);
	assert_string_equal(mail.text, "cut off");
	parse("Subject: only this\n\n", &bare);
	assert_null(bare.from.email);
	assert_null(bare.message_id);
}

static void test_bounds__are_refused(void **state)
{
	CLEANUP(buf_done) struct buf many = BUF_INIT(MIB);
	struct mail mail;
	const char *why = NULL;

	(void)state;
	assert_int_equal(mail_parse("", 0, &mail, &why), -EBADMSG);
	assert_int_equal(mail_parse("From nobody\n", 12, &mail, &why), -EBADMSG);
	assert_int_equal(buf_add_text(&many, "From: a@example.org\n\n"), 0);
	for (unsigned i = 0; i <= MAIL_MAX_PARTS; i++)
		assert_int_equal(buf_add_text(&many, "Content-Type: multipart/x; Boundary=a\n\n"),
				 0);
	assert_int_equal(mail_parse(many.data, many.len, &mail, &why), -EBADMSG);
	assert_non_null(strstr(why, "parts"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header__thread_and_people),
		cmocka_unit_test(test_charsets__become_utf8),
		cmocka_unit_test(test_parts__best_text_and_names_of_the_rest),
		cmocka_unit_test(test_automatic__is_told_by_the_header),
		cmocka_unit_test(test_daemon__is_no_person),
		cmocka_unit_test(test_broken__is_read_as_far_as_it_goes),
		cmocka_unit_test(test_bounds__are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
