/* maaxctl: the real program against the real daemon: what each command does, says and exits with.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/api_client.h"
#include "lib/harness.h"
#include "lib/process.h"

#include "base/sign.h"

#define MAX_OUTPUT (4 * MIB)
#define MAX_WORDS 16
#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* What a run left. */
struct run {
	int status; /* exit status */
	char *out;
	char *err;
};

static void run_done(struct run *run)
{
	free(run->out);
	free(run->err);
}

static char *read_all(int fd)
{
	CLEANUP(buf_done) struct buf out = BUF_INIT(MAX_OUTPUT);
	char chunk[4096];
	ssize_t got;

	while ((got = read(fd, chunk, sizeof(chunk))) > 0 || (got < 0 && errno == EINTR))
		if (got > 0)
			assert_int_equal(buf_add(&out, chunk, (size_t)got), 0);
	return buf_take(&out);
}

static const char *program(void)
{
	return process_program("MAAXCTL_BIN", "build/check/maaxctl");
}

/* Runs `words` on a socket, as `before` has it (NULL: as we are). */
static struct run run_on(const char *dir, const char *socket, const char *const *before,
			 const char *const *words)
{
	CLEANUP(freep) char *variable = xasprintf("MAAXCTL_SOCKET=%s", socket);
	CLEANUP(freep) char *log = testdir_write(dir, "ctl.err", "");
	const char *argv[MAX_WORDS + 8] = { NULL };
	const char *env[] = { variable, "TZ=UTC", "NO_COLOR=", NULL };
	struct process_options options = {
		.argv = argv, .env = env, .log_path = log, .takes_output = true
	};
	struct process process = { 0 };
	struct run run = { 0 };
	size_t count = 0;
	int status;

	for (; before && *before; before++)
		argv[count++] = *before;
	argv[count++] = program();
	for (; *words; words++)
		argv[count++] = *words;
	process_start(&process, &options);
	run.out = read_all(process.output);
	close(process.output);
	process.output = -1;
	status = process_wait(&process);
	run.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	run.err = testdir_read(dir, "ctl.err");
	return run;
}

/* The output of a run that exits with `status`; the caller's. */
static char *ctl(struct harness *h, int status, const char *const *words)
{
	CLEANUP(run_done) struct run run = run_on(h->dir, h->admin_socket, NULL, words);

	if (run.status != status)
		fail_msg("maaxctl %s: exit %d: %s%s", words[0], run.status, run.out, run.err);
	return TAKE(run.out);
}

/* The same when only the exit status counts; what it says on stderr begins with `error`. */
static void ctl_fails(struct harness *h, int status, const char *error, const char *const *words)
{
	CLEANUP(run_done) struct run run = run_on(h->dir, h->admin_socket, NULL, words);
	CLEANUP(freep) char *start = xasprintf("maaxctl: %s", error);

	if (run.status != status || strncmp(run.err, start, strlen(start)) != 0)
		fail_msg("maaxctl %s: exit %d: %s%s", words[0], run.status, run.out, run.err);
}

/* The lines of a run with --json among its words, as an array. */
static struct json_object *ctl_json(struct harness *h, int status, const char *const *words)
{
	CLEANUP(freep) char *out = ctl(h, status, words);

	return json_lines(out);
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in:\n%s", part, text);
}

static void ctl_says(struct harness *h, int status, const char *part, const char *const *words)
{
	CLEANUP(freep) char *out = ctl(h, status, words);

	has(out, part);
}

/* ---- the command line ---- */

