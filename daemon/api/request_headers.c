/* Reads Prefer and Idempotency-Key. See request_headers.h. */
#include "api/request_headers.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BLANKS " \t"

/* The next of `ends` that no quotes hold, or the end of the text. */
static const char *find_end(const char *at, const char *ends)
{
	bool is_quoted = false;

	for (; *at && (is_quoted || !strchr(ends, *at)); at++) {
		if (*at == '"')
			is_quoted = !is_quoted;
		else if (is_quoted && *at == '\\' && at[1])
			at++;
	}
	return at;
}

/* The value of the preference that starts at `at` if its name is `wait`, else NULL. */
static const char *wait_value(const char *at)
{
	static const char name[] = "wait";

	if (strncasecmp(at, name, strlen(name)) != 0)
		return NULL;
	at += strlen(name);
	at += strspn(at, BLANKS);
	return *at == '=' ? at + 1 + strspn(at + 1, BLANKS "\"") : NULL;
}

bool request_headers_wait(const char *prefer, unsigned max, unsigned *ret_seconds)
{
	for (const char *at = prefer; *at; at = find_end(at, ",")) {
		const char *value;
		unsigned long seconds;

		at += strspn(at, "," BLANKS);
		value = wait_value(at);
		if (!value)
			continue;
		seconds = *value >= '0' && *value <= '9' ? strtoul(value, NULL, 10) : 0;
		*ret_seconds = seconds > max ? max : (unsigned)seconds;
		return true;
	}
	return false;
}

/* Characters of a key: all that can be printed, and in quotes a blank. */
static bool is_in_key(char c, bool is_quoted)
{
	return (c > ' ' && c <= '~') || (c == ' ' && is_quoted);
}

/* Copies what the quotes hold, without the backslashes. The end of the text, or NULL. */
static const char *read_quoted(const char *at, char *out, size_t *ret_len)
{
	size_t len = 0;

	for (at++; *at != '"'; at++) {
		if (*at == '\\' && *++at != '"' && *at != '\\')
			return NULL;
		if (len == IDEMPOTENCY_KEY_MAX || !is_in_key(*at, true))
			return NULL;
		out[len++] = *at;
	}
	*ret_len = len;
	return at + 1;
}

static const char *read_bare(const char *at, char *out, size_t *ret_len)
{
	size_t len = 0;

	for (; is_in_key(*at, false); at++) {
		if (len == IDEMPOTENCY_KEY_MAX)
			return NULL;
		out[len++] = *at;
	}
	*ret_len = len;
	return at;
}

char *request_headers_idempotency_key(const char *header)
{
	char key[IDEMPOTENCY_KEY_MAX];
	size_t len = 0;
	const char *end;

	header += strspn(header, BLANKS);
	end = *header == '"' ? read_quoted(header, key, &len) : read_bare(header, key, &len);
	if (!end || len == 0 || end[strspn(end, BLANKS)] != '\0')
		return NULL;
	return xstrndup(key, len);
}
