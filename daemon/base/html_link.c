/* Which links survive, judged on what a browser would make of them. */
#include <string.h>
#include <strings.h>

#include "base/html_shape.h"
#include "base/json.h"

/* What the WHATWG URL parser does first: C0 controls and blanks go at both ends, tabs and line
 * breaks everywhere. A blank within is written as it would be sent. False: too long or odd. */
static bool clean(const char *value, char out[static HTML_MAX_URL + 1])
{
	size_t len = strlen(value), used = 0;

	while (len > 0 && (uint8_t)value[len - 1] <= ' ')
		len--;
	while (len > 0 && (uint8_t)*value <= ' ')
		value++, len--;
	for (size_t i = 0; i < len; i++) {
		bool blank = value[i] == ' ';

		if (value[i] == '\t' || value[i] == '\n' || value[i] == '\r')
			continue;
		if ((uint8_t)value[i] < ' ' || value[i] == 0x7F ||
		    used + (blank ? 3 : 1) > HTML_MAX_URL)
			return false;
		memcpy(out + used, blank ? "%20" : value + i, blank ? 3 : 1);
		used += blank ? 3 : 1;
	}
	out[used] = '\0';
	return json_is_utf8(out, used);
}

bool html_link(const char *value, char ret_url[static HTML_MAX_URL + 1])
{
	/* Browsers take "https:x" and "https:/x" too, relative to the page or not; nobody means it.
	 */
	static const struct {
		const char *start;
		const char *not_next;
	} kinds[] = {
		{ "http://", "/\\?#:@" },
		{ "https://", "/\\?#:@" },
		{ "mailto:", "" },
		{ "tel:", "" },
	};

	if (!clean(value, ret_url))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		size_t len = strlen(kinds[i].start);

		if (strncasecmp(ret_url, kinds[i].start, len) != 0)
			continue;
		memcpy(ret_url, kinds[i].start, len);
		/* strchr() finds the NUL too, so there must be something. */
		return !strchr(kinds[i].not_next, ret_url[len]);
	}
	return false;
}
