/* What a stranger's request line and header meet first: "METHOD TARGET VERSION", then headers. */
#include "fuzz/fuzz.h"

#include "http/hygiene.h"
#include "http/match.h"

#define MAX_HEADERS 64

static const struct http_route routes[] = {
	{ "GET|HEAD|POST|PUT", "/cb/answer/{token}", 1, 0, 1, NULL, NULL },
	{ "POST", "/v1/messages", 1, 0, 1, NULL, NULL },
	{ "GET", "/v1/messages/{id}", 1, 0, 1, NULL, NULL },
	{ "GET", "/v1/conversations/{id}/messages/{x}/{y}/{z}", 1, 0, 1, NULL, NULL },
	{ "DELETE", "/", 1, 0, 1, NULL, NULL },
};

static void check_match(const char *method, const char *path)
{
	const struct http_route_table table = { routes, ARRAY_SIZE(routes) };
	size_t len = strlen(path);
	struct http_matched matched;
	enum http_match result = http_match(&table, 1, method, path, len, &matched);

	MUST((result == HTTP_MATCH_FOUND) == (matched.route != NULL));
	MUST((result == HTTP_MATCH_NO_METHOD) == (matched.allow[0] != '\0'));
	for (size_t i = 0; i < matched.param_count; i++) {
		const struct http_param *param = &matched.params[i];

		MUST(param->value >= path && param->value + param->len <= path + len);
		MUST(param->len > 0 && !memchr(param->value, '/', param->len));
	}
}

static void check_target(const char *method, char *target)
{
	size_t len = strlen(target);
	const char *path, *query;

	if (hygiene_check_target(target) || !hygiene_split_target(target, &path, &query))
		return;
	MUST(path[0] == '/' && strlen(path) + strlen(query) <= len + 1);
	check_match(method, path);
}

/* "Name: value" as libmicrohttpd hands it on; both may hold anything. */
static void read_header(char *line, struct hygiene_header *header)
{
	char *colon = strchr(line, ':');
	char *value = colon ? colon + 1 + strspn(colon + 1, " ") : line + strlen(line);

	if (colon)
		*colon = '\0';
	*header = (struct hygiene_header){ line, value, strlen(line), strlen(value) };
}

static void check_header(const struct hygiene_header *header)
{
	bool is_id = hygiene_is_request_id(header->value, header->value_len);

	MUST(!is_id || (hygiene_is_token(header->value, header->value_len) &&
			header->value_len <= HYGIENE_MAX_REQUEST_ID));
	hygiene_is_media_type(header->value, "application/json");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };
	CLEANUP(freep) char *line = fuzz_line(&input);
	char *lines[MAX_HEADERS];
	struct hygiene_header headers[MAX_HEADERS];
	char *rest = line;
	char *method = strsep(&rest, " ");
	char *target = strsep(&rest, " ");
	const char *why = NULL;
	size_t count = 0;

	if (target)
		check_target(method, target);
	for (; count < MAX_HEADERS && input.size > 0; count++) {
		lines[count] = fuzz_line(&input);
		read_header(lines[count], &headers[count]);
		check_header(&headers[count]);
	}
	MUST((hygiene_check_headers(headers, count, rest ? rest : "HTTP/1.1", &why) ==
	      HYGIENE_FINE) == (why == NULL));
	for (size_t i = 0; i < count; i++)
		free(lines[i]);
	return 0;
}
