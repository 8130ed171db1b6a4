/* The server, spoken to over real sockets: what strangers may send, and what they are told. */
#include "fixture.h"

static void reply_facts(struct http_request *request, void *ctx)
{
	CLEANUP(freep) char *x = http_query_get(request, "x");
	const char *header = http_header(request, "x-fact");

	(void)ctx;
	http_reply_json(request, 200,
			xasprintf("%s %s %s?%s a=%.*s b=%.*s none=%zu x=%s header=%s count=%u",
				  http_listener_name(request), http_method(request),
				  http_path(request), http_query(request),
				  (int)http_param(request, 0)->len, http_param(request, 0)->value,
				  (int)http_param(request, 1)->len, http_param(request, 1)->value,
				  http_param(request, 2)->len, x ? x : "NULL",
				  header ? header : "NULL", http_header_count(request, "X-Fact")));
}

static void reply_own_headers(struct http_request *request, void *ctx)
{
	(void)ctx;
	http_add_header(request, "Cache-Control", "max-age=60");
	http_add_header(request, "X-Bad", "a\r\nX-Evil: 1");
	http_add_header(request, "X Bad", "a");
	http_add_header(request, "X-Good", "1");
	http_add_header(request, "X-Good", "2");
	http_reply_problem(request, 422, "wrong", "It says \"no\".",
			   "[{\"field\":\"/a\",\"detail\":\"b\"}]");
}

static void reply_cred(struct http_request *request, void *ctx)
{
	uid_t uid = 0;
	gid_t gid = 0;
	pid_t pid = 0;
	int r = http_peer_cred(request, &uid, &gid, &pid);

	(void)ctx;
	http_reply_json(request, 200, xasprintf("%d %u %d", r, uid, pid == getpid()));
}

static const struct http_route routes[] = {
	{ "GET", "/hello", 1, 0, 0, reply_hello, NULL },
	{ "GET|POST|PUT", "/echo", 1, 0, 128 * KIB, reply_echo, NULL },
	{ "POST", "/small", 1, 0, 1000, reply_echo, NULL },
	{ "POST", "/json", 1, 0, 1000, reply_echo, "application/json" },
	{ "POST", "/secret", 1, AUTH_KEY, 1000, reply_echo, NULL },
	{ "GET", "/facts/{a}/{b}", 1, 0, 0, reply_facts, NULL },
	{ "GET", "/own", 1, 0, 0, reply_own_headers, NULL },
	{ "GET|POST", "/wait", 1, 0, 1000, keep_waiting, NULL },
	{ "GET", "/cred", 1, 0, 0, reply_cred, NULL },
	{ "GET", "/elsewhere", 2, 0, 0, reply_hello, NULL },
};

static int set_up(void **state)
{
	struct fixture *f = xnew(struct fixture);

	fixture_open(f, routes, ARRAY_SIZE(routes), &fixture_listener, 4 * MIB);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	fixture_close(*state);
	free(*state);
	return 0;
}

/* ---- replies ---- */

