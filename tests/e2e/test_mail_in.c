/* Mail in: a mail becomes a message in the conversation of its thread, or is kept and says why not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <sys/wait.h>

#include "lib/harness.h"
#include "lib/process.h"

#define MAIL_SOURCE \
	"[source \"support\"]\n" \
	"kind = mail\n" \
	"ai = sales\n" \
	"destinations = desk\n" \
	"limit_rate = off\n" \
	"limit_day = off\n"

static void start(struct harness *h, const char *keys)
{
	CLEANUP(freep) char *more = xasprintf("%s%s\n", MAIL_SOURCE, keys);
	const struct harness_options options = { .more = more };

	harness_start(h, &options);
}

/* Brings a mail; the reply. */
static void ingest(struct harness *h, const char *mail, struct http_answer *ret_answer)
{
	harness_admin(h, "POST", "/admin/v1/sources/support/ingest", mail, ret_answer);
}

/* The same, with what must become of it. The message's id, or NULL; the caller's. */
static char *bring(struct harness *h, const char *mail, const char *state, const char *reason)
{
	CLEANUP(http_answer_done) struct http_answer answer;
	const char *told;

	ingest(h, mail, &answer);
	if (answer.status != 200)
		fail_msg("%d %s", answer.status, buf_text(&answer.body));
	told = json_path(answer.json, "/inbound/reason");
	if (!json_path_is(answer.json, "/inbound/state", state) ||
	    (reason && (!told || !strstr(told, reason))))
		fail_msg("%s instead of %s", buf_text(&answer.body), state);
	return xstrdup_null(json_path(answer.json, "/inbound/message"));
}

static void test_mail__whole_way(void **state)
{
	struct harness h;
	CLEANUP(freep) char *id = NULL;
	CLEANUP(json_putp) struct json_object *submits = NULL;
	CLEANUP(json_putp) struct json_object *log = NULL;
	struct json_object *submit, *delivery;

	(void)state;
	start(&h, "");
	id = bring(&h,
		   "From gmail Mon Nov  3 10:12:00 2025\r\n"
		   "From: =?utf-8?q?J=C3=B6rg_M=C3=BCller?= <joerg@example.org>\r\n"
		   "To: desk@example.org\r\nSubject: Price?\r\nMessage-ID: <m1@example.org>\r\n"
		   "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
		   "--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\n"
		   "Was kostet es?\r\n\r\nGr\xfc\xdf"
		   "e\r\n-- \r\nJ\xf6rg\r\n"
		   "--b\r\nContent-Type: application/pdf\r\n"
		   "Content-Disposition: attachment; filename=plan.pdf\r\n\r\nxxx\r\n--b--\r\n",
		   "accepted", NULL);
	submits = sim_wait(&h.sim, "submit", 1);
	submit = json_object_array_get_idx(submits, 0);
	assert_true(json_path_is(submit, "/body/message_content", "Was kostet es?\n\nGrüße"));
	assert_true(json_path_is(submit, "/body/platform", "email"));
	assert_true(json_path_is(submit, "/body/prospect_info/email", "joerg@example.org"));
	assert_true(json_path_is(submit, "/body/prospect_info/first_name", "Jörg"));
	assert_true(json_path_is(submit, "/body/prospect_info/last_name", "Müller"));
	log = harness_wait_delivered(&h, "answer.received", 1);
	delivery = json_object_array_get_idx(log, 0);
	assert_true(json_path_is(delivery, "/body/data/message/id", id));
	assert_true(json_path_is(delivery, "/body/data/conversation/key", "m1@example.org"));
	assert_true(json_path_is(delivery, "/body/data/message/metadata/mail/message_id",
				 "<m1@example.org>"));
	assert_true(json_path_is(delivery, "/body/data/message/metadata/mail/subject", "Price?"));
	assert_true(json_path_is(delivery, "/body/data/message/metadata/attachments/0/name",
				 "plan.pdf"));
	harness_stop(&h);
}