static void test_usage__is_told_and_exits_2(void **state)
{
	CLEANUP(freep) char *help = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	ctl_fails(&h, 2, "there is no command \"shwo\": did you mean \"show\"?", WORDS("shwo"));
	ctl_fails(&h, 2, "usage: maaxctl show ID", WORDS("show"));
	ctl_fails(&h, 2, "usage: maaxctl show ID", WORDS("show", "a", "b"));
	ctl_fails(&h, 2, "status has no option --foo", WORDS("status", "--foo"));
	ctl_fails(&h, 2, "there is no option -x", WORDS("-x"));
	ctl_fails(&h, 2, "--socket wants a value", WORDS("status", "--socket"));
	ctl_fails(&h, 2, "--json takes no value", WORDS("status", "--json=1"));
	ctl_fails(&h, 2, "--since soon is no time", WORDS("list", "--since", "soon"));
	ctl_fails(&h, 2, "--limit 0", WORDS("list", "-n", "0"));
	ctl_fails(&h, 2, "state is one of", WORDS("list", "--state", "lost"));
	ctl_fails(&h, 2, "which stage", WORDS("replay"));
	ctl_fails(&h, 2, "stage is one of", WORDS("replay", "--stage", "all"));
	ctl_fails(&h, 2, "usage: maaxctl key", WORDS("key", "add"));
	ctl_fails(&h, 2, "usage: maaxctl unmatched", WORDS("unmatched", "attach"));
	ctl_fails(&h, 2, "where to?", WORDS("listen"));
	ctl_fails(&h, 2, "kind is one of", WORDS("simulate", "rain"));
	ctl_fails(&h, 2, "abc is too short", WORDS("show", "abc"));
	help = ctl(&h, 0, WORDS("help"));
	has(help, "replay");
	ctl_says(&h, 0, "usage: maaxctl replay [ID]", WORDS("replay", "--help"));
	ctl_says(&h, 0, "usage: maaxctl key", WORDS("help", "key"));
	ctl_says(&h, 0, "maaxctl " MAAXD_VERSION, WORDS("--version"));
	harness_stop(&h);
}

static void test_daemon_that_is_down__is_69(void **state)
{
	struct harness h;

	(void)state;
	harness_prepare(&h, NULL);
	ctl_fails(&h, 69, "maaxd does not answer at ", WORDS("status"));
	ctl_fails(&h, 69, "maaxd does not answer at ", WORDS("show", "msg_0000000000001"));
	harness_stop(&h);
}

static void test_no_permission__is_77(void **state)
{
	static const char *const nobody[] = { "/usr/bin/setpriv", "--reuid=65534", "--regid=65534",
					      "--clear-groups", NULL };
	struct harness h;
	struct run run;

	(void)state;
	harness_start(&h, NULL);
	run = run_on(h.dir, h.admin_socket, nobody, WORDS("status"));
	if (run.status == 126 || run.status == 127)
		printf("skipped: another user cannot run the program where it was built\n");
	else if (run.status != 77)
		fail_msg("exit %d: %s%s", run.status, run.out, run.err);
	run_done(&run);
	harness_stop(&h);
}

/* ---- looking ---- */

static void test_status__says_it_in_words_and_by_its_exit_status(void **state)
{
	CLEANUP(freep) char *text = NULL;
	CLEANUP(freep) char *id = NULL;
	CLEANUP(json_putp) struct json_object *lines = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	ctl_says(&h, 0, "HEALTHY", WORDS("status"));
	id = harness_send(&h, "Hello");
	json_object_put(harness_wait_delivered(&h, "answer.received", 1));
	text = ctl(&h, 0, WORDS("status"));
	has(text, "24 h: 1 answered");
	has(text, "desk 0");
	has(text, "(200, ");
	ctl_says(&h, 0, "would be done: desk: held", WORDS("hold", "desk", "--dry-run"));
	ctl_says(&h, 0, "desk: held", WORDS("hold", "desk", "--reason", "it moves"));
	ctl_says(&h, 1, "HELD since", WORDS("status"));
	lines = ctl_json(&h, 1, WORDS("status", "--json"));
	assert_int_equal(json_object_array_length(lines), 1);
	assert_true(json_path_is(lines, "/0/health", "degraded"));
	ctl_says(&h, 0, "desk: resumed", WORDS("resume", "desk"));
	ctl_fails(&h, 3, "there is no such hold", WORDS("resume", "desk"));
	ctl_fails(&h, 3, "there is no such destination", WORDS("hold", "nobody"));
	ctl_fails(&h, 3, "there is no destination", WORDS("hold", "a/b"));
	harness_stop(&h);
}

