/*
 * Crash rounds: the real daemon under traffic is killed at a random moment and started again on the
 * same database and sockets, over and over. After each round the far ends and the database must
 * agree:
 *   - every acknowledged message exists and is answered; a send repeated with its Idempotency-Key
 * made one message
 *   - every callback that the stand-in got 200 for is in the timeline of its message
 *   - no message was submitted more than twice (once, and once more when it was uncertain)
 *   - every answer and follow-up reached the receiver, signed, in order of seq within its
 * conversation usage: crash [ROUNDS [SEED]]     crash --term [ROUNDS [SEED]]: SIGTERM instead,
 * which must exit with 0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/harness.h"

#define SENDS 8		 /* messages a round */
#define CONVERSATIONS 3	 /* new ones each round */
#define MAX_DELAY 120000 /* microseconds from the start of a round's traffic to the signal */

static int rounds = 300;
static unsigned seed = 1;
static bool is_term;

static const struct harness_options options = {
	.maaxd = "log_level = info\n",
	.maax = "uncertain_wait = 150ms\nanswer_deadline = 60s\nsubmit_schedule = 0s 20ms 50ms\n",
	.destination = "retry_schedule = 0s 20ms 50ms 100ms 200ms 500ms 1s 1s 1s 1s\n",
	.sim_default = "delay=10ms retry=200 retry-delay=20ms",
};

static const char *const manners[] = {
	"",
	"[sim before]",
	"[sim callbacks=2]",
	"[sim delay=60ms shape=form]",
	"[sim reset-after-store]",
	"[sim followup=40ms]",
	"[sim reply=503 times=1]",
	"[sim delay=0ms ids]",
};

struct sent {
	char key[40];
	char *id; /* NULL until acknowledged */
};

/* What has been checked of the journals so far. */
struct progress {
	int64_t callbacks; /* sequence number in the stand-in's journal */
	int64_t deliveries;
};

/* A helper process that sends the signal after `delay`: the very moment is what the round is about.
 */
static pid_t start_killer(pid_t victim, useconds_t delay)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	usleep(delay);
	kill(victim, is_term ? SIGTERM : SIGKILL);
	_exit(0);
}

/* One send; true when it was acknowledged. The daemon may die at any moment. */
static bool try_send(struct harness *h, struct sent *sent, int round, int number)
{
	CLEANUP(freep) char *key_header = xasprintf("Idempotency-Key: %s", sent->key);
	CLEANUP(freep) char *url = xasprintf("%s/v1/messages", h->public_url);
	CLEANUP(freep)
	char *text =
		xasprintf("%d.%d %s", round, number, manners[number % (int)ARRAY_SIZE(manners)]);
	CLEANUP(freep) char *conversation = xasprintf("r%d-%d", round, number % CONVERSATIONS);
	CLEANUP(json_putp) struct json_object *object = harness_message_body(text, conversation);
	CLEANUP(freep) char *body = json_format(object, NULL);
	const char *headers[] = { "Authorization: Bearer " HARNESS_KEY,
				  "Content-Type: application/json", key_header, NULL };
	struct http_call call = {
		.url = url, .headers = headers, .body = body, .timeout = 2 * USEC_PER_SEC
	};
	struct http_answer answer;

	http_do(&call, &answer);
	if (answer.status == 202)
		sent->id = xstrdup(json_path(answer.json, "/message/id"));
	else if (answer.status != 0 && answer.status != 503)
		fail_msg("round %d: send %d was answered %d", round, number, answer.status);
	http_answer_done(&answer);
	return sent->id != NULL;
}

