/* Mails, handed to a real SMTP server (Debian's python3-aiosmtpd) and read by Python's parser. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "lib/harness.h"

#include "base/clock.h"

#define PYTHON "/usr/bin/python3"
#define LOGIN "--login", "support@example.org:abcd efgh"

/* The line with a destination "mail" beside its server. */
struct post {
	struct harness h;
	struct process server;
	char *port;
	char *journal;
};

/* 0 when it can run and the module is there. */
static int run(const struct harness *h, const char *const *argv)
{
	struct process process = { .output = -1 };
	CLEANUP(freep) char *log = testdir_path(h->dir, "tools.log");

	process_start(&process, &(struct process_options){ .argv = argv, .log_path = log });
	return process_wait(&process);
}

static bool has_tools(const struct harness *h)
{
	const char *const python[] = { PYTHON, "-c", "import aiosmtpd", NULL };
	const char *const openssl[] = { "/usr/bin/openssl", "version", NULL };

	return access(PYTHON, X_OK) == 0 && access(openssl[0], X_OK) == 0 && run(h, python) == 0 &&
	       run(h, openssl) == 0;
}

static void make_certificate(const struct harness *h, const char *name, const char *host)
{
	CLEANUP(freep) char *key = xasprintf("%s/%s.key", h->dir, name);
	CLEANUP(freep) char *cert = xasprintf("%s/%s.pem", h->dir, name);
	CLEANUP(freep) char *alt = xasprintf("subjectAltName=%s", host);
	const char *const argv[] = { "/usr/bin/openssl",
				     "req",
				     "-x509",
				     "-newkey",
				     "ec",
				     "-pkeyopt",
				     "ec_paramgen_curve:prime256v1",
				     "-nodes",
				     "-days",
				     "2",
				     "-subj",
				     "/CN=mail.test",
				     "-addext",
				     alt,
				     "-keyout",
				     key,
				     "-out",
				     cert,
				     NULL };

	assert_int_equal(run(h, argv), 0);
}

/* Starts the server on a port of its own. `more`: further arguments, NULL-terminated. */
static void start_server(struct post *post, const char *tls, const char *const *more)
{
	const char *dir = post->h.dir;
	CLEANUP(freep) char *cert = testdir_path(dir, "mail.pem");
	CLEANUP(freep) char *key = testdir_path(dir, "mail.key");
	CLEANUP(freep) char *log = testdir_path(dir, "smtp.log");
	const char *argv[16] = { PYTHON, "tests/sim/smtp_receiver.py", post->journal, "--tls",
				 tls };
	size_t count = 5;

	if (!streq(tls, "none")) {
		make_certificate(&post->h, "mail", "IP:127.0.0.1,DNS:localhost");
		argv[count++] = "--cert";
		argv[count++] = cert;
		argv[count++] = "--key";
		argv[count++] = key;
	}
	for (; more && *more; more++)
		argv[count++] = *more;
	process_start(&post->server, &(struct process_options){
					     .argv = argv, .log_path = log, .takes_output = true });
	post->port = process_read_line(&post->server);
}

/* Configures "mail" with `keys` and starts the daemon. %P: the server's port, %D: the directory. */
static void start_daemon(struct post *post, const char *keys, struct harness_options options)
{
	CLEANUP(buf_done) struct buf more = BUF_INIT(64 * KIB);
	CLEANUP(freep)
	char *source = xasprintf("destinations = mail\n%s", options.source ? options.source : "");

	free(testdir_write(post->h.dir, "password", "abcd efgh\n"));
	assert_int_equal(buf_add_text(&more, "[destination \"mail\"]\nkind = email\n"
					     "from = J\xC3\xBCrgen Desk <support@example.org>\n"
					     "retry_schedule = 0s 50ms 50ms\n"),
			 0);
	for (const char *p = keys; *p; p++) {
		const char single[] = { *p, '\0' };
		const char *text = single;

		if (p[0] == '%' && (p[1] == 'P' || p[1] == 'D'))
			text = *++p == 'P' ? post->port : post->h.dir;
		assert_int_equal(buf_add_text(&more, text), 0);
	}
	options.source = source;
	options.more = buf_text(&more);
	harness_configure(&post->h, &options);
	daemon_start(&post->h.daemon);
}