static void test_destination_test__tells_what_came_of_it(void **state)
{
	CLEANUP(json_putp) struct json_object *log = NULL;
	CLEANUP(json_putp) struct json_object *lines = NULL;
	struct json_object *entry;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	ctl_says(&h, 0, "HTTP 200",
		 WORDS("destination", "test", "desk", "--phone", "+4917155501", "--type",
		       "followup.received", "--metadata", "{\"id\":7}"));
	log = receiver_log(&h.receiver);
	entry = json_object_array_get_idx(log, 0);
	assert_true(json_path_bool(entry, "/body/test"));
	assert_true(json_path_is(entry, "/body/type", "followup.received"));
	assert_true(json_path_is(entry, "/body/data/message/prospect_info/phone", "+4917155501"));
	assert_true(json_path_is(entry, "/body/data/message/metadata/id", "7"));
	receiver_script(&h.receiver, "{\"status\":500,\"times\":2,\"body\":\"broken\"}");
	ctl_says(&h, 1, "broken", WORDS("destination", "test", "desk"));
	lines = ctl_json(&h, 1, WORDS("destination", "test", "desk", "--json"));
	assert_true(json_path_is(lines, "/0/outcome", "TEMPFAIL"));
	ctl_fails(&h, 3, "there is no such destination", WORDS("destination", "test", "nobody"));
	ctl_fails(&h, 3, "there is no destination", WORDS("destination", "test", "a/b"));
	ctl_fails(&h, 2, "usage: maaxctl destination", WORDS("destination", "tset", "desk"));
	ctl_fails(&h, 2, "--metadata is no JSON",
		  WORDS("destination", "test", "desk", "--metadata", "{"));
	ctl_fails(&h, 2, "type is one of",
		  WORDS("destination", "test", "desk", "--type", "answer"));
	harness_stop(&h);
}

static void test_list_and_show__find_a_message_by_part_of_its_id(void **state)
{
	CLEANUP(json_putp) struct json_object *lines = NULL;
	CLEANUP(json_putp) struct json_object *shown = NULL;
	CLEANUP(freep) char *conversation = NULL;
	CLEANUP(freep) char *beginning = NULL;
	CLEANUP(freep) char *fits = NULL;
	CLEANUP(freep) char *first = NULL;
	CLEANUP(freep) char *second = NULL;
	CLEANUP(freep) char *text = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	ctl_says(&h, 0, "none", WORDS("list"));
	first = harness_send_in(&h, "Do you ship?", "ann");
	second = harness_send_in(&h, "Evil \033[31m\nlines", "eve");
	json_object_put(harness_wait_state(&h, first, "answered"));
	json_object_put(harness_wait_state(&h, second, "answered"));
	json_object_put(harness_wait_delivered(&h, "answer.received", 2));
	text = ctl(&h, 0, WORDS("list", "--since", "1h"));
	has(text, "Do you ship?");
	has(text, "ann@example.org");
	has(text, "Evil ?[31m lines");
	assert_null(strchr(text, '\033'));
	lines = ctl_json(&h, 0, WORDS("list", "--json", "--contact=ANN@example.org"));
	assert_int_equal(json_object_array_length(lines), 1);
	assert_true(json_path_is(lines, "/0/id", first));
	ctl_says(&h, 0, "none", WORDS("list", "--until", "yesterday"));

	ctl_says(&h, 0, "Answer to: Do you ship?", WORDS("show", first + strlen(first) - 8));
	ctl_says(&h, 0, "delivery to desk: OK", WORDS("show", first));
	shown = ctl_json(&h, 0, WORDS("show", first, "--json"));
	assert_true(json_path_is(shown, "/0/state", "answered"));
	beginning = xstrndup(first, 8);
	fits = xasprintf("%s fits 2 ids", beginning);
	ctl_fails(&h, 2, fits, WORDS("show", beginning));
	ctl_fails(&h, 3, "there is no message zzzzzz", WORDS("show", "zzzzzz"));
	ctl_fails(&h, 3, "there is no such message", WORDS("show", "msg_0000000000001"));
	conversation = api_conversation_of(&h, first);
	ctl_says(&h, 0, "Answer to: Do you ship?", WORDS("show", conversation));
	ctl_says(&h, 0, first, WORDS("list", "--conversation", conversation));
	ctl_says(&h, 0, conversation, WORDS("conversations"));
	harness_stop(&h);
}