static void test_reply__has_the_default_headers(void **state)
{
	struct fixture *f = *state;
	struct reply reply = ask(f, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");

	assert_int_equal(reply.status, 200);
	assert_string_equal(reply.body, "hello");
	assert_string_equal(reply_header(&reply, "Content-Type"), "text/plain");
	assert_string_equal(reply_header(&reply, "Cache-Control"), "no-store");
	assert_string_equal(reply_header(&reply, "Referrer-Policy"), "no-referrer");
	assert_string_equal(reply_header(&reply, "X-Content-Type-Options"), "nosniff");
	assert_string_equal(reply_header(&reply, "Connection"), "");
	assert_int_equal(strlen(reply_header(&reply, "X-Request-Id")), 20);
	assert_memory_equal(reply_header(&reply, "X-Request-Id"), "req_", 4);
	reply_done(&reply);
}

static void test_reply__request_ids_differ_or_are_the_clients(void **state)
{
	struct fixture *f = *state;
	struct reply one = ask(f, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
	struct reply two = ask(f, "GET /hello HTTP/1.1\r\nHost: a\r\nX-Request-Id: a b\r\n\r\n");
	struct reply own = ask(f, "GET /hello HTTP/1.1\r\nHost: a\r\nX-Request-Id: mine-1\r\n\r\n");
	CLEANUP(freep) char *first = xstrdup(reply_header(&one, "X-Request-Id"));

	assert_string_not_equal(first, reply_header(&two, "X-Request-Id"));
	assert_memory_equal(reply_header(&two, "X-Request-Id"), "req_", 4);
	assert_string_equal(reply_header(&own, "X-Request-Id"), "mine-1");
	reply_done(&one);
	reply_done(&two);
	reply_done(&own);
}

static void test_reply__handlers_headers_win_and_cannot_split(void **state)
{
	struct fixture *f = *state;
	struct reply reply = ask(f, "GET /own HTTP/1.1\r\nHost: a\r\n\r\n");

	assert_int_equal(reply.status, 422);
	assert_string_equal(reply_header(&reply, "Cache-Control"), "max-age=60");
	assert_null(strstr(reply.head, "no-store"));
	assert_null(strstr(reply.head, "Evil"));
	assert_null(strstr(reply.head, "Bad"));
	assert_non_null(strstr(reply.head, "X-Good: 1\r\nX-Good: 2\r\n"));
	assert_string_equal(reply_header(&reply, "Content-Type"), "application/problem+json");
	assert_non_null(strstr(reply.body, "\"status\":422"));
	assert_non_null(strstr(reply.body, "\"type\":\"about:blank\""));
	assert_non_null(strstr(reply.body, "\"code\":\"wrong\""));
	assert_non_null(strstr(reply.body, "\"detail\":\"It says \\\"no\\\".\""));
	assert_non_null(strstr(reply.body, "\"errors\":[{\"field\":\"/a\",\"detail\":\"b\"}]"));
	assert_non_null(strstr(reply.body, reply_header(&reply, "X-Request-Id")));
	reply_done(&reply);
}

static void test_reply__head_has_the_headers_only(void **state)
{
	struct fixture *f = *state;
	struct client c = client_open(f);
	struct reply reply;

	client_send(f, &c, "HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n");
	reply = client_read_kind(f, &c, false);
	assert_int_equal(reply.status, 200);
	assert_string_equal(reply_header(&reply, "Content-Length"), "5");
	reply_done(&reply);
	client_send(f, &c, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
	reply = client_read(f, &c);
	assert_int_equal(reply.status, 200);
	assert_string_equal(reply.body, "hello");
	reply_done(&reply);
	client_close(&c);
}

/* ---- what a handler sees ---- */

static void test_request__tells_its_parts(void **state)
{
	struct fixture *f = *state;

	expect_reply(f,
		     "GET /facts/one/t%20wo/?y=1&x=a+b%2Bc%C3%A9&x=2 HTTP/1.1\r\nHost: a\r\n"
		     "X-Fact: 1\r\nx-fact: 2\r\n\r\n",
		     200,
		     "test GET /facts/one/t%20wo?y=1&x=a+b%2Bc%C3%A9&x=2 a=one b=t%20wo none=0 "
		     "x=a b+c\xc3\xa9 header=1 count=2");
	expect_reply(f, "GET http://host/facts/a/b HTTP/1.1\r\nHost: a\r\n\r\n", 200,
		     "GET /facts/a/b? a=a b=b none=0 x=NULL header=NULL count=0");
}

static void test_query_get__decodes_and_refuses(void **state)
{
	struct fixture *f = *state;
	static const char *const cases[][2] = {
		{ "x", "x= " },		 { "x=", "x= " },      { "%78=1", "x=1 " },
		{ "x=%zz%", "x=%zz% " }, { "x=%ff", "x= " },   { "xx=1&&x=2", "x=2 " },
		{ "", "x=NULL " },	 { "X=1", "x=NULL " }, { "x=a%0Ab", "x=a\nb " },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(freep)
		char *text =
			xasprintf("GET /facts/a/b?%s HTTP/1.1\r\nHost: a\r\n\r\n", cases[i][0]);
		expect_reply(f, text, 200, cases[i][1]);
	}
}

static void test_peer_cred__is_for_unix_sockets(void **state)
{
	struct fixture *f = *state;
	CLEANUP(freep) char *path = xasprintf("/tmp/maaxd-test-http-%d.sock", (int)getpid());
	CLEANUP(freep) char *name = xasprintf("unix:%s", path);
	CLEANUP(freep) char *want = xasprintf("0 %u 1", getuid());
	struct http_listener_params listener = fixture_listener;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct client c = { .in = BUF_INIT(MIB) };
	struct reply reply;

	expect_reply(f, "GET /cred HTTP/1.1\r\nHost: a\r\n\r\n", 200, "-95 0 0");
	listener.is_unix = true;
	listener.fd = http_open_socket(name, 0600);
	assert_true(listener.fd >= 0);
	assert_int_equal(http_server_listen(f->server, &listener), 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	c.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(c.fd, (struct sockaddr *)&address, sizeof(address)), 0);
	client_send(f, &c, "GET /cred HTTP/1.1\r\nHost: a\r\n\r\n");
	reply = client_read(f, &c);
	assert_string_equal(reply.body, want);
	reply_done(&reply);
	client_close(&c);
	unlink(path);
}

/* ---- what a stranger meets ---- */

static void test_stranger__malformed_is_400_and_closed(void **state)
{
	struct fixture *f = *state;
	static const char *const requests[] = {
		"GET /hello%00x HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /he%0allo HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /hello?x=%00 HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /hello\x01 HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET hello HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /hello HTTP/1.1\r\n\r\n",
		"GET /hello HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
		"GET /hello HTTP/1.1\r\nHost: a\r\nX-\x01: a\r\n\r\n",
		"GET /hello HTTP/1.1\r\nHost: a\r\nX: a\x02\r\n\r\n",
		"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 10\r\n\r\n"
		"helloGET /hello HTTP/1.1\r\nHost: a\r\n\r\n",
		"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
		"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length : 5\r\n\r\nhello",
	};

	for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
		struct client c = client_open(f);
		struct reply reply;

		client_send(f, &c, requests[i]);
		reply = client_read(f, &c);
		if (reply.status != 400 || !strstr(reply.body, "\"code\":\"bad_request\""))
			fail_msg("number %zu: %s%s", i, reply.head, reply.body);
		reply_done(&reply);
		client_wait_eof(f, &c);
		assert_int_equal(c.in.len, 0); /* nothing behind it was served */
		client_close(&c);
	}
}

static void test_stranger__unknown_transfer_coding_is_501(void **state)
{
	struct fixture *f = *state;

	expect_reply(f,
		     "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
		     501, "\"code\":\"not_implemented\"");
	expect_reply(f, "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n",
		     501, "\"code\":\"not_implemented\"");
}

static void test_stranger__unknown_path_is_404(void **state)
{
	struct fixture *f = *state;

	expect_reply(f, "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n", 404, "\"not_found\"");
	expect_reply(f, "GET /elsewhere HTTP/1.1\r\nHost: a\r\n\r\n", 404, "\"not_found\"");
}

static void test_stranger__other_method_is_405_with_allow(void **state)
{
	struct fixture *f = *state;
	struct reply reply = ask(f, "BREW /echo HTTP/1.1\r\nHost: a\r\n\r\n");

	assert_int_equal(reply.status, 405);
	assert_string_equal(reply_header(&reply, "Allow"), "GET, HEAD, POST, PUT");
	assert_non_null(strstr(reply.body, "\"method_not_allowed\""));
	reply_done(&reply);
}

static void test_stranger__body_of_another_type_is_415(void **state)
{
	struct fixture *f = *state;
	const char *code = "\"unsupported_media_type\"";

	expect_reply(f, "POST /json HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}", 415, code);
	expect_reply(f,
		     "POST /json HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\n"
		     "Content-Length: 2\r\n\r\n{}",
		     415, code);
	expect_reply(f,
		     "POST /json HTTP/1.1\r\nHost: a\r\nContent-Type: application/json;a=b\r\n"
		     "Content-Length: 2\r\n\r\n{}",
		     200, "{}");
	expect_reply(f, "POST /json HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 200, "");
}

static void test_stranger__announced_body_too_long_is_413(void **state)
{
	struct fixture *f = *state;
	struct client c = client_open(f);
	struct reply reply;

	client_send(f, &c,
		    "POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n"
		    "Expect: 100-continue\r\n\r\n");
	reply = client_read(f, &c);
	assert_int_equal(reply.status, 413);
	assert_non_null(strstr(reply.body, "\"body_too_long\""));
	assert_string_equal(reply_header(&reply, "Connection"), "close");
	reply_done(&reply);
	client_wait_eof(f, &c);
	client_close(&c);
}

static void send_chunks(struct fixture *f, struct client *c, size_t count)
{
	char chunk[5 + 1024 + 2] = "400\r\n";

	memset(chunk + 5, 'x', 1024);
	memcpy(chunk + 5 + 1024, "\r\n", 2);
	for (size_t i = 0; i < count && !c->is_eof; i++)
		client_send_bytes(f, c, chunk, sizeof(chunk));
}

static void test_stranger__chunked_body_a_bit_too_long_is_413(void **state)
{
	struct fixture *f = *state;
	struct client c = client_open(f);
	struct reply reply;

	client_send(f, &c, "POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
	send_chunks(f, &c, 20);
	client_send(f, &c, "0\r\n\r\n");
	reply = client_read(f, &c);
	assert_int_equal(reply.status, 413);
	assert_non_null(strstr(reply.body, "\"body_too_long\""));
	reply_done(&reply);
	client_send(f, &c, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"); /* still a connection */
	reply = client_read(f, &c);
	assert_int_equal(reply.status, 200);
	reply_done(&reply);
	client_close(&c);
}

static void test_stranger__chunked_body_without_end_is_cut(void **state)
{
	struct fixture *f = *state;
	struct client c = client_open(f);

	client_send(f, &c, "POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
	send_chunks(f, &c, 10000);
	client_wait_eof(f, &c);
	client_close(&c);
}

static void test_stranger__unauthorized_is_refused_before_the_body(void **state)
{
	struct fixture *f = *state;
	struct client c = client_open(f);
	struct reply reply;

	client_send(f, &c,
		    "POST /secret HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
		    "Expect: 100-continue\r\n\r\n");
	reply = client_read(f, &c);
	assert_int_equal(reply.status, 401);
	reply_done(&reply);
	client_close(&c);
	/* a small body that comes anyway is read, and the connection stays */
	c = client_open(f);
	client_send(f, &c,
		    "POST /secret HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
		    "POST /secret HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer good\r\n"
		    "Content-Length: 5\r\n\r\nworld");
	reply = client_read(f, &c);
	assert_int_equal(reply.status, 401);
	reply_done(&reply);
	reply = client_read(f, &c);
	assert_int_equal(reply.status, 200);
	assert_string_equal(reply.body, "world");
	reply_done(&reply);
	client_close(&c);
}

static void expect_no_memory(struct fixture *f, const char *request)
{
	struct reply reply = ask(f, request);

	assert_int_equal(reply.status, 503);
	assert_non_null(strstr(reply.body, "\"unavailable\""));
	assert_true(strlen(reply_header(&reply, "Retry-After")) > 0);
	reply_done(&reply);
}

static void test_stranger__bodies_in_memory_are_bounded(void **state)
{
	struct fixture *f = xnew(struct fixture);
	struct client holder;
	struct reply reply;

	(void)state;
	fixture_open(f, routes, ARRAY_SIZE(routes), &fixture_listener, 15);
	holder = client_open(f);
	client_send(f, &holder,
		    "POST /wait HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789");
	wait_for_waiting(f, 1);
	expect_no_memory(f, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\n012345");
	expect_no_memory(f, "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
			    "6\r\n012345\r\n0\r\n\r\n");
	expect_reply(f, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n01234", 200,
		     "01234");
	http_reply(f->waiting[0], 200, NULL, NULL, 0);
	reply = client_read(f, &holder);
	assert_int_equal(reply.status, 200);
	reply_done(&reply);
	expect_reply(f, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\n012345", 200,
		     "012345");
	client_close(&holder);
	fixture_close(f);
	free(f);
}

/* ---- bodies ---- */

static void test_body__arrives_whole(void **state)
{
	struct fixture *f = *state;
	const size_t len = 100000;
	CLEANUP(freep) char *body = xcalloc(1, len + 1);
	struct client c = client_open(f);
	struct reply reply;

	for (size_t i = 0; i < len; i++)
		body[i] = (char)('a' + i % 26);
	client_send(f, &c, "PUT /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
	client_send_bytes(f, &c, body, len);
	reply = client_read(f, &c);
	assert_int_equal(reply.status, 200);
	assert_int_equal(reply.body_len, len);
	assert_memory_equal(reply.body, body, len);
	reply_done(&reply);
	client_close(&c);
}

static void test_body__chunked_is_joined(void **state)
{
	struct fixture *f = *state;

	expect_reply(f,
		     "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
		     "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n",
		     200, "hello world");
}

static void test_body__expect_continue_is_asked_for(void **state)
{
	struct fixture *f = *state;
	struct client c = client_open(f);
	struct reply reply;

	client_send(f, &c,
		    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
		    "Expect: 100-continue\r\n\r\n");
	reply = client_read(f, &c);
	assert_int_equal(reply.status, 100);
	reply_done(&reply);
	client_send(f, &c, "hello");
	reply = client_read(f, &c);
	assert_int_equal(reply.status, 200);
	assert_string_equal(reply.body, "hello");
	reply_done(&reply);
	client_close(&c);
}

/* ---- metrics ---- */

static void test_metrics__count_by_route_and_code(void **state)
{
	struct fixture *f = *state;
	CLEANUP(buf_done) struct buf text = BUF_INIT(MIB);

	expect_reply(f, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n", 200, "hello");
	expect_reply(f, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n", 200, "hello");
	expect_reply(f, "GET /facts/a/b HTTP/1.1\r\nHost: a\r\n\r\n", 200, "a=a");
	expect_reply(f, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n", 404, "not_found");
	wait_for_idle(f);
	assert_int_equal(metrics_format(f->metrics, &text), 0);
	assert_non_null(strstr(buf_text(&text),
			       "maaxd_http_requests_total{route=\"/hello\",code=\"200\"} 2\n"));
	assert_non_null(
		strstr(buf_text(&text),
		       "maaxd_http_requests_total{route=\"/facts/{a}/{b}\",code=\"200\"} 1\n"));
	assert_non_null(strstr(buf_text(&text),
			       "maaxd_http_requests_total{route=\"none\",code=\"404\"} 1\n"));
	assert_non_null(strstr(buf_text(&text),
			       "maaxd_http_request_duration_seconds_count{route=\"/hello\"} 2\n"));
	assert_non_null(strstr(buf_text(&text), "maaxd_http_connections 0\n"));
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_SERVER(test_reply__has_the_default_headers),
		WITH_SERVER(test_reply__request_ids_differ_or_are_the_clients),
		WITH_SERVER(test_reply__handlers_headers_win_and_cannot_split),
		WITH_SERVER(test_reply__head_has_the_headers_only),
		WITH_SERVER(test_request__tells_its_parts),
		WITH_SERVER(test_query_get__decodes_and_refuses),
		WITH_SERVER(test_peer_cred__is_for_unix_sockets),
		WITH_SERVER(test_stranger__malformed_is_400_and_closed),
		WITH_SERVER(test_stranger__unknown_transfer_coding_is_501),
		WITH_SERVER(test_stranger__unknown_path_is_404),
		WITH_SERVER(test_stranger__other_method_is_405_with_allow),
		WITH_SERVER(test_stranger__body_of_another_type_is_415),
		WITH_SERVER(test_stranger__announced_body_too_long_is_413),
		WITH_SERVER(test_stranger__chunked_body_a_bit_too_long_is_413),
		WITH_SERVER(test_stranger__chunked_body_without_end_is_cut),
		WITH_SERVER(test_stranger__unauthorized_is_refused_before_the_body),
		cmocka_unit_test(test_stranger__bodies_in_memory_are_bounded),
		WITH_SERVER(test_body__arrives_whole),
		WITH_SERVER(test_body__chunked_is_joined),
		WITH_SERVER(test_body__expect_continue_is_asked_for),
		WITH_SERVER(test_metrics__count_by_route_and_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