/* False: the test was skipped. */
static bool prepare(struct post *post)
{
	*post = (struct post){ .server = { .output = -1 } };
	harness_prepare(&post->h, NULL);
	if (!has_tools(&post->h)) {
		printf("skipped: python3-aiosmtpd or openssl is not installed\n");
		harness_stop(&post->h);
		return false;
	}
	post->journal = testdir_path(post->h.dir, "mails");
	return true;
}

static void done(struct post *post)
{
	process_kill(&post->server);
	if (post->server.output >= 0)
		close(post->server.output);
	free(post->port);
	free(post->journal);
	harness_stop(&post->h);
}

#define PREPARE(post) \
	do { \
		(void)state; \
		if (!prepare(post)) \
			skip(); \
	} while (0)

static bool has_mails(const struct post *post, size_t count)
{
	CLEANUP(freep) char *text = testdir_read(post->h.dir, "mails");
	size_t lines = 0;

	for (const char *p = text; *p; p++)
		lines += *p == '\n';
	return lines >= count;
}

/* Waits for that many mails; the journal, the caller's. */
static struct json_object *wait_mails(const struct post *post, size_t count)
{
	CLEANUP(freep) char *text = NULL;

	WAIT_FOR(has_mails(post, count));
	text = testdir_read(post->h.dir, "mails");
	return json_lines(text);
}

static char *send_to(struct post *post, const char *text, const char *email, const char *metadata)
{
	CLEANUP(json_putp) struct json_object *message = harness_message_body(text, NULL);
	CLEANUP(http_answer_done) struct http_answer answer;
	CLEANUP(freep) char *body = NULL;
	struct json_object *parsed = NULL;
	const char *why;

	json_put_string(message, "platform", "email");
	json_put_string(json_at(message, "/prospect_info"), "email", email);
	if (metadata) {
		assert_int_equal(json_parse(metadata, strlen(metadata), &parsed, &why), 0);
		json_put(message, "metadata", parsed);
	}
	body = json_format(message, NULL);
	harness_api(&post->h, "POST", "/v1/messages", body, &answer);
	assert_int_equal(answer.status, 202);
	return xstrdup(json_path(answer.json, "/message/id"));
}

static bool is_delivery(struct post *post, const char *id, const char *state)
{
	CLEANUP(json_putp) struct json_object *message = harness_message(&post->h, id);

	return json_path_is(message, "/message/deliveries/0/state", state);
}

static struct json_object *story(struct post *post, const char *text, const char *email,
				 const char *state)
{
	CLEANUP(freep) char *id = send_to(post, text, email, NULL);

	WAIT_FOR(is_delivery(post, id, state));
	return harness_message(&post->h, id);
}

/* ---- the whole of it ---- */