/* The conversation of delivery number `index`. */
static const char *conversation(struct json_object *log, const char *text)
{
	struct json_object *delivery =
		json_select(log, "/body/data/message/message_content", text, 0);

	if (!delivery)
		fail_msg("no delivery of %s", text);
	return json_path(delivery, "/body/data/conversation/id");
}

/* By References, by In-Reply-To alone, and by the middle of a thread whose start we never saw. */
static void test_thread__is_one_conversation(void **state)
{
	static const char *const mails[] = {
		"From: a@x.org\nMessage-ID: <m1@x>\n\nfirst\n",
		"From: a@x.org\nMessage-ID: <m2@x>\nReferences: <m1@x> <ours@y>\n\nsecond\n",
		"From: a@x.org\nMessage-ID: <m3@x>\nIn-Reply-To: <m2@x>\n\nthird\n",
		"From: b@x.org\nMessage-ID: <n1@x>\n\nother\n",
		"From: c@x.org\nMessage-ID: <o5@x>\nReferences: <o1@x> <o4@x>\n\nmiddle\n",
		"From: c@x.org\nMessage-ID: <o6@x>\nReferences: <o1@x> <o5@x>\n\nnext\n",
	};
	struct harness h;
	CLEANUP(json_putp) struct json_object *log = NULL;

	(void)state;
	start(&h, "");
	for (size_t i = 0; i < ARRAY_SIZE(mails); i++)
		free(bring(&h, mails[i], "accepted", NULL));
	log = harness_wait_delivered(&h, "answer.received", ARRAY_SIZE(mails));
	assert_string_equal(conversation(log, "second"), conversation(log, "first"));
	assert_string_equal(conversation(log, "third"), conversation(log, "first"));
	assert_string_not_equal(conversation(log, "other"), conversation(log, "first"));
	assert_string_not_equal(conversation(log, "middle"), conversation(log, "first"));
	assert_string_equal(conversation(log, "next"), conversation(log, "middle"));
	harness_stop(&h);
}

static void test_loops__are_dropped_and_kept(void **state)
{
	static const char *const headers[] = {
		"Auto-Submitted: auto-replied",
		"Precedence: bulk",
		"List-Id: <l.x>",
		"X-Autoreply: yes",
		"Return-Path: <>",
		"X-Maaxd: 1",
	};
	struct harness h;
	CLEANUP(http_answer_done) struct http_answer list;
	CLEANUP(json_putp) struct json_object *submits = NULL;

	(void)state;
	start(&h, "");
	for (size_t i = 0; i < ARRAY_SIZE(headers); i++) {
		CLEANUP(freep)
		char *mail = xasprintf("From: a@x.org\nMessage-ID: <l%zu@x>\n%s\n\nI am away.\n", i,
				       headers[i]);

		assert_null(bring(&h, mail, "dropped", "auto-submitted"));
	}
	harness_admin(&h, "GET", "/admin/v1/inbound?state=dropped&source=support", NULL, &list);
	assert_int_equal(json_path_len(list.json, "/data"), ARRAY_SIZE(headers));
	/* A person's mail comes through; those before it did not. */
	free(bring(&h, "From: a@x.org\nMessage-ID: <p@x>\n\nme\n", "accepted", NULL));
	submits = sim_wait(&h.sim, "submit", 1);
	assert_int_equal(json_object_array_length(submits), 1);
	harness_stop(&h);
}

static void test_repeat__of_a_message_id_is_dropped(void **state)
{
	static const char mail[] = "From: a@x.org\nMessage-ID: <m1@x>\n\nhello\n";
	struct harness h;

	(void)state;
	start(&h, "");
	free(bring(&h, mail, "accepted", NULL));
	assert_null(bring(&h, mail, "dropped", "duplicate"));
	harness_stop(&h);
}

