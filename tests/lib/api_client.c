/* The public API from a test's side. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/api_client.h"
#include "lib/rawsock.h"

void api_call(const struct harness *h, const struct api_call *call, struct http_answer *ret_answer)
{
	const char *key = call->key ? call->key : HARNESS_KEY;
	const char *type = call->content_type ? call->content_type : "application/json";
	CLEANUP(freep)
	char *url = xasprintf("%s%s", h->public_url, call->path ? call->path : "/v1/messages");
	CLEANUP(freep) char *authorization = xasprintf("Authorization: Bearer %s", key);
	CLEANUP(freep) char *content_type = xasprintf("Content-Type: %s", type);
	const char *headers[5] = { content_type };
	size_t count = 1;

	if (key[0])
		headers[count++] = authorization;
	if (call->header)
		headers[count++] = call->header;
	if (call->other_header)
		headers[count] = call->other_header;
	http_do(&(struct http_call){ .method = call->method,
				     .url = url,
				     .headers = headers,
				     .body = call->body },
		ret_answer);
	if (ret_answer->status == 0)
		fail_msg("%s: no reply: %s", url, ret_answer->error);
}

void api_expect(const struct harness *h, const struct api_call *call, int status, const char *code)
{
	CLEANUP(http_answer_done) struct http_answer answer;

	api_call(h, call, &answer);
	if (answer.status != status || !json_path_is(answer.json, "/code", code))
		fail_msg("%s %s: expected %d %s, got %d %s", call->path ? call->path : "",
			 call->body ? call->body : "", status, code ? code : "", answer.status,
			 buf_text(&answer.body));
}

void api_start_two(struct harness *h, const struct harness_options *options)
{
	struct harness_options both = options ? *options : (struct harness_options){ 0 };
	CLEANUP(freep) char *more = NULL;

	harness_prepare(h, options);
	free(testdir_write(h->dir, "shop-keys", API_SHOP_KEY "\n"));
	more = xasprintf("%s\n[source \"shop\"]\nkind = api\nai = sales\nkey_file = %s/shop-keys\n"
			 "destinations = desk\n",
			 both.more ? both.more : "", h->dir);
	both.more = more;
	harness_configure(h, &both);
	daemon_start(&h->daemon);
}

char *api_message(const char *text, const char *key)
{
	CLEANUP(json_putp) struct json_object *object = harness_message_body(text, key);

	return json_format(object, NULL);
}

char *api_send_as(const struct harness *h, const char *key, const char *text, const char *thread)
{
	CLEANUP(freep) char *body = api_message(text, thread);
	CLEANUP(http_answer_done) struct http_answer answer;

	api_call(h, &(struct api_call){ .key = key, .body = body }, &answer);
	assert_int_equal(answer.status, 202);
	return xstrdup(json_path(answer.json, "/message/id"));
}

char *api_conversation_of(struct harness *h, const char *message)
{
	CLEANUP(json_putp) struct json_object *story = harness_message(h, message);

	return xstrdup(json_path(story, "/message/conversation"));
}

int api_send_raw(const struct harness *h, const char *body, const char *header)
{
	CLEANUP(freep)
	char *request = xasprintf("POST /v1/messages HTTP/1.1\r\nHost: test\r\n"
				  "Authorization: Bearer " HARNESS_KEY "\r\n"
				  "Content-Type: application/json\r\nContent-Length: %zu\r\n"
				  "Connection: close\r\n%s%s\r\n%s",
				  strlen(body), header ? header : "", header ? "\r\n" : "", body);
	int fd = rawsock_connect(h->daemon.port);

	rawsock_send_text(fd, request);
	return fd;
}

char *api_receive(int fd)
{
	char *reply = rawsock_read(fd, NULL);

	close(fd);
	return reply;
}