static void test_tail__prints_what_was_oldest_first(void **state)
{
	CLEANUP(json_putp) struct json_object *lines = NULL;
	CLEANUP(freep) char *id = NULL;
	CLEANUP(freep) char *text = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	id = harness_send(&h, "Hello");
	json_object_put(harness_wait_delivered(&h, "answer.received", 1));
	text = ctl(&h, 0, WORDS("tail"));
	has(text, "queued");
	has(text, "Answer to: Hello");
	assert_true(strstr(text, "queued") < strstr(text, "answer.received"));
	lines = ctl_json(&h, 0, WORDS("tail", "--json", "-n", "2"));
	assert_int_equal(json_object_array_length(lines), 2);
	assert_true(json_path_is(lines, "/1/type", "answer.received"));
	assert_true(json_path_is(lines, "/1/message/id", id));
	harness_stop(&h);
}

/* Starts a command that does not end; what it prints is read line by line. */
static void start_ctl(struct harness *h, struct process *process, const char *const *words)
{
	CLEANUP(freep) char *variable = xasprintf("MAAXCTL_SOCKET=%s", h->admin_socket);
	CLEANUP(freep) char *log = testdir_path(h->dir, "follow.err");
	const char *argv[MAX_WORDS + 2] = { program() };
	const char *env[] = { variable, "TZ=UTC", NULL };
	const struct process_options options = {
		.argv = argv, .env = env, .log_path = log, .takes_output = true
	};

	for (size_t i = 0; words[i]; i++)
		argv[i + 1] = words[i];
	process_start(process, &options);
}

/* Reads lines until one holds `part`. */
static void wait_line(struct process *process, const char *part)
{
	for (;;) {
		CLEANUP(freep) char *line = process_read_line(process);

		assert_non_null(line);
		if (strstr(line, part))
			return;
	}
}

static void test_tail_f__goes_on(void **state)
{
	struct process process = { 0 };
	CLEANUP(freep) char *first = NULL;
	CLEANUP(freep) char *second = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	first = harness_send(&h, "Hello");
	json_object_put(harness_wait_state(&h, first, "answered"));
	start_ctl(&h, &process, WORDS("tail", "-f"));
	wait_line(&process, "Answer to: Hello");
	second = harness_send(&h, "Again");
	wait_line(&process, "Answer to: Again");
	process_kill(&process);
	harness_stop(&h);
}

static void test_listen__copies_signed(void **state)
{
	CLEANUP(json_putp) struct json_object *log = NULL;
	struct process process = { 0 };
	CLEANUP(freep) char *url = NULL;
	CLEANUP(freep) char *id = NULL;
	struct json_object *copy;
	struct harness h;

	(void)state;
	/* The receiver verifies every signature: with another secret it would answer 401. */
	harness_start(&h, &(struct harness_options){ .source = "destinations =" });
	url = xasprintf("%s/dev", h.receiver.url);
	start_ctl(&h, &process, WORDS("listen", "--forward-to", url, "--secret", HARNESS_SECRET));
	wait_line(&process, "Copying what happens");
	id = harness_send(&h, "Hello");
	wait_line(&process, "-> 200");
	log = receiver_wait(&h.receiver, "/path", "/dev", 1);
	copy = json_select(log, "/path", "/dev", 0);
	assert_true(json_path_is(copy, "/body/type", "answer.received"));
	assert_true(json_path_is(copy, "/body/data/message/id", id));
	assert_true(json_path_is(copy, "/body/data/answer/text", "Answer to: Hello"));
	process_kill(&process);
	ctl_fails(&h, 2, "--secret", WORDS("listen", "--forward-to", url, "--secret", "x"));
	harness_stop(&h);
}