static void test_unmapped__is_kept_with_the_reason(void **state)
{
	struct harness h;

	(void)state;
	start(&h, "max_text = 100");
	assert_null(bring(&h, "Subject: nobody\n\nhello\n", "unmapped", "map_first_name"));
	assert_null(bring(&h, "From: a@x.org\n\n", "unmapped", "map_text"));
	assert_null(bring(&h,
			  "From: a@x.org\nContent-Type: image/png\n"
			  "Content-Transfer-Encoding: base64\n\nAAAA\n",
			  "unmapped", "map_text"));
	assert_null(bring(&h,
			  "From: a@x.org\n\n"
			  "0123456789012345678901234567890123456789012345678901234567890123456789"
			  "0123456789012345678901234567890123456789\n",
			  "unmapped", "map_text: longer than 100 bytes"));
	assert_null(bring(&h, "no header\n", "unmapped", NULL));
	harness_stop(&h);
}

static void test_limit__of_the_conversation_holds(void **state)
{
	struct harness h;
	CLEANUP(freep) char *id = NULL;
	CLEANUP(freep) char *log = NULL;

	(void)state;
	start(&h, "limit_conversation = 1/h\n");
	free(bring(&h, "From: a@x.org\nMessage-ID: <m1@x>\n\none\n", "accepted", NULL));
	id = bring(&h, "From: a@x.org\nMessage-ID: <m2@x>\nIn-Reply-To: <m1@x>\n\ntwo\n",
		   "accepted", NULL);
	assert_non_null(id);
	log = daemon_log(&h.daemon);
	assert_non_null(strstr(log, "message held"));
	harness_stop(&h);
}

/* The mail stays with the mail server. */
static void test_limit__of_the_source_is_429(void **state)
{
	const struct harness_options options = {
		.more = "[source \"support\"]\nkind = mail\nai = sales\nlimit_rate = 1/h\n"
	};
	struct harness h;
	CLEANUP(http_answer_done) struct http_answer limited;

	(void)state;
	harness_start(&h, &options);
	free(bring(&h, "From: a@x.org\nMessage-ID: <m1@x>\n\none\n", "accepted", NULL));
	ingest(&h, "From: a@x.org\nMessage-ID: <m2@x>\n\ntwo\n", &limited);
	assert_int_equal(limited.status, 429);
	harness_stop(&h);
}

static void test_source__must_be_of_kind_mail(void **state)
{
	struct harness h;
	CLEANUP(http_answer_done) struct http_answer api;
	CLEANUP(http_answer_done) struct http_answer none;
	CLEANUP(http_answer_done) struct http_answer empty;

	(void)state;
	start(&h, "");
	harness_admin(&h, "POST", "/admin/v1/sources/crm/ingest", "x", &api);
	assert_int_equal(api.status, 404);
	harness_admin(&h, "POST", "/admin/v1/sources/none/ingest", "x", &none);
	assert_int_equal(none.status, 404);
	ingest(&h, "", &empty);
	assert_int_equal(empty.status, 400);
	harness_stop(&h);
}

/* Runs `maaxctl ARGUMENTS` with a file as its input; its exit status. The output is the caller's.
 */
