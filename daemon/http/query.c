/* Looks up one parameter of a query string and decodes it. */
#include <string.h>

#include "base/json.h"
#include "http/server.h"

static int hex_value(char c)
{
	static const char digits[] = "0123456789abcdef";
	char lower = c >= 'A' && c <= 'F' ? (char)(c + ('a' - 'A')) : c;
	const char *at = c != '\0' ? strchr(digits, lower) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Decodes "a+b%20c" into `out`, which holds `len` bytes and a NUL. Returns the decoded length.
 * A percent sign without two digits stands for itself. */
static size_t decode(const char *text, size_t len, char *out)
{
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		int high = text[i] == '%' && i + 2 < len ? hex_value(text[i + 1]) : -1;
		int low = high >= 0 ? hex_value(text[i + 2]) : -1;

		if (low >= 0) {
			out[used++] = (char)(high * 16 + low);
			i += 2;
		} else {
			out[used++] = text[i] == '+' ? ' ' : text[i];
		}
	}
	out[used] = '\0';
	return used;
}

/* The decoded text as a heap string; NULL with a NUL in it, or when it is not UTF-8. */
static char *decode_text(const char *text, size_t len)
{
	char *out = xcalloc(1, len + 1);
	size_t out_len = decode(text, len, out);

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