/* ---- doing ---- */

static void test_send__waits_for_the_answer(void **state)
{
	CLEANUP(json_putp) struct json_object *lines = NULL;
	CLEANUP(json_putp) struct json_object *story = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	ctl_says(&h, 0, "Answer to: Hello", WORDS("send", "Hello", "--wait"));
	lines = ctl_json(&h, 0,
			 WORDS("send", "Hi", "--json", "--wait", "--phone", "+491701234567",
			       "--platform", "sms", "--key", "t1", "--source", "crm"));
	assert_true(json_path_is(lines, "/0/state", "answered"));
	story = harness_message(&h, json_path(lines, "/0/id"));
	assert_true(json_path_is(story, "/message/prospect_info/phone", "+491701234567"));
	assert_true(json_path_is(story, "/message/prospect_info/email", NULL));
	ctl_fails(&h, 2, "/source: ", WORDS("send", "Hello", "--source", "nobody"));
	ctl_fails(&h, 2, "/platform: ", WORDS("send", "Hello", "--platform", "fax"));
	sim_script(&h.sim, "* reply=400");
	ctl_fails(&h, 1, "no answer came: maaxctl show msg_", WORDS("send", "Bad", "--wait"));
	harness_stop(&h);
}

static void test_replay_cancel_and_retry(void **state)
{
	CLEANUP(json_putp) struct json_object *lines = NULL;
	CLEANUP(freep) char *first = NULL;
	CLEANUP(freep) char *second = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	sim_script(&h.sim, "* reply=400");
	first = harness_send_in(&h, "One", "ann");
	json_object_put(harness_wait_state(&h, first, "failed"));
	sim_script(&h.sim, "");
	ctl_fails(&h, 1, "nothing of it failed after its submit", WORDS("replay", first));
	ctl_says(&h, 0, first, WORDS("replay", "--stage", "submit", "--dry-run"));
	lines = ctl_json(&h, 0, WORDS("replay", first, "--stage=submit", "--dry-run", "--json"));
	assert_true(json_path_bool(lines, "/0/dry_run"));
	assert_true(json_path_is(lines, "/0/replayed/0", first));
	ctl_says(&h, 0, "asked twice", WORDS("replay", first, "--stage", "submit"));
	json_object_put(harness_wait_state(&h, first, "answered"));
	ctl_says(&h, 0, "nothing to replay", WORDS("replay", "--stage", "submit"));

	second = harness_send_in(&h, "Two [sim callbacks=0]", "eve");
	json_object_put(harness_wait_state(&h, second, "waiting"));
	ctl_says(&h, 0, "would be done", WORDS("cancel", second, "--dry-run"));
	json_object_put(harness_wait_state(&h, second, "waiting"));
	ctl_says(&h, 0, "cancelled", WORDS("cancel", second));
	json_object_put(harness_wait_state(&h, second, "cancelled"));
	ctl_fails(&h, 1, "it is settled already", WORDS("cancel", second));
	ctl_fails(&h, 3, "there is no such message", WORDS("cancel", "msg_0000000000001"));
	ctl_says(&h, 0, "0 messages and 0 deliveries", WORDS("retry-now"));
	ctl_fails(&h, 1, "it waits for no try", WORDS("retry-now", second));
	harness_stop(&h);
}

