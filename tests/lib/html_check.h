/* Whether HTML is what base/html.h calls safe, read by rules of its own: no code of the daemon. */
#ifndef MAAXD_TESTS_LIB_HTML_CHECK_H
#define MAAXD_TESTS_LIB_HTML_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define HTML_CHECK_DEPTH 64

/* The length of the word of the NULL-terminated list that `at` starts with, or 0. */
static inline size_t html_check_word(const char *at, const char *const *words)
{
	for (; *words; words++) {
		if (strncmp(at, *words, strlen(*words)) == 0)
			return strlen(*words);
	}
	return 0;
}

/* Behind the reference or the plain character at `at`; NULL when it is neither. */
static inline const char *html_check_char(const char *at)
{
	static const char *const references[] = { "&amp;", "&lt;", "&gt;", "&quot;", NULL };

	if (*at == '&') {
		size_t len = html_check_word(at, references);

		return len > 0 ? at + len : NULL;
	}
	if (*at == '<' || *at == '>' || *at == 0x7F ||
	    ((unsigned char)*at < ' ' && *at != '\n' && *at != '\t'))
		return NULL;
	return at + 1;
}

/* Behind the start tag of a link at `at`, "<a" read already; NULL when it is another. */
static inline const char *html_check_link(const char *at)
{
	static const char *const starts[] = { " href=\"http://", " href=\"https://",
					      " href=\"mailto:", " href=\"tel:", NULL };
	static const char *const ends[] = {
		"\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">", NULL
	};
	size_t len = html_check_word(at, starts);

	if (len == 0)
		return NULL;
	at += len;
	while (at && *at && *at != '"')
		at = *at == ' ' || *at == '\n' || *at == '\t' ? NULL : html_check_char(at);
	len = at ? html_check_word(at, ends) : 0;
	return len > 0 ? at + len : NULL;
}

/* NULL when it is safe and every element is closed; else where it is not. */
static inline const char *html_check(const char *at)
{
	static const char *const names[] = {
		"p>",  "br>", "b>",	"strong>",     "i>",	 "em>",	 "u>",	"s>",  "a ",
		"ul>", "ol>", "li>",	"blockquote>", "code>",	 "pre>", "h3>", "h4>", "h5>",
		"h6>", "hr>", "table>", "thead>",      "tbody>", "tr>",	 "th>", "td>", NULL
	};
	const char *open[HTML_CHECK_DEPTH];
	size_t depth = 0;

	while (at && *at) {
		const char *start = at;
		size_t len;

		if (*at != '<') {
			at = html_check_char(at);
			if (!at)
				return start;
			continue;
		}
		if (at[1] == '/') {
			if (depth == 0)
				return start;
			len = strcspn(open[--depth], " >");
			if (strncmp(at + 2, open[depth], len) != 0 || at[len + 2] != '>')
				return start;
			at += len + 3;
			continue;
		}
		len = html_check_word(++at, names);
		if (len == 0)
			return start;
		if (*at != 'b' || at[1] != 'r')
			if (*at != 'h' || at[1] != 'r') {
				if (depth == HTML_CHECK_DEPTH)
					return start;
				open[depth++] = at;
			}
		at += len;
		if (at[-1] == ' ')
			at = html_check_link(at - 1);
		if (!at)
			return start;
	}
	return depth > 0 ? open[depth - 1] : NULL;
}

#endif