static void test_answer__is_a_mail_in_its_thread(void **state)
{
	CLEANUP(json_putp) struct json_object *mails = NULL;
	CLEANUP(json_putp) struct json_object *message = NULL;
	CLEANUP(freep) char *id = NULL;
	CLEANUP(freep) char *expected = NULL;
	struct json_object *mail;
	struct post post;

	PREPARE(&post);
	start_server(&post, "starttls", (const char *const[]){ LOGIN, NULL });
	start_daemon(&post,
		     "server = smtp://127.0.0.1:%P\nca_file = %D/mail.pem\n"
		     "user = support@example.org\npassword_file = %D/password\n"
		     "reply_to = Answers <answers@example.org>\n",
		     (struct harness_options){ 0 });
	id = send_to(&post, "Gr\xC3\xBC\xC3\x9F Gott\n.\n.. and From here", "ann@example.org",
		     "{\"mail\":{\"message_id\":\"<c3@example.net>\","
		     "\"references\":\"<a1@example.net> <b2@example.net>\","
		     "\"subject\":\"RE: AW: Re[2]: Gr\xC3\xBC\xC3\x9F"
		     "e \xF0\x9F\x98\x80 und eine sehr lange Betreffzeile, die ueber mehr als "
		     "achtundsiebzig Zeichen geht\","
		     "\"from\":\"ann@example.org\"}}");
	mails = wait_mails(&post, 1);
	mail = json_object_array_get_idx(mails, 0);
	assert_true(json_path_bool(mail, "/tls"));
	assert_true(json_path_is(mail, "/login", "support@example.org"));
	assert_true(json_path_is(mail, "/from", "support@example.org"));
	assert_true(json_path_is(mail, "/to/0", "ann@example.org"));
	assert_int_equal(json_path_len(mail, "/to"), 1);
	assert_int_equal(json_path_len(mail, "/mail/defects"), 0);
	assert_true(json_path_is(mail, "/mail/bare_newlines", "0"));
	assert_true(json_path_bool(mail, "/mail/ascii"));
	assert_true(json_path_int(mail, "/mail/longest_line") <= 998);
	assert_true(json_path_is(mail, "/mail/headers/from",
				 "J\xC3\xBCrgen Desk <support@example.org>"));
	assert_true(json_path_is(mail, "/mail/headers/to", "ann@example.org"));
	assert_true(json_path_is(mail, "/mail/headers/reply-to", "Answers <answers@example.org>"));
	assert_true(json_path_is(mail, "/mail/headers/subject",
				 "Re: Gr\xC3\xBC\xC3\x9F"
				 "e \xF0\x9F\x98\x80 und eine sehr lange Betreffzeile, die ueber "
				 "mehr als achtundsiebzig Zeichen geht"));
	assert_true(json_path_is(mail, "/mail/headers/in-reply-to", "<c3@example.net>"));
	assert_true(json_path_is(mail, "/mail/headers/references",
				 "<a1@example.net> <b2@example.net> <c3@example.net>"));
	assert_true(json_path_is(mail, "/mail/headers/auto-submitted", "auto-replied"));
	assert_true(json_path_is(mail, "/mail/headers/mime-version", "1.0"));
	assert_non_null(json_path(mail, "/mail/headers/date"));
	message = harness_message(&post.h, id);
	expected = xasprintf("<%s@example.org>", json_path(message, "/message/deliveries/0/id"));
	assert_true(json_path_is(mail, "/mail/headers/message-id", expected));
	assert_true(json_path_is(mail, "/mail/type", "text/plain"));
	assert_true(json_path_is(mail, "/mail/parts/0/charset", "utf-8"));
	assert_true(json_path_is(mail, "/mail/parts/0/text",
				 "Answer to: Gr\xC3\xBC\xC3\x9F Gott\n.\n.. and From here\n") ||
		    json_path_is(mail, "/mail/parts/0/text",
				 "Answer to: Gr\xC3\xBC\xC3\x9F Gott\n.\n.. and From here"));
	WAIT_FOR(is_delivery(&post, id, "delivered"));
	done(&post);
}

static void test_smtps__keeps_the_id_in_every_try(void **state)
{
	CLEANUP(json_putp) struct json_object *mails = NULL;
	CLEANUP(json_putp) struct json_object *message = NULL;
	CLEANUP(freep) char *expected = NULL;
	struct post post;

	PREPARE(&post);
	start_server(&post, "tls", NULL);
	start_daemon(&post, "server = smtps://localhost:%P\nca_file = %D/mail.pem\n",
		     (struct harness_options){ 0 });
	message = story(&post, "Hello", "once-451@example.org", "delivered");
	assert_true(json_path_is(message, "/message/attempts/1/outcome", "TEMPFAIL"));
	assert_true(json_path_is(message, "/message/attempts/1/status", "451"));
	assert_true(
		json_path_is(message, "/message/attempts/1/detail", "SMTP 451 4.3.0 try later"));
	assert_true(json_path_is(message, "/message/attempts/2/status", "250"));
	mails = wait_mails(&post, 1);
	expected = xasprintf("<%s@example.org>", json_path(message, "/message/deliveries/0/id"));
	assert_true(json_path_is(json_object_array_get_idx(mails, 0), "/mail/headers/message-id",
				 expected));
	assert_true(json_path_is(json_object_array_get_idx(mails, 0), "/mail/headers/subject",
				 "Our answer to your message"));
	assert_true(json_path_is(json_object_array_get_idx(mails, 0), "/mail/headers/in-reply-to",
				 NULL));
	done(&post);
}

/* ---- refusals ---- */

