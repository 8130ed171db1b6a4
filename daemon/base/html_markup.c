/* Tells HTML from plain text, which is a guess; html.h has its rules. */
#include <string.h>
#include <strings.h>

#include "base/html_shape.h"

/* Whoever writes HTML has begun by then; and each "<" may look as far ahead. */
#define LOOK (16 * KIB)

/* Beside the tags that are kept. */
static const char *const other_names[] = {
	"html",	   "head",    "body",	 "title",   "meta",   "link",	"style",      "script",
	"div",	   "span",    "section", "article", "header", "footer", "main",	      "nav",
	"aside",   "address", "h1",	 "h2",	    "dl",     "dt",	"dd",	      "figure",
	"caption", "col",     "tfoot",	 "img",	    "iframe", "svg",	"figcaption", "font",
	"center",  "small",   "sub",	 "sup",	    "mark",   "del",	"ins",	      "form",
	"input",   "button",  "label",	 "select",  "option", "video",	"audio",      "details",
};

static const char *const entities[] = {
	"amp;",	 "lt;",	   "gt;",    "quot;",  "apos;",	 "nbsp;",  "copy;",  "reg;",
	"euro;", "ndash;", "mdash;", "lsquo;", "rsquo;", "ldquo;", "rdquo;", "hellip;",
	"auml;", "ouml;",  "uuml;",  "Auml;",  "Ouml;",	 "Uuml;",  "szlig;", "eacute;",
};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool starts_with(const char *at, const char *end, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(end - at) >= len && strncasecmp(at, word, len) == 0;
}

static bool is_name(const char *name, size_t len, const char *candidate)
{
	return strlen(candidate) == len && strncasecmp(name, candidate, len) == 0;
}

static bool is_known(const char *name, size_t len)
{
	for (enum html_tag tag = 0; tag < HTML_TAGS; tag++) {
		if (is_name(name, len, html_tag_name(tag)))
			return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(other_names); i++) {
		if (is_name(name, len, other_names[i]))
			return true;
	}
	return false;
}

static const char *skip_blanks(const char *at, const char *end)
{
	while (at < end && is_blank(*at))
		at++;
	return at;
}

/* What may stand between a start tag's name and the end of the text: ">", "/>", " name=...>" */
static bool ends_like_tag(const char *at, const char *end)
{
	const char *next = skip_blanks(at, end);

	if (next < end && *next == '/')
		next = skip_blanks(next + 1, end);
	if (next < end && *next == '>')
		return true;
	if (next == at)
		return false;
	at = next;
	while (next < end && (is_letter(*next) || *next == '-'))
		next++;
	if (next == at)
		return false;
	next = skip_blanks(next, end);
	return next < end && *next == '=' && memchr(next, '>', (size_t)(end - next));
}

static bool has_end_tag(const char *at, const char *end, char letter)
{
	const char want[] = { '<', '/', letter, '>', '\0' };

	while ((at = memmem(at, (size_t)(end - at), "</", 2))) {
		if (starts_with(at, end, want))
			return true;
		at += 2;
	}
	return false;
}

/* `at` is behind a "<". */
static bool is_tag(const char *at, const char *end)
{
	bool closes = at < end && *at == '/';
	const char *name = at + closes;
	size_t len = 0;

	if (starts_with(at, end, "!doctype html"))
		return true;
	if (starts_with(at, end, "!--"))
		return memmem(at, (size_t)(end - at), "-->", 3);
	while (name + len < end && (is_letter(name[len]) || is_digit(name[len])))
		len++;
	if (!is_known(name, len) || !ends_like_tag(name + len, end))
		return false;
	if (len > 1 || *name == 'p' || *name == 'P')
		return true;
	return !closes && has_end_tag(name, end, *name);
}

/* `at` is behind a "&". */
static bool is_entity(const char *at, const char *end)
{
	size_t len = 0;
	bool hex;

	if (at < end && *at == '#') {
		at++;
		hex = at < end && (*at == 'x' || *at == 'X');
		at += hex;
		while (at + len < end && (is_digit(at[len]) || (hex && is_letter(at[len]))))
			len++;
		return len > 0 && at + len < end && at[len] == ';';
	}
	for (size_t i = 0; i < ARRAY_SIZE(entities); i++) {
		if (starts_with(at, end, entities[i]))
			return true;
	}
	return false;
}

/* Behind the code that starts with the backticks at `at`, or behind them when it has no end. */
static const char *skip_code(const char *at, const char *end)
{
	const char *code = at;
	const char *close;
	size_t ticks;

	while (code < end && *code == '`')
		code++;
	ticks = (size_t)(code - at);
	close = memmem(code, (size_t)(end - code), at, ticks);
	return close ? close + ticks : code;
}

bool html_is_markup(const char *text, size_t len)
{
	const char *end = text + (len < LOOK ? len : LOOK);

	for (const char *at = text; at < end;) {
		if (*at == '`') {
			at = skip_code(at, end);
			continue;
		}
		if (*at == '<' && is_tag(at + 1, end))
			return true;
		if (*at == '&' && is_entity(at + 1, end))
			return true;
		at++;
	}
	return false;
}