static void test_replay__of_many_asks(void **state)
{
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	sim_script(&h.sim, "* reply=400");
	for (int i = 0; i < 11; i++) {
		CLEANUP(freep) char *key = xasprintf("visitor-%d", i);
		CLEANUP(freep) char *id = harness_send_in(&h, "Hello", key);

		json_object_put(harness_wait_state(&h, id, "failed"));
	}
	sim_script(&h.sim, "");
	ctl_fails(&h, 1, "11 messages would be replayed, and Maax is asked again about each.",
		  WORDS("replay", "--stage", "submit"));
	ctl_says(&h, 0, "11 messages", WORDS("replay", "--stage", "submit", "-y"));
	json_object_put(harness_wait_delivered(&h, "answer.received", 11));
	harness_stop(&h);
}

static void test_unmatched__list_attach_drop(void **state)
{
	CLEANUP(json_putp) struct json_object *lines = NULL;
	CLEANUP(json_putp) struct json_object *more = NULL;
	CLEANUP(freep) char *id = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	ctl_says(&h, 0, "none", WORDS("unmatched"));
	id = harness_send(&h, "Hello [sim callbacks=0]");
	json_object_put(harness_wait_state(&h, id, "waiting"));
	ctl_says(&h, 0, "unknown -> 200  cb_", WORDS("simulate", "unknown", "--text", "stray"));
	lines = ctl_json(&h, 0, WORDS("unmatched", "--json"));
	assert_int_equal(json_object_array_length(lines), 1);
	ctl_says(&h, 0, "stray", WORDS("show", json_path(lines, "/0/id")));
	ctl_says(&h, 0, "would be done",
		 WORDS("unmatched", "attach", json_path(lines, "/0/id"), id, "--dry-run"));
	ctl_says(&h, 0, "attached", WORDS("unmatched", "attach", json_path(lines, "/0/id"), id));
	json_object_put(harness_wait_state(&h, id, "answered"));
	ctl_says(&h, 0, "unknown -> 200", WORDS("simulate", "unknown"));
	more = ctl_json(&h, 0, WORDS("unmatched", "list", "--json"));
	ctl_says(&h, 0, "dropped", WORDS("unmatched", "drop", json_path(more, "/0/id")));
	ctl_says(&h, 0, "none", WORDS("unmatched", "list"));
	ctl_says(&h, 0, "dropped by an operator", WORDS("unmatched", "--state", "dropped"));
	ctl_fails(&h, 3, "there is no such callback",
		  WORDS("unmatched", "drop", "cb_0000000000001"));
	harness_stop(&h);
}

static void test_simulate__answers_a_message(void **state)
{
	CLEANUP(json_putp) struct json_object *lines = NULL;
	CLEANUP(freep) char *id = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	ctl_fails(&h, 3, "there is no such message", WORDS("simulate", "answer"));
	id = harness_send(&h, "Hello [sim callbacks=0]");
	json_object_put(harness_wait_state(&h, id, "waiting"));
	lines = ctl_json(
		&h, 0,
		WORDS("simulate", "answer", "--msg", id, "--text", "Yes.", "--dup", "--json"));
	assert_int_equal(json_path_len(lines, "/0/replies"), 2);
	ctl_says(&h, 0, "Yes.", WORDS("show", id));
	ctl_says(&h, 0, "duplicate", WORDS("show", id));
	harness_stop(&h);
}

static void test_pause_answer_unpause(void **state)
{
	CLEANUP(json_putp) struct json_object *log = NULL;
	CLEANUP(freep) char *conversation = NULL;
	CLEANUP(freep) char *first = NULL;
	CLEANUP(freep) char *second = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	first = harness_send_in(&h, "One", "ann");
	json_object_put(harness_wait_state(&h, first, "answered"));
	conversation = api_conversation_of(&h, first);
	ctl_says(&h, 0, "paused", WORDS("pause", conversation, "--reason", "Bob writes"));
	ctl_fails(&h, 1, "it is paused already", WORDS("pause", conversation));
	ctl_says(&h, 0, "Bob writes", WORDS("conversations", "--paused"));
	second = harness_send_in(&h, "Two", "ann");
	ctl_says(&h, 0, "answered; it is on its way", WORDS("answer", conversation, "I am Bob."));
	log = harness_wait_delivered(&h, "answer.received", 2);
	assert_true(json_path_is(json_select(log, "/body/type", "answer.received", 1),
				 "/body/data/answer/kind", "notice"));
	ctl_says(&h, 0, "I am Bob.", WORDS("show", second));
	ctl_fails(&h, 2, "/text: ", WORDS("answer", conversation, " "));
	ctl_says(&h, 0, "unpaused", WORDS("unpause", conversation));
	json_object_put(harness_wait_state(&h, second, "answered"));
	ctl_fails(&h, 1, "it is not paused", WORDS("unpause", conversation));
	harness_stop(&h);
}

