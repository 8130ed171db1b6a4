/*
 * Checks of a request line and header, and nothing else: pure functions over text.
 * The table of what libmicrohttpd 0.9.75 lets pass is the reason for each of them.
 */
#include <string.h>
#include <strings.h>

#include "base/percent.h"
#include "http/hygiene.h"

static bool is_control(unsigned char c)
{
	return c < 0x20 || c == 0x7f;
}

const char *hygiene_check_target(const char *target)
{
	const char *end = target + strlen(target);
	bool is_query = false;

	for (const char *c = target; c < end; c++) {
		if (is_control((unsigned char)*c) || *c == ' ')
			return "The request target has a control character or a blank in it.";
		if (*c == '?')
			is_query = true;
		int byte = percent_byte(c, (size_t)(end - c));
		if (byte == 0)
			return "The request target has %00 in it.";
		if (byte > 0 && !is_query && is_control((unsigned char)byte))
			return "The path has an encoded control character in it.";
	}
	return NULL;
}

/* Where the path of an absolute-form target starts, or NULL when it is not one. */
static char *skip_authority(char *target)
{
	char *rest;

	if (strncasecmp(target, "http://", 7) == 0)
		rest = target + 7;
	else if (strncasecmp(target, "https://", 8) == 0)
		rest = target + 8;
	else
		return NULL;
	return rest + strcspn(rest, "/?");
}

bool hygiene_split_target(char *target, const char **ret_path, const char **ret_query)
{
	char *path = target[0] == '/' ? target : skip_authority(target);

	if (!path)
		return false;

	char *query = strchr(path, '?');
	size_t len = query ? (size_t)(query - path) : strlen(path);

	*ret_query = query ? query + 1 : path + len;
	if (len > 1 && path[len - 1] == '/')
		len--;
	path[len] = '\0';
	*ret_path = len > 0 ? path : "/";
	return true;
}

bool hygiene_is_token(const char *text, size_t len)
{
	static const char marks[] = "!#$%&'*+-.^_`|~";

	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		bool is_alnum =
			(c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (!is_alnum && (c == '\0' || !strchr(marks, c)))
			return false;
	}
	return len > 0;
}

bool hygiene_is_value(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (is_control((unsigned char)text[i]) && text[i] != '\t')
			return false;
	}
	return true;
}

bool hygiene_is_request_id(const char *text, size_t len)
{
	if (len > HYGIENE_MAX_REQUEST_ID || !hygiene_is_token(text, len))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (strchr("!#$%&'*+^`|~", text[i]))
			return false;
	}
	return true;
}

bool hygiene_is_media_type(const char *value, const char *type)
{
	size_t len = strlen(type);

	value += strspn(value, " \t");
	if (strncasecmp(value, type, len) != 0)
		return false;
	value += len;
	value += strspn(value, " \t");
	return *value == '\0' || *value == ';';
}

/* What decides where a request ends, counted. */
struct framing {
	unsigned hosts;
	unsigned lengths;
	unsigned encodings;
	bool is_chunked; /* the last Transfer-Encoding seen is "chunked" */
};

static bool is_named(const struct hygiene_header *header, const char *name, size_t len)
{
	return header->name_len == len && strncasecmp(header->name, name, len) == 0;
}

static void count_framing(struct framing *framing, const struct hygiene_header *header)
{
	if (is_named(header, "Host", 4)) {
		framing->hosts++;
	} else if (is_named(header, "Content-Length", 14)) {
		framing->lengths++;
	} else if (is_named(header, "Transfer-Encoding", 17)) {
		framing->encodings++;
		framing->is_chunked =
			header->value_len == 7 && strncasecmp(header->value, "chunked", 7) == 0;
	}
}

static enum hygiene_verdict check_framing(const struct framing *framing, bool is_old,
					  const char **ret_why)
{
	if (framing->hosts > 1 || (framing->hosts == 0 && !is_old)) {
		*ret_why = "A request needs exactly one Host header.";
		return HYGIENE_BAD;
	}
	if (framing->lengths > 1 || (framing->lengths == 1 && framing->encodings > 0)) {
		*ret_why = "The length of the body is given more than once.";
		return HYGIENE_BAD;
	}
	if (framing->encodings == 0)
		return HYGIENE_FINE;
	if (is_old) {
		*ret_why = "Transfer-Encoding does not exist in HTTP/1.0.";
		return HYGIENE_BAD;
	}
	if (framing->encodings > 1 || !framing->is_chunked) {
		*ret_why = "The only Transfer-Encoding understood here is chunked.";
		return HYGIENE_NOT_IMPLEMENTED;
	}
	return HYGIENE_FINE;
}

enum hygiene_verdict hygiene_check_headers(const struct hygiene_header *headers, size_t count,
					   const char *version, const char **ret_why)
{
	struct framing framing = { 0 };

	for (size_t i = 0; i < count; i++) {
		if (!hygiene_is_token(headers[i].name, headers[i].name_len)) {
			*ret_why = "A header name has a character that is not allowed there.";
			return HYGIENE_BAD;
		}
		if (!hygiene_is_value(headers[i].value, headers[i].value_len)) {
			*ret_why = "A header value has a control character in it.";
			return HYGIENE_BAD;
		}
		count_framing(&framing, &headers[i]);
	}
	return check_framing(&framing, streq(version, "HTTP/1.0"), ret_why);
}