static void test_refusals__of_the_mail_are_for_good(void **state)
{
	CLEANUP(json_putp) struct json_object *rcpt = NULL;
	CLEANUP(json_putp) struct json_object *data = NULL;
	CLEANUP(json_putp) struct json_object *list = NULL;
	struct post post;

	PREPARE(&post);
	start_server(&post, "none", NULL);
	start_daemon(&post, "server = smtp://127.0.0.1:%P\ntls = none\n",
		     (struct harness_options){ 0 });
	rcpt = story(&post, "Hello", "rcpt-550@example.org", "dead");
	assert_true(json_path_is(rcpt, "/message/attempts/1/status", "550"));
	assert_true(
		json_path_is(rcpt, "/message/deliveries/0/reason", "SMTP 550 5.1.1 no such user"));
	data = story(&post, "Hello", "data-554@example.org", "dead");
	assert_true(json_path_is(data, "/message/attempts/1/status", "554"));
	/* a customer with two addresses would have us write to a stranger */
	list = story(&post, "Hello", "a@example.org, b@example.org", "dead");
	assert_true(json_path_is(list, "/message/deliveries/0/reason",
				 "a value of `to` has more than one address"));
	json_object_put(list);
	list = story(&post, "Hello", "a@example.org\nBcc: b@example.org", "dead");
	json_object_put(list);
	list = story(&post, "Hello", "nobody", "dead");
	assert_true(json_path_is(list, "/message/deliveries/0/reason",
				 "not a usable e-mail address: write name@example.org"));
	assert_false(has_mails(&post, 1));
	done(&post);
}

/* What an operator mends is tried again, and says what is in the way. */
static void assert_tempfail(struct post *post, const char *detail)
{
	CLEANUP(freep) char *id = send_to(post, "Hello", "ann@example.org", NULL);
	CLEANUP(json_putp) struct json_object *message = NULL;
	const char *found;

	WAIT_FOR(is_delivery(post, id, "dead"));
	message = harness_message(&post->h, id);
	assert_true(json_path_is(message, "/message/attempts/1/outcome", "TEMPFAIL"));
	found = json_path(message, "/message/attempts/1/detail");
	if (!strstr(found, detail))
		fail_msg("expected \"%s\" in \"%s\"", detail, found);
	assert_null(strstr(found, "abcd"));
	assert_false(has_mails(post, 1));
}

static void test_wrong_password__is_told(void **state)
{
	struct post post;

	PREPARE(&post);
	start_server(&post, "starttls",
		     (const char *const[]){ "--login", "support@example.org:other", NULL });
	start_daemon(&post,
		     "server = smtp://127.0.0.1:%P\nca_file = %D/mail.pem\ndelay = 0s\n"
		     "user = support@example.org\npassword_file = %D/password\n",
		     (struct harness_options){ 0 });
	assert_tempfail(&post, "the server refused the login");
	done(&post);
}

static void test_missing_login__is_told(void **state)
{
	struct post post;

	PREPARE(&post);
	start_server(&post, "starttls", (const char *const[]){ LOGIN, NULL });
	start_daemon(&post, "server = smtp://127.0.0.1:%P\nca_file = %D/mail.pem\n",
		     (struct harness_options){ 0 });
	assert_tempfail(&post, "the server refused the login");
	done(&post);
}

static void test_no_starttls__is_told_and_nothing_sent(void **state)
{
	struct post post;

	PREPARE(&post);
	start_server(&post, "none", NULL);
	start_daemon(&post,
		     "server = smtp://127.0.0.1:%P\n"
		     "user = support@example.org\npassword_file = %D/password\n",
		     (struct harness_options){ 0 });
	assert_tempfail(&post, "does not offer STARTTLS");
	done(&post);
}

static void test_strange_certificate__is_told(void **state)
{
	struct post post;

	PREPARE(&post);
	start_server(&post, "tls", NULL);
	make_certificate(&post.h, "other", "IP:127.0.0.1");
	start_daemon(&post, "server = smtps://127.0.0.1:%P\nca_file = %D/other.pem\n",
		     (struct harness_options){ 0 });
	assert_tempfail(&post, "certificate");
	done(&post);
}

static void test_no_server__is_tried_again(void **state)
{
	struct post post;

	PREPARE(&post);
	start_server(&post, "none", NULL);
	process_kill(&post.server);
	start_daemon(&post, "server = smtp://127.0.0.1:%P\ntls = none\n",
		     (struct harness_options){ 0 });
	assert_tempfail(&post, "onnect");
	done(&post);
}

