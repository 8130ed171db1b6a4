/* The HTTP surface: which listener serves what, how refusals look, and what strangers cannot do. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <string.h>

#include "lib/api_client.h"
#include "lib/rawsock.h"

/* Sends bytes as they are on a connection of their own and reads until it ends. */
static char *exchange(const struct harness *h, const char *bytes)
{
	int fd = rawsock_connect(h->daemon.port);

	rawsock_send_text(fd, bytes);
	return api_receive(fd);
}

/* ---- refusals ---- */

static void test_methods_and_paths__are_404_and_405(void **state)
{
	static const struct {
		const char *method, *path, *allow;
	} cases[] = {
		{ "GET", "/", NULL },
		{ "GET", "/v1", NULL },
		{ "GET", "/v2/messages", NULL },
		{ "GET", "/v1/messages/msg_0000000000001/more", NULL },
		{ "GET", "/V1/messages", NULL },
		{ "OPTIONS", "/nothing", NULL },
		{ "DELETE", "/v1/messages", "POST, GET, HEAD" },
		{ "POST", "/v1/conversations", "GET, HEAD" },
		{ "PUT", "/v1/events", "GET, HEAD" },
		{ "POST", "/healthz", "GET, HEAD" },
		{ "DELETE", "/cb/answer/x", "GET, HEAD, POST, PUT" },
		{ "BREW", "/readyz", "GET, HEAD" },
	};
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(http_answer_done) struct http_answer answer;
		CLEANUP(freep) char *allow = NULL;

		api_call(&h, &(struct api_call){ .method = cases[i].method, .path = cases[i].path },
			 &answer);
		allow = http_answer_header(&answer, "Allow");
		if (answer.status != (cases[i].allow ? 405 : 404))
			fail_msg("%s %s: %d", cases[i].method, cases[i].path, answer.status);
		if (cases[i].allow)
			assert_string_equal(allow, cases[i].allow);
		else
			assert_null(allow);
		assert_true(json_path_is(answer.json, "/code",
					 cases[i].allow ? "method_not_allowed" : "not_found"));
	}
	harness_stop(&h);
}

static void test_problem__has_type_code_and_request_id(void **state)
{
	CLEANUP(http_answer_done) struct http_answer given, bad, none;
	CLEANUP(freep) char *type = NULL;
	CLEANUP(freep) char *echoed = NULL;
	CLEANUP(freep) char *made = NULL;
	CLEANUP(freep) char *other = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	api_call(&h, &(struct api_call){ .path = "/no", .header = "X-Request-Id: my-id_1.2" },
		 &given);
	type = http_answer_header(&given, "Content-Type");
	assert_string_equal(type, "application/problem+json");
	echoed = http_answer_header(&given, "X-Request-Id");
	assert_string_equal(echoed, "my-id_1.2");
	assert_true(json_path_is(given.json, "/request_id", "my-id_1.2"));
	assert_true(json_path_is(given.json, "/type", "about:blank"));
	assert_true(json_path_is(given.json, "/title", "Not Found"));
	assert_int_equal(json_path_int(given.json, "/status"), 404);
	assert_non_null(json_path(given.json, "/detail"));

	/* One that could do harm in a log is replaced; good replies have one, too. */
	api_call(&h, &(struct api_call){ .path = "/no", .header = "X-Request-Id: a b\"c" }, &bad);
	made = http_answer_header(&bad, "X-Request-Id");
	assert_memory_equal(made, "req_", 4);
	assert_true(json_path_is(bad.json, "/request_id", made));
	api_call(&h, &(struct api_call){ .path = "/healthz" }, &none);
	other = http_answer_header(&none, "X-Request-Id");
	assert_memory_equal(other, "req_", 4);
	assert_string_not_equal(made, other);
	harness_stop(&h);
}

static void test_head__is_get_without_a_body(void **state)
{
	static const char *const paths[] = { "/healthz", "/v1/messages", "/v1/events" };
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		CLEANUP(freep)
		char *request =
			xasprintf("HEAD %s HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n"
				  "Connection: close\r\n\r\n",
				  paths[i], HARNESS_KEY);
		CLEANUP(freep) char *reply = exchange(&h, request);

		assert_memory_equal(reply, "HTTP/1.1 200", 12);
		assert_string_equal(strstr(reply, "\r\n\r\n"), "\r\n\r\n");
	}
	harness_stop(&h);
}