static int run_ctl(struct harness *h, const char *arguments, const char *input, char **ret_output)
{
	CLEANUP(freep)
	char *command = xasprintf("exec \"%s\" %s --socket \"%s\" <\"%s\"",
				  process_program("MAAXCTL_BIN", "build/check/maaxctl"), arguments,
				  h->admin_socket, input);
	CLEANUP(freep) char *log = testdir_write(h->dir, "ctl.log", "");
	const char *const argv[] = { "/bin/sh", "-c", command, NULL };
	const struct process_options options = { .argv = argv, .log_path = log };
	struct process process = { 0 };
	int status;

	process_start(&process, &options);
	status = process_wait(&process);
	*ret_output = testdir_read(h->dir, "ctl.log");
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void ctl(struct harness *h, const char *arguments, const char *input, int status,
		const char *expected)
{
	CLEANUP(freep) char *output = NULL;
	int exit_status = run_ctl(h, arguments, input, &output);

	if (exit_status != status || !strstr(output, expected))
		fail_msg("maaxctl %s: %d %s", arguments, exit_status, output);
}

static void test_maaxctl__is_what_a_pipe_runs(void **state)
{
	struct harness h;
	CLEANUP(freep) char *mail = NULL;
	CLEANUP(freep) char *loop = NULL;
	CLEANUP(freep) char *empty = NULL;
	CLEANUP(json_putp) struct json_object *submits = NULL;

	(void)state;
	start(&h, "");
	mail = testdir_write(h.dir, "mail", "From: a@x.org\nMessage-ID: <m1@x>\n\npiped\n");
	loop = testdir_write(h.dir, "loop", "From: a@x.org\nPrecedence: bulk\n\nnews\n");
	empty = testdir_write(h.dir, "empty", "");
	ctl(&h, "ingest support", mail, 0, "accepted  msg_");
	ctl(&h, "ingest support", loop, 0, "dropped  auto-submitted: Precedence");
	ctl(&h, "inbound list --state dropped", empty, 0, "auto-submitted");
	submits = sim_wait(&h.sim, "submit", 1);
	assert_true(json_path_is(json_object_array_get_idx(submits, 0), "/body/message_content",
				 "piped"));
	ctl(&h, "ingest nobody", mail, 75, "source of kind mail");
	ctl(&h, "ingest support", empty, 75, "no mail on standard input");
	daemon_stop(&h.daemon);
	ctl(&h, "ingest support", mail, 75, "does not answer");
	harness_stop(&h);
}

/* What is behind 8 MiB is left out, and the mail is taken all the same. */
static void test_maaxctl__cuts_what_is_too_long(void **state)
{
	CLEANUP(buf_done) struct buf mail = BUF_INIT(16 * MIB);
	struct harness h;
	CLEANUP(freep) char *path = NULL;

	(void)state;
	start(&h, "");
	assert_int_equal(buf_add_text(&mail, "From: a@x.org\nMIME-Version: 1.0\n"
					     "Content-Type: multipart/mixed; boundary=b\n\n"
					     "--b\n\nshort\n--b\nContent-Type: image/png\n\n"),
			 0);
	while (mail.len < 9 * MIB)
		assert_int_equal(buf_add_text(&mail, "0123456789012345678901234567890123456789\n"),
				 0);
	path = testdir_write(h.dir, "mail", buf_text(&mail));
	ctl(&h, "ingest support", path, 0, "accepted  msg_");
	ctl(&h, "ingest support", path, 0, "longer than 8 MiB");
	harness_stop(&h);
}

static void test_maaxctl__inbound_replays_what_is_mended(void **state)
{
	struct harness h;
	CLEANUP(freep) char *mail = NULL;
	CLEANUP(freep) char *more = NULL;
	struct harness_options options = { 0 };

	(void)state;
	start(&h, "map_text = ${/no/such}\n");
	mail = testdir_write(h.dir, "mail", "From: a@x.org\nMessage-ID: <m1@x>\n\nkept\n");
	ctl(&h, "ingest support", mail, 0, "unmapped  map_text: no value at /no/such");
	ctl(&h, "inbound replay", mail, 0, "0 accepted, 0 dropped, 1 unmapped");
	more = xasprintf("%s\n", MAIL_SOURCE);
	options.more = more;
	harness_configure(&h, &options);
	daemon_reload(&h.daemon);
	ctl(&h, "inbound replay --source support", mail, 0, "1 accepted, 0 dropped, 0 unmapped");
	ctl(&h, "inbound", mail, 0, "accepted");
	harness_stop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mail__whole_way),
		cmocka_unit_test(test_thread__is_one_conversation),
		cmocka_unit_test(test_loops__are_dropped_and_kept),
		cmocka_unit_test(test_repeat__of_a_message_id_is_dropped),
		cmocka_unit_test(test_unmapped__is_kept_with_the_reason),
		cmocka_unit_test(test_limit__of_the_conversation_holds),
		cmocka_unit_test(test_limit__of_the_source_is_429),
		cmocka_unit_test(test_maaxctl__is_what_a_pipe_runs),
		cmocka_unit_test(test_maaxctl__cuts_what_is_too_long),
		cmocka_unit_test(test_maaxctl__inbound_replays_what_is_mended),
		cmocka_unit_test(test_source__must_be_of_kind_mail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
