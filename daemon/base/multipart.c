/* Reads the text fields of a multipart/form-data body. See multipart.h. */
#include <json-c/json.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/multipart.h"

#define MAX_BOUNDARY 70 /* RFC 2046 section 5.1.1 */
#define MAX_NAME 256

/* The value of a parameter such as boundary= or name= within a header value. False when absent or
 * too long. */
static bool get_parameter(const char *value, size_t len, const char *name, char *out, size_t size)
{
	size_t name_len = strlen(name);

	for (size_t i = 0; i + name_len + 1 < len; i++) {
		const char *start = value + i + name_len + 1;
		size_t rest = len - i - name_len - 1;
		size_t n;

		/* The name must stand at the start of a parameter: "filename=" is not "name=". */
		if ((value[i - (i > 0)] != ';' && value[i - (i > 0)] != ' ' &&
		     value[i - (i > 0)] != '\t') ||
		    strncasecmp(value + i, name, name_len) != 0 || value[i + name_len] != '=')
			continue;
		if (rest > 0 && start[0] == '"') {
			const char *end = memchr(start + 1, '"', rest - 1);

			if (!end)
				return false;
			n = (size_t)(end - start - 1);
			start++;
		} else {
			for (n = 0; n < rest && !strchr("; \t\r\n", start[n]); n++)
				;
		}
		if (n == 0 || n >= size)
			return false;
		memcpy(out, start, n);
		out[n] = '\0';
		return true;
	}
	return false;
}

/* One part's header lines up to the blank line. The name of a text field, or false. */
static bool read_header(const char *part, size_t len, char name[static MAX_NAME], size_t *ret_body)
{
	const char *end = memmem(part, len, "\r\n\r\n", 4);
	const char *line = part;
	bool is_field = false;

	if (!end)
		return false;
	*ret_body = (size_t)(end - part) + 4;
	while (line < end) {
		const char *stop = memmem(line, (size_t)(end - line), "\r\n", 2);
		size_t line_len = (size_t)((stop ? stop : end) - line);
		char file[MAX_NAME];

		if (line_len > 20 && strncasecmp(line, "Content-Disposition:", 20) == 0)
			is_field = get_parameter(line, line_len, "name", name, MAX_NAME) &&
				   !get_parameter(line, line_len, "filename", file, sizeof(file));
		line += line_len + 2;
	}
	return is_field;
}

static void add_part(struct json_object *object, const char *part, size_t len)
{
	char name[MAX_NAME];
	size_t body = 0;

	if (!read_header(part, len, name, &body) || !json_is_utf8(name, strlen(name)) ||
	    json_object_object_get_ex(object, name, NULL))
		return;
	if (!json_is_utf8(part + body, len - body))
		return;
	json_object_object_add(object, name,
			       json_object_new_string_len(part + body, (int)(len - body)));
}

void multipart_add(struct json_object *object, const char *content_type, const char *body,
		   size_t len)
{
	char boundary[MAX_BOUNDARY + 1];
	char delimiter[MAX_BOUNDARY + 5];
	const char *end = body + len;
	const char *part;
	size_t delimiter_len;

	if (!get_parameter(content_type, strlen(content_type), "boundary", boundary,
			   sizeof(boundary)))
		return;
	snprintf(delimiter, sizeof(delimiter), "\r\n--%s", boundary);
	delimiter_len = strlen(delimiter);
	/* The first delimiter may stand at the very start, without a line break before it. */
	if (len >= delimiter_len - 2 && memcmp(body, delimiter + 2, delimiter_len - 2) == 0) {
		part = body + delimiter_len - 2;
	} else {
		part = memmem(body, len, delimiter, delimiter_len);
		if (part)
			part += delimiter_len;
	}
	for (unsigned count = 0; part && part + 2 <= end && count < MULTIPART_MAX_PARTS; count++) {
		const char *next;

		if (memcmp(part, "\r\n", 2) != 0)
			return;
		part += 2;
		/* An empty header block keeps its leading line break within reach of the search
		 * below. */
		next = memmem(part - 2, (size_t)(end - part) + 2, delimiter, delimiter_len);
		if (!next)
			return;
		if (next > part)
			add_part(object, part, (size_t)(next - part));
		part = next + delimiter_len;
	}
}