static void test_key__is_printed_once_and_revoked(void **state)
{
	CLEANUP(json_putp) struct json_object *lines = NULL;
	CLEANUP(freep) char *key = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	ctl_says(&h, 0, "none", WORDS("key", "list"));
	ctl_says(&h, 0, "would make", WORDS("key", "add", "crm", "--dry-run"));
	key = ctl(&h, 0, WORDS("key", "add", "crm", "--label", "staging"));
	key[strcspn(key, "\n")] = '\0';
	assert_true(strncmp(key, "maaxd_", 6) == 0);
	api_expect(&h, &(struct api_call){ .key = key }, 200, NULL);
	ctl_says(&h, 0, "staging", WORDS("key", "list"));
	lines = ctl_json(&h, 0, WORDS("key", "list", "--json"));
	ctl_says(&h, 0, "revoked", WORDS("key", "revoke", json_path(lines, "/0/id")));
	api_expect(&h, &(struct api_call){ .key = key }, 401, "unauthorized");
	ctl_fails(&h, 3, "there is no such key", WORDS("key", "revoke", json_path(lines, "/0/id")));
	ctl_fails(&h, 2, "/source: ", WORDS("key", "add", "nobody"));
	harness_stop(&h);
}

static void test_urls_config_and_completion(void **state)
{
	CLEANUP(json_putp) struct json_object *lines = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	ctl_says(&h, 0, "/cb/emergency/sales.", WORDS("urls"));
	lines = ctl_json(&h, 0, WORDS("urls", "--json"));
	assert_true(json_path_is(lines, "/0/ai", "sales"));
	ctl_says(&h, 0, "[source \"crm\"]", WORDS("config"));
	ctl_says(&h, 0, "\"config\":", WORDS("config", "--json"));
	ctl_says(&h, 0, "complete -F _maaxctl maaxctl", WORDS("completion", "bash"));
	ctl_says(&h, 0, "#compdef maaxctl", WORDS("completion", "zsh"));
	ctl_fails(&h, 2, "there are completions for bash and zsh", WORDS("completion", "fish"));
	harness_stop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_usage__is_told_and_exits_2),
		cmocka_unit_test(test_daemon_that_is_down__is_69),
		cmocka_unit_test(test_no_permission__is_77),
		cmocka_unit_test(test_status__says_it_in_words_and_by_its_exit_status),
		cmocka_unit_test(test_list_and_show__find_a_message_by_part_of_its_id),
		cmocka_unit_test(test_tail__prints_what_was_oldest_first),
		cmocka_unit_test(test_tail_f__goes_on),
		cmocka_unit_test(test_listen__copies_signed),
		cmocka_unit_test(test_send__waits_for_the_answer),
		cmocka_unit_test(test_replay_cancel_and_retry),
		cmocka_unit_test(test_replay__of_many_asks),
		cmocka_unit_test(test_unmatched__list_attach_drop),
		cmocka_unit_test(test_simulate__answers_a_message),
		cmocka_unit_test(test_destination_test__tells_what_came_of_it),
		cmocka_unit_test(test_pause_answer_unpause),
		cmocka_unit_test(test_key__is_printed_once_and_revoked),
		cmocka_unit_test(test_urls_config_and_completion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
