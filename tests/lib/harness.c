/* The whole line for a test: start, stop, send, look. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "lib/harness.h"

#include "base/buf.h"

static void write_secrets(const struct harness *h)
{
	static const struct {
		const char *name, *text;
	} files[] = {
		{ "maax-api-key", HARNESS_MAAX_KEY "\n" },
		{ "crm-keys", HARNESS_KEY "\n" },
		{ "desk-secret", HARNESS_SECRET "\n" },
		{ "admin-token", HARNESS_ADMIN_TOKEN "\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		free(testdir_write(h->dir, files[i].name, files[i].text));
}

static void start_sim(struct harness *h, const struct harness_options *options)
{
	const bool has_tls = options && options->certificate;
	CLEANUP(freep) char *pem = testdir_path(h->dir, "sim.pem");
	const char *const arguments[] = {
		"--key",
		HARNESS_MAAX_KEY,
		"--default",
		options && options->sim_default ? options->sim_default : "",
		has_tls ? "--tls-cert" : NULL,
		pem,
		NULL,
	};

	if (has_tls)
		certificate_make(h->dir, "sim", options->certificate);
	sim_start(&h->sim, h->dir, arguments);
}

void harness_prepare(struct harness *h, const struct harness_options *options)
{
	const char *const receiver_arguments[] = { "--secret", HARNESS_SECRET, NULL };
	CLEANUP(freep) char *state = NULL;

	*h = (struct harness){ .dir = testdir_new() };
	state = testdir_path(h->dir, "state");
	if (mkdir(state, 0700) < 0)
		fail_msg("%s: %s", state, strerror(errno));
	start_sim(h, options);
	receiver_start(&h->receiver, h->dir, receiver_arguments);
	daemon_init(&h->daemon, h->dir);
	h->daemon.env = options ? options->env : NULL;
	h->public_url = xasprintf("http://127.0.0.1:%u", h->daemon.port);
	h->admin_socket = testdir_path(h->dir, "admin.sock");
	write_secrets(h);
	harness_configure(h, options);
}

void harness_start(struct harness *h, const struct harness_options *options)
{
	harness_prepare(h, options);
	daemon_start(&h->daemon);
}

void harness_stop(struct harness *h)
{
	if (h->daemon.process.pid > 0)
		daemon_stop(&h->daemon);
	daemon_done(&h->daemon);
	peer_stop(&h->sim);
	peer_done(&h->sim);
	peer_stop(&h->receiver);
	peer_done(&h->receiver);
	free(h->public_url);
	free(h->admin_socket);
	testdir_remove(h->dir);
}

void harness_api(struct harness *h, const char *method, const char *path, const char *body,
		 struct http_answer *ret_answer)
{
	static const char *const headers[] = { "Authorization: Bearer " HARNESS_KEY,
					       "Content-Type: application/json", NULL };
	CLEANUP(freep) char *url = xasprintf("%s%s", h->public_url, path);
	const struct http_call call = {
		.method = method,
		.url = url,
		.headers = headers,
		.body = body,
	};

	http_do(&call, ret_answer);
}

void harness_admin(struct harness *h, const char *method, const char *path, const char *body,
		   struct http_answer *ret_answer)
{
	static const char *const headers[] = { "Authorization: Bearer " HARNESS_ADMIN_TOKEN,
					       "X-Maaxd-Admin: 1", "Content-Type: application/json",
					       NULL };
	CLEANUP(freep) char *url = xasprintf("http://localhost%s", path);
	const struct http_call call = {
		.method = method,
		.url = url,
		.unix_socket = h->admin_socket,
		.headers = headers,
		.body = body,
	};

	http_do(&call, ret_answer);
}

char *harness_emergency_url(struct harness *h, const char *ai)
{
	CLEANUP(http_answer_done) struct http_answer answer;
	struct json_object *entry;

	harness_admin(h, "GET", "/admin/v1/urls", NULL, &answer);
	entry = json_select(json_at(answer.json, "/urls"), "/ai", ai, 0);
	if (!entry)
		fail_msg("no URL of %s: %s", ai, buf_text(&answer.body));
	return xstrdup(json_path(entry, "/emergency_url"));
}

struct json_object *harness_message_body(const char *text, const char *key)
{
	struct json_object *body = json_object_new_object();
	struct json_object *prospect = json_object_new_object();
	CLEANUP(freep) char *email = xasprintf("%s@example.org", key ? key : "ann");

	json_put_string(prospect, "first_name", "Ann");
	json_put_string(prospect, "email", email);
	json_put_string(body, "message_content", text);
	json_put_string(body, "platform", "website");
	json_put(body, "prospect_info", prospect);
	if (key)
		json_put_string(body, "conversation_key", key);
	return body;
}

char *harness_send_in(struct harness *h, const char *text, const char *conversation_key)
{
	CLEANUP(json_putp)
	struct json_object *message = harness_message_body(text, conversation_key);
	CLEANUP(freep) char *body = json_format(message, NULL);
	CLEANUP(http_answer_done) struct http_answer answer;
	const char *id;

	harness_api(h, "POST", "/v1/messages", body, &answer);
	if (answer.status != 202)
		fail_msg("POST /v1/messages: %d %s%s", answer.status, buf_text(&answer.body),
			 answer.error);
	id = json_path(answer.json, "/message/id");
	assert_non_null(id);
	return xstrdup(id);
}

char *harness_send(struct harness *h, const char *text)
{
	return harness_send_in(h, text, NULL);
}

struct json_object *harness_message(struct harness *h, const char *id)
{
	CLEANUP(http_answer_done) struct http_answer answer;
	CLEANUP(freep) char *path = xasprintf("/v1/messages/%s", id);

	harness_api(h, "GET", path, NULL, &answer);
	if (answer.status != 200)
		fail_msg("GET %s: %d %s%s", path, answer.status, buf_text(&answer.body),
			 answer.error);
	return json_object_get(answer.json);
}

struct json_object *harness_wait_state(struct harness *h, const char *id, const char *state)
{
	const usec_t deadline = wait_deadline();

	for (;;) {
		struct json_object *message = harness_message(h, id);

		if (json_path_is(message, "/message/state", state))
			return message;
		json_object_put(message);
		wait_a_little(deadline, state, __FILE__, __LINE__);
	}
}

struct json_object *harness_wait_delivered(struct harness *h, const char *type, size_t count)
{
	return receiver_wait(&h->receiver, "/body/type", type, count);
}
