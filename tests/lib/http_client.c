/* A blocking HTTP client: one curl handle a call, nothing is shared or reused. */
#include <curl/curl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <strings.h>

#include <cmocka.h>

#include "lib/http_client.h"

#define MAX_REPLY (64 * MIB)
#define DEFAULT_TIMEOUT (60 * USEC_PER_SEC)

_Static_assert(sizeof(((struct http_answer *)0)->error) >= CURL_ERROR_SIZE, "curl fills it");

static size_t on_data(char *data, size_t size, size_t count, void *ctx)
{
	return buf_add(ctx, data, size * count) < 0 ? 0 : size * count;
}

static struct curl_slist *make_headers(const struct http_call *call)
{
	struct curl_slist *list = NULL;

	for (size_t i = 0; call->headers && call->headers[i]; i++)
		list = curl_slist_append(list, call->headers[i]);
	return curl_slist_append(list, "Expect:");
}

static void set_up(CURL *easy, const struct http_call *call, struct http_answer *answer)
{
	const usec_t timeout = call->timeout ? call->timeout : DEFAULT_TIMEOUT;
	const size_t len = call->body && !call->body_len ? strlen(call->body) : call->body_len;

	curl_easy_setopt(easy, CURLOPT_URL, call->url);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)(timeout / USEC_PER_MSEC));
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, answer->error);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, &answer->body);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_data);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, &answer->headers);
	if (call->unix_socket)
		curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, call->unix_socket);
	if (call->body) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call->body);
	}
	if (call->method && streq(call->method, "HEAD"))
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	else if (call->method)
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, call->method);
}

void http_do(const struct http_call *call, struct http_answer *ret_answer)
{
	CURL *easy = curl_easy_init();
	struct curl_slist *headers = make_headers(call);
	const char *why;
	long status = 0;

	*ret_answer = (struct http_answer){ .headers = BUF_INIT(MIB), .body = BUF_INIT(MAX_REPLY) };
	assert_non_null(easy);
	set_up(easy, call, ret_answer);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	if (curl_easy_perform(easy) == CURLE_OK)
		curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(headers);
	curl_easy_cleanup(easy);
	ret_answer->status = (int)status;
	if (json_parse(buf_text(&ret_answer->body), ret_answer->body.len, &ret_answer->json, &why) <
	    0)
		ret_answer->json = NULL;
}

void http_answer_done(struct http_answer *answer)
{
	buf_done(&answer->headers);
	buf_done(&answer->body);
	json_object_put(answer->json);
	answer->json = NULL;
}

char *http_answer_header(const struct http_answer *answer, const char *name)
{
	const char *line = buf_text(&answer->headers);
	const size_t len = strlen(name);

	for (; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncasecmp(line, name, len) != 0 || line[len] != ':')
			continue;
		line += len + 1;
		line += strspn(line, " \t");
		return xstrndup(line, strcspn(line, "\r\n"));
	}
	return NULL;
}

void http_get(const char *url, struct http_answer *ret_answer)
{
	const struct http_call call = { .url = url };

	http_do(&call, ret_answer);
}

void http_post(const char *url, const char *body, struct http_answer *ret_answer)
{
	const struct http_call call = { .url = url, .body = body };

	http_do(&call, ret_answer);
}
