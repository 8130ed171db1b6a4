/* Reads the text fields of a multipart/form-data body. See multipart.h. */
#include <json-c/json.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/multipart.h"

#define MAX_BOUNDARY 70 /* RFC 2046 section 5.1.1 */
#define MAX_NAME 255

/* A piece of the header or body. */
struct span {
	const char *data;
	size_t len;
};

static const char *skip_blanks(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	return at;
}

/* The next ';' that no quotes hold, or the end. */
static const char *find_semicolon(const char *at, const char *end)
{
	bool is_quoted = false;

	for (; at < end && (is_quoted || *at != ';'); at++)
		if (*at == '"')
			is_quoted = !is_quoted;
	return at;
}

/* What stands behind the '=' of a parameter. False when its quote is not closed. */
static bool read_value(const char *at, const char *end, struct span *ret_value)
{
	const char *stop = at;

	if (at < end && *at == '"') {
		at++;
		stop = memchr(at, '"', (size_t)(end - at));
		if (!stop)
			return false;
	} else {
		while (stop < end && *stop != ';' && *stop != ' ' && *stop != '\t')
			stop++;
	}
	*ret_value = (struct span){ at, (size_t)(stop - at) };
	return true;
}

/* The value of a parameter such as boundary= or name= of a header line. */
static bool get_parameter(struct span line, const char *name, struct span *ret_value)
{
	const char *end = line.data + line.len;
	size_t name_len = strlen(name);

	for (const char *at = find_semicolon(line.data, end); at < end;
	     at = find_semicolon(at, end)) {
		at = skip_blanks(at + 1, end);
		if ((size_t)(end - at) > name_len && strncasecmp(at, name, name_len) == 0 &&
		    at[name_len] == '=')
			return read_value(at + name_len + 1, end, ret_value);
	}
	return false;
}

static bool is_file(struct span line)
{
	struct span file;

	return get_parameter(line, "filename", &file) || get_parameter(line, "filename*", &file);
}

/* Looks through the header of a part for the name of a text field. False when it is none. */
static bool find_name(struct span header, struct span *ret_name)
{
	static const char disposition[] = "Content-Disposition:";
	const char *end = header.data + header.len;

	for (const char *at = header.data; at < end;) {
		const char *stop = memmem(at, (size_t)(end - at), "\r\n", 2);
		struct span line = { at, (size_t)((stop ? stop : end) - at) };

		if (line.len > strlen(disposition) &&
		    strncasecmp(at, disposition, strlen(disposition)) == 0)
			return get_parameter(line, "name", ret_name) && !is_file(line);
		if (!stop)
			break;
		at = stop + 2;
	}
	return false;
}

/* A name as a key; NULL when it cannot be one. */
static char *make_key(struct span name)
{
	if (name.len == 0 || name.len > MAX_NAME || memchr(name.data, '\0', name.len) ||
	    !json_is_utf8(name.data, name.len))
		return NULL;
	return xstrndup(name.data, name.len);
}

static void add_part(struct json_object *object, struct span part)
{
	const char *end = memmem(part.data, part.len, "\r\n\r\n", 4);
	CLEANUP(freep) char *key = NULL;
	CLEANUP(freep) char *text = NULL;
	struct span name;

	/* One that begins with a line break has no header: what follows is its body. */
	if (!end || memcmp(part.data, "\r\n", 2) == 0 ||
	    !find_name((struct span){ part.data, (size_t)(end - part.data) }, &name))
		return;
	key = make_key(name);
	if (!key || json_object_object_get_ex(object, key, NULL))
		return;
	end += 4;
	text = json_clean_text(end, (size_t)(part.data + part.len - end));
	json_put_string(object, key, text);
}

/* Where the first delimiter ends: it may stand at the very start, without a line break. */
static const char *find_first(struct span body, struct span delimiter)
{
	const char *found;

	if (body.len >= delimiter.len - 2 &&
	    memcmp(body.data, delimiter.data + 2, delimiter.len - 2) == 0)
		return body.data + delimiter.len - 2;
	found = memmem(body.data, body.len, delimiter.data, delimiter.len);
	return found ? found + delimiter.len : NULL;
}

/* The parts from the end of the first delimiter on. */
static void add_parts(struct json_object *object, const char *at, const char *end,
		      struct span delimiter)
{
	for (unsigned count = 0; at && count < MULTIPART_MAX_PARTS; count++) {
		const char *next;

		at = skip_blanks(at, end);
		if (end - at < 2 || memcmp(at, "\r\n", 2) != 0)
			return;
		/* The line break may be the next delimiter's own, where a part is empty. */
		next = memmem(at, (size_t)(end - at), delimiter.data, delimiter.len);
		if (!next)
			return;
		at += 2;
		if (next > at)
			add_part(object, (struct span){ at, (size_t)(next - at) });
		at = next + delimiter.len;
	}
}

void multipart_add(struct json_object *object, const char *content_type, const char *body,
		   size_t len)
{
	CLEANUP(freep) char *text = NULL;
	struct span boundary, delimiter;

	if (!get_parameter((struct span){ content_type, strlen(content_type) }, "boundary",
			   &boundary) ||
	    boundary.len == 0 || boundary.len > MAX_BOUNDARY)
		return;
	text = xasprintf("\r\n--%.*s", (int)boundary.len, boundary.data);
	delimiter = (struct span){ text, strlen(text) };
	add_parts(object, find_first((struct span){ body, len }, delimiter), body + len, delimiter);
}
