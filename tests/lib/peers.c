/* maax-sim and webhook-receiver as children of a test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/http_client.h"
#include "lib/json_path.h"
#include "lib/peers.h"
#include "lib/testdir.h"
#include "lib/wait.h"

#include "base/buf.h"

#define MAX_ARGUMENTS 32
#define READY " listening on "
#define MAX_JOURNAL (512 * MIB)

static void peer_start(struct peer *peer, const char *dir, const char *program, const char *log,
		       const char *const *arguments)
{
	const char *argv[MAX_ARGUMENTS + 2] = { program };
	CLEANUP(freep) char *log_path = testdir_path(dir, log);
	CLEANUP(freep) char *line = NULL;
	const struct process_options options = {
		.argv = argv,
		.log_path = log_path,
		.takes_output = true,
	};
	const char *ready;

	for (size_t i = 0; arguments && arguments[i]; i++) {
		assert_true(i < MAX_ARGUMENTS);
		argv[i + 1] = arguments[i];
	}
	process_start(&peer->process, &options);
	line = process_read_line(&peer->process);
	ready = strstr(line, READY);
	if (!ready)
		fail_msg("%s said: %s", program, line);
	ready += strlen(READY);
	peer->url = xstrndup(ready, strcspn(ready, " "));
	ready += strcspn(ready, " ");
	peer->tls_url = *ready ? xstrdup(ready + 1) : NULL;
}

void sim_start(struct peer *sim, const char *dir, const char *const *arguments)
{
	peer_start(sim, dir, process_program("MAAX_SIM_BIN", "build/check/maax-sim"), "sim.log",
		   arguments);
}

void receiver_start(struct peer *receiver, const char *dir, const char *const *arguments)
{
	peer_start(receiver, dir, process_program("RECEIVER_BIN", "build/check/webhook-receiver"),
		   "receiver.log", arguments);
}

void peer_stop(struct peer *peer)
{
	process_stop(&peer->process);
}

void peer_done(struct peer *peer)
{
	process_kill(&peer->process);
	free(peer->url);
	free(peer->tls_url);
	peer->url = peer->tls_url = NULL;
}

static void post(struct peer *peer, const char *path, const char *body,
		 struct http_answer *ret_answer)
{
	CLEANUP(freep) char *url = xasprintf("%s%s", peer->url, path);

	http_post(url, body, ret_answer);
	if (ret_answer->status != 200)
		fail_msg("POST %s: %d %s%s", url, ret_answer->status, buf_text(&ret_answer->body),
			 ret_answer->error);
}

void sim_script(struct peer *sim, const char *rules)
{
	CLEANUP(http_answer_done) struct http_answer answer;

	post(sim, "/sim/script", rules, &answer);
}

void sim_default(struct peer *sim, const char *directives)
{
	CLEANUP(http_answer_done) struct http_answer answer;

	post(sim, "/sim/default", directives, &answer);
}

int sim_callback(struct peer *sim, struct json_object *request)
{
	CLEANUP(http_answer_done) struct http_answer answer;
	CLEANUP(freep) char *body = json_format(request, NULL);

	post(sim, "/sim/callback", body, &answer);
	return (int)json_path_int(answer.json, "/status");
}

void receiver_script(struct peer *receiver, const char *steps)
{
	CLEANUP(http_answer_done) struct http_answer answer;

	post(receiver, "/script", steps, &answer);
}

/* Fetches the journal page by page: the server gives at most so many lines at a time. */
static struct json_object *read_journal(struct peer *peer, const char *path, const char *event)
{
	CLEANUP(buf_done) struct buf lines = BUF_INIT(MAX_JOURNAL);
	int64_t after = 0;

	for (;;) {
		CLEANUP(http_answer_done) struct http_answer answer;
		CLEANUP(json_putp) struct json_object *page = NULL;
		CLEANUP(freep)
		char *url = xasprintf("%s%s?after=%lld%s%s", peer->url, path, (long long)after,
				      event ? "&event=" : "", event ? event : "");
		size_t count;

		http_get(url, &answer);
		assert_int_equal(answer.status, 200);
		if (answer.body.len == 0)
			return json_lines(buf_text(&lines));
		assert_int_equal(buf_add(&lines, answer.body.data, answer.body.len), 0);
		page = json_lines(buf_text(&answer.body));
		count = json_object_array_length(page);
		after = json_path_int(json_object_array_get_idx(page, count - 1), "/seq");
	}
}

struct json_object *sim_log(struct peer *sim, const char *event)
{
	return read_journal(sim, "/sim/log", event);
}

struct json_object *receiver_log(struct peer *receiver)
{
	return read_journal(receiver, "/log", NULL);
}

struct json_object *sim_wait(struct peer *sim, const char *event, size_t count)
{
	const usec_t deadline = wait_deadline();

	for (;;) {
		struct json_object *lines = sim_log(sim, event);

		if (json_object_array_length(lines) >= count)
			return lines;
		json_object_put(lines);
		wait_a_little(deadline, event, __FILE__, __LINE__);
	}
}

struct json_object *receiver_wait(struct peer *receiver, const char *pointer, const char *expected,
				  size_t count)
{
	const usec_t deadline = wait_deadline();

	for (;;) {
		struct json_object *lines = receiver_log(receiver);
		size_t found = pointer ? json_count(lines, pointer, expected)
				       : json_object_array_length(lines);

		if (found >= count)
			return lines;
		json_object_put(lines);
		wait_a_little(deadline, expected ? expected : "a delivery", __FILE__, __LINE__);
	}
}
