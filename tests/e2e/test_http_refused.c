/* What libmicrohttpd refuses by itself, with no code of ours: the list in include/http/server.h.
 * The connection is closed, the reply tells nothing, and nothing stays behind. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/api_client.h"
#include "lib/harness.h"
#include "lib/rawsock.h"

#define MARK "s3cret" /* must neither be sent back nor logged */
#define ROUNDS 30
#define LONG (100 * KIB)

#define POST(header, body) \
	"POST /v1/messages?" MARK " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " HARNESS_KEY \
	"\r\nContent-Type: application/json\r\nX-Mark: " MARK "\r\n" header "\r\n" body
#define CHUNKED(body) POST("Transfer-Encoding: chunked\r\n", body)

struct refused {
	const char *request;
	int status;   /* 0: no reply */
	bool is_long; /* LONG bytes stand where the % is */
};

static const struct refused cases[] = {
	{ MARK "\r\n\r\n", 0, false },
	{ "GET /" MARK "\r\n\r\n", 400, false },
	{ "GET /" MARK " HTTP/2.0\r\nHost: a\r\n\r\n", 505, false },
	{ "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, false },
	{ "GET /" MARK " HTTP/1.1\r\nHost: a\r\n" MARK "\r\n\r\n", 400, false },
	{ POST("Content-Length: -1\r\n", "{}"), 400, false },
	{ POST("Content-Length: " MARK "\r\n", "{}"), 400, false },
	{ POST("Content-Length: 99999999999999999999999\r\n", "{}"), 413, false },
	{ CHUNKED(MARK "\r\n{}\r\n0\r\n\r\n"), 400, false },
	{ CHUNKED("2\r\n{}" MARK), 400, false },
	{ CHUNKED("2;" MARK "\r\n{}\r\nffffffffffffffffff\r\n"), 413, false },
	{ "GET /healthz HTTP/1.1\r\nHost: a\r\nX-Long: " MARK "%\r\n\r\n", 431, true },
	{ "GET /" MARK "% HTTP/1.1\r\nHost: a\r\n\r\n", 414, true },
	{ MARK "% / HTTP/1.1\r\nHost: a\r\n\r\n", 414, true },
};

/* The request, with its long part. The caller's. */
static char *expand(const struct refused *c)
{
	CLEANUP(freep) char *filler = xcalloc(LONG + 1, 1);
	const char *percent = strchr(c->request, '%');

	if (!c->is_long)
		return xstrdup(c->request);
	memset(filler, 'a', LONG);
	return xasprintf("%.*s%s%s", (int)(percent - c->request), c->request, filler, percent + 1);
}

/* All that comes until the other side closes, though we do not. The caller's. */
static char *exchange(const struct harness *h, const char *request)
{
	int fd = rawsock_connect(h->daemon.port);
	char *reply;

	rawsock_send_text(fd, request);
	reply = rawsock_read(fd, NULL);
	close(fd);
	return reply;
}

static void check_refused(const struct harness *h, const struct refused *c)
{
	CLEANUP(freep) char *request = expand(c);
	CLEANUP(freep) char *reply = exchange(h, request);
	CLEANUP(freep) char *want = c->status ? xasprintf("HTTP/1.1 %d ", c->status) : xstrdup("");

	/* A reset may overtake the reply to more than was read. */
	if (c->is_long && reply[0] == '\0')
		return;
	if (strncmp(reply, want, strlen(want)) != 0 || (!c->status && reply[0]))
		fail_msg("%.80s\nexpected %s, got %.200s", c->request, want, reply);
	if (c->status && !strcasestr(reply, "\r\nConnection: close\r\n"))
		fail_msg("%.80s\nthe reply does not say that it closes: %.200s", c->request, reply);
	if (strstr(reply, MARK) || strcasestr(reply, "microhttpd") || strstr(reply, HARNESS_KEY))
		fail_msg("%.80s\nthe reply tells too much: %s", c->request, reply);
}

static size_t open_files(const struct harness *h)
{
	CLEANUP(freep) char *path = xasprintf("/proc/%d/fd", (int)h->daemon.process.pid);
	DIR *dir = opendir(path);
	size_t count = 0;

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static bool has_one_connection(struct harness *h)
{
	CLEANUP(http_answer_done) struct http_answer answer;

	/* The one that asks. */
	harness_admin(h, "GET", "/metrics", NULL, &answer);
	return strstr(buf_text(&answer.body), "\nmaaxd_http_connections 1\n") != NULL;
}

static void test_refused__closes_tells_nothing_and_leaves_nothing(void **state)
{
	CLEANUP(freep) char *log = NULL;
	CLEANUP(freep) char *id = NULL;
	struct harness h;
	size_t before;

	(void)state;
	harness_start(&h, NULL);
	WAIT_FOR(has_one_connection(&h));
	before = open_files(&h);
	for (int round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
			check_refused(&h, &cases[i]);
	WAIT_FOR(has_one_connection(&h));
	WAIT_FOR(open_files(&h) <= before);
	log = daemon_log(&h.daemon);
	assert_null(strstr(log, MARK));
	assert_null(strstr(log, HARNESS_KEY));
	id = harness_send(&h, "Still served");
	json_object_put(harness_wait_state(&h, id, "answered"));
	harness_stop(&h);
}

/*
 * A body that was counted against the memory of all bodies, and then ends in a malformed chunk,
 * gives back what it had: many times over, that is more than the whole of it.
 */
static void test_malformed_chunk__gives_its_memory_back(void **state)
{
	static const char start[] = CHUNKED("8000\r\n");
	CLEANUP(freep) char *filler = xcalloc(32 * KIB + 1, 1);
	CLEANUP(freep) char *id = NULL;
	struct harness h;

	(void)state;
	memset(filler, ' ', 32 * KIB);
	harness_start(&h, NULL);
	/* 1200 times 32 KiB are more than the 32 MiB that all bodies may have. */
	for (int i = 0; i < 1200; i++) {
		CLEANUP(freep) char *request = xasprintf("%s%s\r\nnonsense\r\n", start, filler);
		CLEANUP(freep) char *reply = exchange(&h, request);

		if (strncmp(reply, "HTTP/1.1 400 ", 13) != 0)
			fail_msg("number %d: %.200s", i, reply);
	}
	id = harness_send(&h, "Still served");
	json_object_put(harness_wait_state(&h, id, "answered"));
	harness_stop(&h);
}

/* What never becomes a line is cut off. */
static void test_no_line__is_cut_off(void **state)
{
	static const struct harness_options options = {
		.public = "idle_timeout = 1s\nrequest_timeout = 2s\n",
	};
	static const char hello[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 " MARK;
	CLEANUP(freep) char *first = NULL;
	CLEANUP(freep) char *second = NULL;
	struct harness h;
	int fd;

	(void)state;
	harness_start(&h, &options);
	fd = rawsock_connect(h.daemon.port);
	rawsock_send(fd, hello, sizeof(hello));
	first = exchange(&h, "\x16\x03");
	second = rawsock_read(fd, NULL);
	assert_string_equal(first, "");
	assert_string_equal(second, "");
	close(fd);
	harness_stop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused__closes_tells_nothing_and_leaves_nothing),
		cmocka_unit_test(test_malformed_chunk__gives_its_memory_back),
		cmocka_unit_test(test_no_line__is_cut_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
