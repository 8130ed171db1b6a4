/* Looks up one parameter of a query string and decodes it. */
#include <string.h>

#include "base/json.h"
#include "base/percent.h"
#include "http/server.h"

/* The decoded text as a heap string; NULL with a NUL in it, or when it is not UTF-8. */
static char *decode_text(const char *text, size_t len)
{
	char *out = xstrndup(text, len);
	size_t out_len = percent_decode(out, len, true);

	if (strlen(out) == out_len && json_is_utf8(out, out_len))
		return out;
	free(out);
	return NULL;
}

static bool is_named(const char *raw, size_t len, const char *name)
{
	if (len < strlen(name)) /* decoding never makes it longer */
		return false;

	CLEANUP(freep) char *decoded = decode_text(raw, len);
	return decoded && streq(decoded, name);
}

char *http_query_get(const struct http_request *request, const char *name)
{
	const char *pair = http_query(request);

	while (*pair) {
		size_t len = strcspn(pair, "&");
		const char *equals = memchr(pair, '=', len);
		size_t name_len = equals ? (size_t)(equals - pair) : len;

		if (is_named(pair, name_len, name)) {
			const char *value = equals ? equals + 1 : pair + len;
			char *text = decode_text(value, (size_t)(pair + len - value));

			return text ? text : xstrdup(""); /* what was given is never absent */
		}
		pair += len;
		pair += *pair == '&';
	}
	return NULL;
}