static bool has_attempts(struct post *post, const char *id, size_t count)
{
	CLEANUP(json_putp) struct json_object *message = harness_message(&post->h, id);

	return json_path_len(message, "/message/attempts") == count;
}

/* The server thinks for 20 s about the message: nothing else waits for it. */
static void test_slow_server__holds_nothing_up(void **state)
{
	CLEANUP(json_putp) struct json_object *message = NULL;
	CLEANUP(freep) char *slow = NULL;
	CLEANUP(freep) char *quick = NULL;
	usec_t began;
	struct post post;

	PREPARE(&post);
	start_server(&post, "none", NULL);
	start_daemon(&post, "server = smtp://127.0.0.1:%P\ntls = none\ntimeout = 3s\n",
		     (struct harness_options){ 0 });
	slow = send_to(&post, "Hello", "slow@example.org", NULL);
	WAIT_FOR(is_delivery(&post, slow, "sending"));
	began = clock_boottime();
	quick = send_to(&post, "Hello", "quick@example.org", NULL);
	WAIT_FOR(is_delivery(&post, quick, "delivered"));
	assert_true(is_delivery(&post, slow, "sending"));
	WAIT_FOR(has_attempts(&post, slow, 2));
	assert_true(clock_boottime() - began < 15 * USEC_PER_SEC);
	message = harness_message(&post.h, slow);
	assert_true(json_path_is(message, "/message/attempts/1/outcome", "TEMPFAIL"));
	done(&post);
}

/* ---- what is in it ---- */

static void test_overdue__goes_to_the_customer_with_a_text_only(void **state)
{
	CLEANUP(json_putp) struct json_object *mails = NULL;
	CLEANUP(json_putp) struct json_object *message = NULL;
	CLEANUP(freep) char *id = NULL;
	struct post post;

	PREPARE(&post);
	start_server(&post, "none", NULL);
	start_daemon(&post, "server = smtp://127.0.0.1:%P\ntls = none\n",
		     (struct harness_options){ .maax = "answer_deadline = 300ms\n",
					       .source = "overdue_text = We are on it.\n" });
	id = send_to(&post, "Hello [sim callbacks=0]", "ann@example.org",
		     "{\"mail\":{\"message_id\":\"<c3@example.net>\",\"subject\":\"Help\"}}");
	mails = wait_mails(&post, 1);
	assert_true(json_path_is(json_object_array_get_idx(mails, 0), "/mail/headers/subject",
				 "Re: Help"));
	assert_true(strstr(json_path(json_object_array_get_idx(mails, 0), "/mail/parts/0/text"),
			   "We are on it.") != NULL);
	done(&post);

	PREPARE(&post);
	start_server(&post, "none", NULL);
	start_daemon(&post, "server = smtp://127.0.0.1:%P\ntls = none\n",
		     (struct harness_options){ .maax = "answer_deadline = 300ms\n" });
	free(id);
	id = send_to(&post, "Hello [sim callbacks=0]", "ann@example.org", NULL);
	json_object_put(harness_wait_state(&post.h, id, "overdue"));
	message = harness_message(&post.h, id);
	assert_int_equal(json_path_len(message, "/message/deliveries"), 0);
	done(&post);
}

static void test_operator__is_told_what_failed(void **state)
{
	CLEANUP(json_putp) struct json_object *mails = NULL;
	CLEANUP(freep) char *id = NULL;
	CLEANUP(freep) char *subject = NULL;
	struct json_object *mail;
	struct post post;

	PREPARE(&post);
	start_server(&post, "none", NULL);
	start_daemon(&post,
		     "server = smtp://127.0.0.1:%P\ntls = none\n"
		     "to = One <ops@example.org>, two@example.org\n",
		     (struct harness_options){ 0 });
	id = send_to(&post, "Hello [sim reply=400]", "ann@example.org",
		     "{\"mail\":{\"message_id\":\"<c3@example.net>\",\"subject\":\"Help\"}}");
	mails = wait_mails(&post, 1);
	mail = json_object_array_get_idx(mails, 0);
	subject = xasprintf("Message failed: %s", id);
	assert_true(json_path_is(mail, "/mail/headers/subject", subject));
	assert_true(json_path_is(mail, "/mail/headers/in-reply-to", NULL));
	assert_true(json_path_is(mail, "/to/0", "ops@example.org"));
	assert_true(json_path_is(mail, "/to/1", "two@example.org"));
	assert_non_null(strstr(json_path(mail, "/mail/parts/0/text"), "State: failed"));
	assert_non_null(strstr(json_path(mail, "/mail/parts/0/text"), "Hello [sim reply=400]"));
	done(&post);
}

