/* What the small languages of the configuration have in common: tokens, columns, errors. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/json_check.h"
#include "base/scan.h"

#define MAX_WHY 1000
#define MAX_EXCERPT 40
#define BLANKS " \t\n"
#define WORD_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

/* The bytes that continue a character do not count. */
static size_t column_of(const struct scan *scan, const char *at)
{
	size_t column = 1;

	for (const char *p = scan->text; p < at; p++)
		column += ((unsigned char)*p & 0xC0) != 0x80;
	return column;
}

int scan_refuse(const struct scan *scan, const char *at, const char *format, ...)
{
	char what[MAX_WHY];
	va_list args;

	va_start(args, format);
	IGNORE(vsnprintf(what, sizeof(what), format, args)); /* a cut text is good enough */
	va_end(args);
	*scan->ret_why = xasprintf("column %zu: %s", column_of(scan, at), what);
	return -EINVAL;
}

int scan_excerpt(const char *text, size_t len)
{
	if (len > MAX_EXCERPT)
		for (len = MAX_EXCERPT; len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80;)
			len--;
	return (int)len;
}

int scan_check(const struct scan *scan, size_t max)
{
	size_t len = strlen(scan->text);
	const char *end = scan->text + len;

	if (len > max) {
		*scan->ret_why = xasprintf("longer than %zu bytes", max);
		return -EINVAL;
	}
	for (const char *p = scan->text; p < end;) {
		size_t size = json_check_utf8((const uint8_t *)p, (size_t)(end - p));

		if (size == 0)
			return scan_refuse(scan, p, "not UTF-8");
		if (((unsigned char)*p < 0x20 && *p != '\t' && *p != '\n') || *p == 0x7F)
			return scan_refuse(scan, p, "a control character: remove it");
		p += size;
	}
	return 0;
}

void scan_blanks(struct scan *scan)
{
	scan->at += strspn(scan->at, BLANKS);
}

bool scan_take(struct scan *scan, const char *token)
{
	size_t len = strlen(token);

	if (strncmp(scan->at, token, len) != 0)
		return false;
	scan->at += len;
	return true;
}

size_t scan_word(const struct scan *scan)
{
	return strspn(scan->at, WORD_CHARS);
}

/* The character that a backslash and `c` stand for, or 0. */
static char unescape(char c)
{
	switch (c) {
	case '"':
	case '\\':
		return c;
	case 'n':
		return '\n';
	case 't':
		return '\t';
	default:
		return '\0';
	}
}

int scan_quoted(struct scan *scan, char **ret_text)
{
	const char *start = scan->at, *p = start + 1;
	CLEANUP(freep) char *text = xcalloc(strlen(start), 1);
	char *out = text;

	for (; *p != '"'; p++) {
		if (*p == '\0')
			return scan_refuse(scan, start, "a quote is not closed: add a '\"'");
		if (*p != '\\') {
			*out++ = *p;
			continue;
		}
		*out = unescape(*++p);
		if (*out++ == '\0')
			return scan_refuse(scan, p - 1,
					   "an unknown escape: there is \\\" \\\\ \\n \\t, and a "
					   "backslash is written \\\\");
	}
	scan->at = p + 1;
	*ret_text = TAKE(text);
	return 0;
}

int scan_pointer(struct scan *scan, const char *stops, char **ret_pointer)
{
	const char *start = scan->at;
	CLEANUP(freep) char *ends = xasprintf("%s%s", BLANKS, stops);
	CLEANUP(freep) char *pointer = xstrndup(start, strcspn(start, ends));

	if (!json_pointer_is_valid(pointer))
		return scan_refuse(scan, start,
				   "\"%.*s\" is not a JSON Pointer: write /answer, /data/text or "
				   "#/Reply%%20Text",
				   scan_excerpt(pointer, strlen(pointer)), pointer);
	scan->at += strlen(pointer);
	*ret_pointer = TAKE(pointer);
	return 0;
}