static void end_daemon(struct harness *h)
{
	int status;

	if (!is_term) {
		daemon_kill(&h->daemon);
		return;
	}
	status = process_wait(&h->daemon.process);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static struct json_object *journal_after(const char *url, const char *path, int64_t after)
{
	CLEANUP(freep) char *full = xasprintf("%s%s%lld", url, path, (long long)after);
	struct http_answer answer;
	struct json_object *lines;

	http_get(full, &answer);
	assert_int_equal(answer.status, 200);
	lines = json_lines(buf_text(&answer.body));
	http_answer_done(&answer);
	return lines;
}

/* "http://…/cb/answer/msg_….key.mac" → "msg_…". The caller's. */
static char *message_of(const char *url)
{
	const char *start = url ? strstr(url, "msg_") : NULL;

	return start ? xstrndup(start, strcspn(start, ".")) : NULL;
}

static void check_callback(struct harness *h, struct json_object *line)
{
	CLEANUP(freep) char *id = message_of(json_path(line, "/url"));
	CLEANUP(json_putp) struct json_object *reply = NULL;
	CLEANUP(json_putp) struct json_object *story = NULL;
	struct json_object *timeline;
	const char *text = json_path(line, "/reply");
	const char *why;

	if (json_path_int(line, "/status") != 200 || !id)
		return;
	assert_int_equal(json_parse(text, strlen(text), &reply, &why), 0);
	story = harness_message(h, id);
	timeline = json_at(story, "/message/timeline");
	if (json_count(timeline, "/callback", json_path(reply, "/id")) != 1)
		fail_msg("callback %s was acknowledged and is not in the story of %s",
			 json_path(reply, "/id"), id);
}

static void check_callbacks(struct harness *h, struct progress *progress)
{
	CLEANUP(json_putp)
	struct json_object *lines =
		journal_after(h->sim.url, "/sim/log?event=callback&after=", progress->callbacks);

	for (size_t i = 0; i < json_object_array_length(lines); i++) {
		struct json_object *line = json_object_array_get_idx(lines, i);

		check_callback(h, line);
		progress->callbacks = json_path_int(line, "/seq");
	}
}

/* First arrivals of a conversation come in order of seq; repeats of a webhook-id are what
 * at-least-once means. */
static void check_order(struct json_object *all)
{
	size_t count = json_object_array_length(all);

	for (size_t i = 0; i < count; i++) {
		struct json_object *one = json_object_array_get_idx(all, i);
		const char *conversation = json_path(one, "/body/data/conversation/id");
		int64_t seq = json_path_int(one, "/body/data/answer/seq");

		assert_true(json_path_bool(one, "/verified"));
		for (size_t k = 0; k < i; k++) {
			struct json_object *earlier = json_object_array_get_idx(all, k);

			if (!json_path_is(earlier, "/body/data/conversation/id", conversation) ||
			    json_path_is(earlier, "/webhook_id", json_path(one, "/webhook_id")))
				continue;
			if (json_path_int(earlier, "/body/data/answer/seq") > seq &&
			    json_select(all, "/webhook_id", json_path(one, "/webhook_id"), 0) ==
				    one)
				fail_msg("seq %lld came after a later one", (long long)seq);
		}
	}
}

static bool is_all_delivered(struct harness *h, const struct sent *sent)
{
	CLEANUP(json_putp) struct json_object *story = harness_message(h, sent->id);
	struct json_object *deliveries = json_at(story, "/message/deliveries");
	size_t count = json_path_len(story, "/message/deliveries");

	return count > 0 && json_count(deliveries, "/state", "delivered") == count;
}

static void check_submits(struct harness *h, const struct sent *sent)
{
	CLEANUP(json_putp) struct json_object *story = harness_message(h, sent->id);

	if (json_path_int(story, "/message/submits") > 2)
		fail_msg("%s was submitted more than twice", sent->id);
}

static void check_round(struct harness *h, struct sent *sent, struct progress *progress)
{
	CLEANUP(json_putp) struct json_object *deliveries = NULL;

	for (int i = 0; i < SENDS; i++) {
		json_object_put(harness_wait_state(h, sent[i].id, "answered"));
		WAIT_FOR(is_all_delivered(h, &sent[i]));
		check_submits(h, &sent[i]);
	}
	check_callbacks(h, progress);
	deliveries = journal_after(h->receiver.url, "/log?after=", progress->deliveries);
	check_order(deliveries);
	for (int i = 0; i < SENDS; i++)
		if (json_count(deliveries, "/body/data/message/id", sent[i].id) == 0)
			fail_msg("nothing about %s reached the receiver", sent[i].id);
	for (size_t i = 0; i < json_object_array_length(deliveries); i++)
		progress->deliveries =
			json_path_int(json_object_array_get_idx(deliveries, i), "/seq");
}

static void run_round(struct harness *h, int round, struct progress *progress)
{
	struct sent sent[SENDS] = { 0 };
	useconds_t delay = (useconds_t)(rand_r(&seed) % MAX_DELAY);
	pid_t killer = start_killer(h->daemon.process.pid, delay);
	int number = 0;

	for (int i = 0; i < SENDS; i++)
		snprintf(sent[i].key, sizeof(sent[i].key), "round-%d-%d", round, i);
	while (number < SENDS && try_send(h, &sent[number], round, number))
		number++;
	waitpid(killer, NULL, 0);
	end_daemon(h);
	daemon_start(&h->daemon);
	/* What was not acknowledged is sent again with the same key, and makes one message in all.
	 */
	for (int i = 0; i < SENDS; i++)
		if (!sent[i].id)
			assert_true(try_send(h, &sent[i], round, i));
	check_round(h, sent, progress);
	for (int i = 0; i < SENDS; i++)
		free(sent[i].id);
}

static void test_rounds__lose_nothing(void **state)
{
	struct progress progress = { 0 };
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	for (int round = 0; round < rounds; round++) {
		run_round(&h, round, &progress);
		if ((round + 1) % 20 == 0)
			printf("%d of %d rounds\n", round + 1, rounds);
		fflush(stdout);
	}
	harness_stop(&h);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rounds__lose_nothing) };
	int failed;

	if (argc > 1 && streq(argv[1], "--term")) {
		is_term = true;
		argc--;
		argv++;
	}
	if (argc > 1)
		rounds = (int)strtol(argv[1], NULL, 10);
	if (argc > 2)
		seed = (unsigned)strtoul(argv[2], NULL, 10);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	printf("%d passed, %d failed, 0 skipped\n", failed ? 0 : rounds, failed ? 1 : 0);
	return failed != 0;
}