static size_t count_text(const char *text, const char *part)
{
	size_t count = 0;

	for (; (text = strstr(text, part)); text++)
		count++;
	return count;
}

/* libmicrohttpd refuses a malformed length itself, with a header of its own, twice. */
static void test_hygiene__what_could_be_read_in_two_ways_is_refused(void **state)
{
	static const struct {
		const char *request;
		int status;
	} cases[] = {
		{ "POST /v1/messages HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
		  "Content-Length: 2\r\n\r\n{}",
		  400 },
		{ "POST /v1/messages HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
		  "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
		  400 },
		{ "POST /v1/messages HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\nxx",
		  501 },
		{ "POST /v1/messages HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
		  "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		  501 },
		{ "POST /v1/messages HTTP/1.1\r\nHost: a\r\nContent-Length: +2\r\n\r\n{}", 400 },
		{ "POST /v1/messages HTTP/1.1\r\nHost: a\r\nContent-Length: 2x\r\n\r\n{}", 400 },
		{ "GET /healthz%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
		{ "GET /healthz?a=%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
		{ "GET /health%0az HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
		{ "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400 },
		{ "GET /healthz HTTP/1.1\r\n\r\n", 400 },
		{ "GET /healthz HTTP/1.1\r\nHost: a\r\nX-A\x01: b\r\n\r\n", 400 },
		{ "GET /healthz HTTP/1.1\r\nHost: a\r\nX A: b\r\n\r\n", 400 },
		{ "GET /healthz HTTP/1.1\r\nHost: a\r\nX-A: b\x7f\r\n\r\n", 400 },
	};
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(freep) char *reply = exchange(&h, cases[i].request);
		CLEANUP(freep) char *want = xasprintf("HTTP/1.1 %d ", cases[i].status);

		if (strncmp(reply, want, strlen(want)) != 0)
			fail_msg("%s\nexpected %s, got %.200s", cases[i].request, want, reply);
		if (count_text(reply, "X-Request-Id") > 1)
			fail_msg("%s\nits rest was taken for another request: %s", cases[i].request,
				 reply);
	}
	api_expect(&h, &(struct api_call){ .path = "/healthz" }, 200, NULL);
	harness_stop(&h);
}

/* ---- deadlines and bounds ---- */

/* A byte now and then keeps a connection from being idle, but not from being too slow. */
static void expect_cut_off(const struct harness *h, const char *start, const char *drip)
{
	usec_t deadline = wait_deadline();
	int fd = rawsock_connect(h->daemon.port);
	char byte;

	rawsock_send_text(fd, start);
	while (recv(fd, &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN) {
		rawsock_send_text(fd, drip);
		wait_a_little(deadline, "the end of a dripping request", __FILE__, __LINE__);
	}
	close(fd);
}

static void test_dripping_request__ends_at_its_deadline(void **state)
{
	const struct harness_options options = { .public = "request_timeout = 1s" };
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	expect_cut_off(&h, "GET /healthz HTTP/1.1\r\nHost: a\r\nX-Drip: ", "x");
	expect_cut_off(&h,
		       "POST /v1/messages HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " HARNESS_KEY
		       "\r\nContent-Type: application/json\r\nContent-Length: 200000\r\n\r\n",
		       " ");
	expect_cut_off(&h,
		       "POST /v1/messages HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " HARNESS_KEY
		       "\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
		       "1\r\n \r\n");
	api_expect(&h, &(struct api_call){ .path = "/healthz" }, 200, NULL);
	harness_stop(&h);
}

static void test_connection_cap__lets_the_next_one_wait_its_turn(void **state)
{
	static const char half[] = "GET /healthz HTTP/1.1\r\nHost: a\r\n";
	static const char whole[] = "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
	const struct harness_options options = { .public = "max_connections = 3" };
	CLEANUP(freep) char *first_reply = NULL;
	CLEANUP(freep) char *reply = NULL;
	CLEANUP(http_answer_done) struct http_answer admin;
	int held[3];
	struct harness h;
	char byte;
	int next;

	(void)state;
	harness_start(&h, &options);
	for (size_t i = 0; i < ARRAY_SIZE(held); i++) {
		held[i] = rawsock_connect(h.daemon.port);
		rawsock_send_text(held[i], half);
	}
	next = rawsock_connect(h.daemon.port);
	rawsock_send_text(next, whole);

	/* Another listener has its own cap; by then the fourth would have been answered. */
	harness_admin(&h, "GET", "/readyz", NULL, &admin);
	assert_int_equal(admin.status, 200);
	assert_int_equal(recv(next, &byte, 1, MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
	rawsock_send_text(held[0], "Connection: close\r\n\r\n");
	first_reply = api_receive(held[0]);
	assert_memory_equal(first_reply, "HTTP/1.1 200", 12);
	reply = api_receive(next);
	assert_memory_equal(reply, "HTTP/1.1 200", 12);
	close(held[1]);
	close(held[2]);
	harness_stop(&h);
}

/* ---- listeners ---- */

static void unix_call(const char *socket, const char *method, const char *path,
		      const char *const *headers, struct http_answer *answer)
{
	CLEANUP(freep) char *url = xasprintf("http://localhost%s", path);

	http_do(
		&(struct http_call){
			.method = method, .url = url, .unix_socket = socket, .headers = headers },
		answer);
}

static int unix_status(const char *socket, const char *method, const char *path,
		       const char *const *headers)
{
	CLEANUP(http_answer_done) struct http_answer answer;

	unix_call(socket, method, path, headers, &answer);
	return answer.status;
}

static void test_listeners__serve_what_they_say_and_nothing_else(void **state)
{
	static const char *const admin_header[] = { "X-Maaxd-Admin: 1", NULL };
	static const char *const bearer[] = { "Authorization: Bearer " HARNESS_KEY, NULL };
	static const struct {
		const char *path;
		int api, callbacks, admin, metrics;
	} cases[] = {
		{ "/healthz", 200, 200, 200, 200 },
		{ "/readyz", 200, 200, 200, 200 },
		{ "/v1/messages", 200, 404, 404, 404 },
		{ "/v1/conversations", 200, 404, 404, 404 },
		{ "/admin/v1/urls", 404, 404, 200, 404 },
		{ "/admin/v1/callbacks", 404, 404, 200, 404 },
		{ "/admin/v1/config", 404, 404, 200, 404 },
		{ "/admin/v1/holds", 404, 404, 200, 404 },
		{ "/metrics", 404, 404, 404, 200 },
	};
	struct harness_options options = { .public = "serve = api", .admin = "serve = admin" };
	CLEANUP(freep) char *more = NULL;
	CLEANUP(freep) char *callbacks = NULL;
	CLEANUP(freep) char *metrics = NULL;
	struct harness h;

	(void)state;
	harness_prepare(&h, NULL);
	callbacks = testdir_path(h.dir, "cb.sock");
	metrics = testdir_path(h.dir, "metrics.sock");
	more = xasprintf("[listener \"callbacks\"]\nlisten = unix:%s\nserve = callbacks\n"
			 "[listener \"metrics\"]\nlisten = unix:%s\nserve = metrics\n",
			 callbacks, metrics);
	options.more = more;
	harness_configure(&h, &options);
	daemon_start(&h.daemon);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *path = cases[i].path;
		CLEANUP(http_answer_done) struct http_answer answer;

		api_call(&h, &(struct api_call){ .path = path, .header = admin_header[0] },
			 &answer);
		if (answer.status != cases[i].api)
			fail_msg("api listener, %s: %d", path, answer.status);
		assert_int_equal(unix_status(callbacks, "GET", path, bearer), cases[i].callbacks);
		assert_int_equal(unix_status(h.admin_socket, "GET", path, admin_header),
				 cases[i].admin);
		assert_int_equal(unix_status(metrics, "GET", path, admin_header), cases[i].metrics);
	}
	/* A callback path is there or not, and both times it says nothing about tokens. */
	assert_int_equal(unix_status(callbacks, "DELETE", "/cb/answer/x", NULL), 405);
	api_expect(&h, &(struct api_call){ .method = "DELETE", .path = "/cb/answer/x" }, 404,
		   "not_found");
	harness_stop(&h);
}

static void test_admin_socket__wants_its_header_and_no_origin(void **state)
{
	static const struct {
		const char *headers[3];
		int status;
	} cases[] = {
		{ { "X-Maaxd-Admin: 1" }, 200 },
		{ { NULL }, 403 },
		{ { "X-Maaxd-Admin: 0" }, 403 },
		{ { "X-Maaxd-Admin: 1", "Origin: http://evil.example" }, 403 },
		{ { "X-Maaxd-Admin: 1", "Origin: null" }, 403 },
		{ { "X-Maaxd-Admin: 1", "Origin: http://localhost" }, 403 },
	};
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(
			unix_status(h.admin_socket, "GET", "/admin/v1/urls", cases[i].headers),
			cases[i].status);
	/* Changing something is guarded in the same way. */
	assert_int_equal(unix_status(h.admin_socket, "POST", "/admin/v1/destinations/desk/resume",
				     cases[1].headers),
			 403);
	assert_int_equal(unix_status(h.admin_socket, "POST", "/admin/v1/destinations/desk/resume",
				     cases[0].headers),
			 404); /* there is nothing to resume */
	harness_stop(&h);
}

static void test_admin_over_tcp__wants_the_token(void **state)
{
	static const struct {
		const char *key;
		int status;
	} cases[] = {
		{ HARNESS_ADMIN_TOKEN, 200 },
		{ "", 403 },
		{ HARNESS_KEY, 403 },
		{ "admin-token-012345678", 403 },
		{ "admin-token-01234567890", 403 },
		{ "admin-token-0123456788", 403 },
	};
	struct harness_options options = { .admin = "serve = callbacks api" };
	CLEANUP(freep) char *public = NULL;
	struct harness h;

	(void)state;
	/* The socket that the harness passes becomes the admin's. */
	harness_prepare(&h, NULL);
	public = xasprintf("serve = admin\nadmin_token_file = %s/admin-token", h.dir);
	options.public = public;
	harness_configure(&h, &options);
	daemon_start(&h.daemon);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		api_expect(&h,
			   &(struct api_call){ .key = cases[i].key,
					       .path = "/admin/v1/holds",
					       .header = "X-Maaxd-Admin: 1" },
			   cases[i].status, cases[i].status == 200 ? NULL : "forbidden");
		api_expect(&h, &(struct api_call){ .key = cases[i].key, .path = "/admin/v1/holds" },
			   403, "forbidden");
		/* A browser sends Origin: it may not, with all that it could send along. */
		api_expect(&h,
			   &(struct api_call){ .key = cases[i].key,
					       .path = "/admin/v1/holds",
					       .header = "X-Maaxd-Admin: 1",
					       .other_header = "Origin: https://a.example" },
			   403, "forbidden");
		api_expect(&h,
			   &(struct api_call){ .key = cases[i].key,
					       .path = "/admin/v1/holds",
					       .header = "Origin: https://a.example" },
			   403, "forbidden");
	}
	harness_stop(&h);
}

static void test_admin_views__show_the_state_and_no_secret(void **state)
{
	static const char *const secrets[] = { HARNESS_KEY, HARNESS_MAAX_KEY, HARNESS_ADMIN_TOKEN,
					       "bWFheGQtdGVzdC1zZWNyZXQtMDEyMzQ1Njc4OWFiY2RlZg" };
	CLEANUP(http_answer_done) struct http_answer urls, config, callbacks, holds, bad;
	CLEANUP(freep) char *start = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	free(harness_send(&h, "Refused [sim reply=401]"));
	WAIT_FOR((harness_admin(&h, "GET", "/admin/v1/holds", NULL, &holds),
		  json_path_len(holds.json, "/data") == 1 || (http_answer_done(&holds), false)));
	assert_true(json_path_is(holds.json, "/data/0/kind", "ai"));
	assert_true(json_path_is(holds.json, "/data/0/name", "sales"));
	assert_non_null(json_path(holds.json, "/data/0/reason"));

	harness_admin(&h, "GET", "/admin/v1/urls", NULL, &urls);
	start = xasprintf("%s/cb/emergency/sales.", h.public_url);
	assert_true(json_path_is(urls.json, "/urls/0/ai", "sales"));
	assert_memory_equal(json_path(urls.json, "/urls/0/emergency_url"), start, strlen(start));
	harness_admin(&h, "GET", "/admin/v1/callbacks", NULL, &callbacks);
	assert_int_equal(callbacks.status, 200);
	assert_int_equal(json_path_len(callbacks.json, "/data"), 0);
	harness_admin(&h, "GET", "/admin/v1/callbacks?state=nonsense", NULL, &bad);
	assert_int_equal(bad.status, 400);

	harness_admin(&h, "GET", "/admin/v1/config", NULL, &config);
	assert_int_equal(config.status, 200);
	assert_non_null(strstr(buf_text(&config.body), "[source \"crm\"]"));
	assert_non_null(strstr(buf_text(&config.body), "crm-keys"));
	for (size_t i = 0; i < ARRAY_SIZE(secrets); i++)
		assert_null(strstr(buf_text(&config.body), secrets[i]));
	harness_stop(&h);
}

static void test_unmatched_and_unmapped__are_listed_for_a_person(void **state)
{
	CLEANUP(freep) char *id = NULL;
	CLEANUP(http_answer_done) struct http_answer list;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	id = harness_send(&h, "Odd [sim shape=unknown-fields]");
	WAIT_FOR((harness_admin(&h, "GET", "/admin/v1/callbacks?state=unmapped", NULL, &list),
		  json_path_len(list.json, "/data") == 1 || (http_answer_done(&list), false)));
	assert_true(json_path_is(list.json, "/data/0/message", id));
	assert_true(json_path_is(list.json, "/data/0/kind", "answer"));
	assert_true(json_path_int(list.json, "/data/0/size") > 0);
	harness_stop(&h);
}

/* ---- health ---- */

static bool is_ready(const struct harness *h)
{
	CLEANUP(http_answer_done) struct http_answer answer;

	api_call(h, &(struct api_call){ .path = "/readyz" }, &answer);
	return answer.status == 200;
}

static void test_low_disk__refuses_messages_and_takes_callbacks(void **state)
{
	const struct harness_options low = { .maaxd = "disk_reserve = 1000G" };
	CLEANUP(freep) char *body = api_message("New", NULL);
	CLEANUP(freep) char *id = NULL;
	CLEANUP(freep) char *retry_after = NULL;
	CLEANUP(json_putp) struct json_object *message = NULL;
	CLEANUP(http_answer_done) struct http_answer ready, refused;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	api_expect(&h, &(struct api_call){ .path = "/readyz" }, 200, NULL);
	id = harness_send(&h, "Before [sim delay=1s]");
	json_object_put(sim_wait(&h.sim, "submit", 1));
	daemon_stop(&h.daemon);
	harness_configure(&h, &low);
	daemon_start(&h.daemon);
	api_call(&h, &(struct api_call){ .path = "/readyz" }, &ready);
	assert_int_equal(ready.status, 503);
	assert_true(json_path_is(ready.json, "/status", "not ready"));
	assert_false(json_path_is(ready.json, "/checks/disk", "ok"));
	assert_true(json_path_is(ready.json, "/checks/database", "ok"));
	api_expect(&h, &(struct api_call){ .path = "/healthz" }, 200, NULL);
	api_call(&h, &(struct api_call){ .body = body }, &refused);
	assert_int_equal(refused.status, 503);
	assert_true(json_path_is(refused.json, "/code", "unavailable"));
	retry_after = http_answer_header(&refused, "Retry-After");
	assert_non_null(retry_after);
	message = harness_wait_state(&h, id, "answered");
	json_object_put(harness_wait_delivered(&h, "answer.received", 1));

	/* There is room again: a reload is enough. */
	harness_configure(&h, NULL);
	daemon_reload(&h.daemon);
	WAIT_FOR(is_ready(&h));
	free(harness_send(&h, "After"));
	harness_stop(&h);
}

/* ---- metrics ---- */

static bool is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
}

static const char *skip_name(const char *at)
{
	if (!is_name_start(*at))
		fail_msg("no name: %s", at);
	while (is_name_start(*at) || (*at >= '0' && *at <= '9'))
		at++;
	return at;
}

/* name{label="value",…} number, as the exposition format 0.0.4 has it. */
static void expect_sample(const char *line, const char *family)
{
	const char *at = skip_name(line);
	char *end;

	if (strncmp(line, family, strlen(family)) != 0)
		fail_msg("%s stands below %s", line, family);
	if (*at == '{') {
		do {
			at = skip_name(at + 1);
			if (at[0] != '=' || at[1] != '"')
				fail_msg("label without a value: %s", line);
			for (at += 2; *at && *at != '"'; at++)
				at += *at == '\\';
			at++;
		} while (*at == ',');
		if (*at++ != '}')
			fail_msg("labels without an end: %s", line);
	}
	if (*at != ' ')
		fail_msg("no blank before the value: %s", line);
	strtod(at + 1, &end);
	if (end == at + 1 || *end)
		fail_msg("no number: %s", line);
}

static void expect_prometheus_text(const char *text)
{
	char family[128] = "?";

	while (*text) {
		CLEANUP(freep) char *line = xstrndup(text, strcspn(text, "\n"));

		if (strncmp(line, "# TYPE ", 7) == 0)
			snprintf(family, sizeof(family), "%.*s", (int)strcspn(line + 7, " "),
				 line + 7);
		else if (line[0] != '#')
			expect_sample(line, family);
		text += strlen(line);
		assert_int_equal(*text, '\n');
		text++;
	}
}

static void one_of_each(struct harness *h, const char *suffix)
{
	CLEANUP(freep) char *thread = xasprintf("thread-%s", suffix);
	CLEANUP(freep) char *path = xasprintf("/v1/messages/msg_00000000000%s", suffix);
	CLEANUP(freep) char *unknown = xasprintf("/unknown/%s", suffix);
	CLEANUP(freep) char *token = xasprintf("/cb/answer/%s", suffix);
	CLEANUP(freep) char *silent = xasprintf("silent-%s", suffix);
	CLEANUP(freep) char *id = NULL;

	id = harness_send_in(h, "Hello", thread);
	json_object_put(harness_wait_state(h, id, "answered"));
	free(harness_send_in(h, "Silence [sim callbacks=0]", silent));
	api_expect(h, &(struct api_call){ .path = path }, 404, "not_found");
	api_expect(h, &(struct api_call){ .path = unknown }, 404, "not_found");
	api_expect(h, &(struct api_call){ .path = token }, 404, "not_found");
}

static bool has_line(struct harness *h, const char *line)
{
	CLEANUP(http_answer_done) struct http_answer answer;

	harness_admin(h, "GET", "/metrics", NULL, &answer);
	return strstr(buf_text(&answer.body), line) != NULL;
}

/* Figures of a business are not for everybody who reaches the port. */
static void test_metrics__on_tcp_want_the_token(void **state)
{
	static const char *const headers[] = { "Authorization: Bearer " HARNESS_ADMIN_TOKEN, NULL };
	struct harness_options options = { 0 };
	CLEANUP(freep) char *lines = NULL;
	CLEANUP(freep) char *url = NULL;
	struct http_answer answer;
	struct harness h;

	(void)state;
	harness_prepare(&h, NULL);
	lines = xasprintf("serve = callbacks api metrics\nadmin_token_file = %s/admin-token\n",
			  h.dir);
	options.public = lines;
	harness_configure(&h, &options);
	daemon_start(&h.daemon);
	url = xasprintf("%s/metrics", h.public_url);
	http_get(url, &answer);
	assert_int_equal(answer.status, 403);
	http_answer_done(&answer);
	http_do(&(struct http_call){ .url = url, .headers = headers }, &answer);
	assert_int_equal(answer.status, 200);
	http_answer_done(&answer);
	harness_stop(&h);
}

static void test_metrics__are_prometheus_text_of_bounded_size(void **state)
{
	static const char *const lines[] = {
		"\nmaaxd_http_requests_total{route=\"/v1/messages\",code=\"202\"} 2\n",
		"\nmaaxd_http_requests_total{route=\"none\",code=\"404\"} 1\n",
		"\nmaaxd_http_request_duration_seconds_count{route=\"/v1/messages\"} ",
		"\nmaaxd_submissions_total{result=\"accepted\"} 2\n",
		"\nmaaxd_callbacks_total{purpose=\"answer\",result=\"matched\"} 1\n",
		"\nmaaxd_callbacks_refused_total 1\n",
		"\nmaaxd_answer_wait_seconds_bucket{le=\"600\"} 1\n",
		"\nmaaxd_conversations_pending 0\n",
		"\nmaaxd_conversations_overdue 1\n",
		"\nmaaxd_delivery_attempts_total{destination=\"desk\",result=",
		"\nmaaxd_delivery_queue_depth{destination=\"desk\"} 0\n",
		"\nmaaxd_delivery_oldest_age_seconds{destination=\"desk\"} 0\n",
		"\nmaaxd_sse_clients 0\n",
		"\nmaaxd_db_commit_duration_seconds_count ",
		"\nmaaxd_build_info{version=",
	};
	const struct harness_options options = { .maax = "answer_deadline = 500ms" };
	CLEANUP(http_answer_done) struct http_answer first, second;
	CLEANUP(freep) char *type = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	one_of_each(&h, "01");
	WAIT_FOR(has_line(&h, "\nmaaxd_conversations_overdue 1\n"));
	WAIT_FOR(has_line(&h, "\nmaaxd_conversations_pending 0\n"));
	WAIT_FOR(has_line(&h, "\nmaaxd_delivery_queue_depth{destination=\"desk\"} 0\n"));
	harness_admin(&h, "GET", "/metrics", NULL, &first);
	type = http_answer_header(&first, "Content-Type");
	assert_string_equal(type, "text/plain; version=0.0.4; charset=utf-8");
	expect_prometheus_text(buf_text(&first.body));
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		if (!strstr(buf_text(&first.body), lines[i]))
			fail_msg("no %s in %s", lines[i], buf_text(&first.body));

	/* The same things again, with other ids, tokens and paths: not one series more. */
	one_of_each(&h, "02");
	WAIT_FOR(has_line(&h, "\nmaaxd_conversations_overdue 2\n"));
	WAIT_FOR(has_line(&h, "\nmaaxd_conversations_pending 0\n"));
	harness_admin(&h, "GET", "/metrics", NULL, &second);
	assert_int_equal(count_text(buf_text(&first.body), "\n"),
			 count_text(buf_text(&second.body), "\n"));
	assert_null(strstr(buf_text(&second.body), "msg_"));
	harness_stop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_methods_and_paths__are_404_and_405),
		cmocka_unit_test(test_problem__has_type_code_and_request_id),
		cmocka_unit_test(test_head__is_get_without_a_body),
		cmocka_unit_test(test_hygiene__what_could_be_read_in_two_ways_is_refused),
		cmocka_unit_test(test_dripping_request__ends_at_its_deadline),
		cmocka_unit_test(test_connection_cap__lets_the_next_one_wait_its_turn),
		cmocka_unit_test(test_listeners__serve_what_they_say_and_nothing_else),
		cmocka_unit_test(test_admin_socket__wants_its_header_and_no_origin),
		cmocka_unit_test(test_admin_over_tcp__wants_the_token),
		cmocka_unit_test(test_admin_views__show_the_state_and_no_secret),
		cmocka_unit_test(test_unmatched_and_unmapped__are_listed_for_a_person),
		cmocka_unit_test(test_low_disk__refuses_messages_and_takes_callbacks),
		cmocka_unit_test(test_metrics__on_tcp_want_the_token),
		cmocka_unit_test(test_metrics__are_prometheus_text_of_bounded_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