static void test_templates__fill_subject_body_and_to(void **state)
{
	CLEANUP(json_putp) struct json_object *mails = NULL;
	CLEANUP(json_putp) struct json_object *message = NULL;
	struct json_object *mail;
	struct post post;

	PREPARE(&post);
	start_server(&post, "none", NULL);
	start_daemon(&post,
		     "server = smtp://127.0.0.1:%P\ntls = none\n"
		     "to = ${/data/message/prospect_info/first_name} "
		     "<${/data/message/prospect_info/email}>\n"
		     "subject = About: ${/data/message/message_content | truncate:60}\n"
		     "body = Dear ${/data/message/prospect_info/first_name},"
		     "${\"\\n\\n\"}${/data/answer/text}${\"\\n\"}\n",
		     (struct harness_options){ 0 });
	message = story(&post, "Hi\r\nBcc: evil@example.org\r\n\r\nx", "ann@example.org",
			"delivered");
	mails = wait_mails(&post, 1);
	mail = json_object_array_get_idx(mails, 0);
	assert_true(json_path_is(mail, "/mail/headers/bcc", NULL));
	assert_true(
		json_path_is(mail, "/mail/headers/subject", "About: Hi Bcc: evil@example.org x"));
	assert_true(json_path_is(mail, "/mail/headers/to", "Ann <ann@example.org>"));
	assert_int_equal(json_path_len(mail, "/to"), 1);
	assert_non_null(
		strstr(json_path(mail, "/mail/parts/0/text"), "Dear Ann,\n\nAnswer to: Hi"));
	done(&post);
}

static void test_send__goes_to_the_operator(void **state)
{
	CLEANUP(http_answer_done) struct http_answer answer;
	CLEANUP(json_putp) struct json_object *mails = NULL;
	struct json_object *mail;
	struct post post;

	PREPARE(&post);
	start_server(&post, "none", NULL);
	start_daemon(&post, "server = smtp://127.0.0.1:%P\ntls = none\n",
		     (struct harness_options){ 0 });
	harness_admin(&post.h, "POST", "/admin/v1/destinations/mail/test", NULL, &answer);
	assert_true(json_path_is(answer.json, "/outcome", "OK"));
	assert_true(json_path_is(answer.json, "/status", "250"));
	assert_true(json_path_is(answer.json, "/detail", "SMTP 250 2.0.0 taken"));
	mails = wait_mails(&post, 1);
	mail = json_object_array_get_idx(mails, 0);
	assert_true(json_path_is(mail, "/to/0", "support@example.org"));
	assert_true(json_path_is(mail, "/mail/type", "multipart/alternative"));
	assert_true(json_path_is(mail, "/mail/parts/0/type", "text/plain"));
	assert_true(json_path_is(mail, "/mail/parts/1/type", "text/html"));
	assert_non_null(strstr(json_path(mail, "/mail/parts/1/text"), "<p>This is a test"));
	done(&post);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answer__is_a_mail_in_its_thread),
		cmocka_unit_test(test_smtps__keeps_the_id_in_every_try),
		cmocka_unit_test(test_refusals__of_the_mail_are_for_good),
		cmocka_unit_test(test_wrong_password__is_told),
		cmocka_unit_test(test_missing_login__is_told),
		cmocka_unit_test(test_no_starttls__is_told_and_nothing_sent),
		cmocka_unit_test(test_strange_certificate__is_told),
		cmocka_unit_test(test_no_server__is_tried_again),
		cmocka_unit_test(test_slow_server__holds_nothing_up),
		cmocka_unit_test(test_overdue__goes_to_the_customer_with_a_text_only),
		cmocka_unit_test(test_operator__is_told_what_failed),
		cmocka_unit_test(test_templates__fill_subject_body_and_to),
		cmocka_unit_test(test_send__goes_to_the_operator),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
