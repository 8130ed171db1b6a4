/*
 * Reading the small languages of the configuration (template.h, condition.h): a place in a text,
 * the tokens that both have, and errors that name the column, counted in characters from 1.
 */
#ifndef MAAXD_BASE_SCAN_H
#define MAAXD_BASE_SCAN_H

#include "base/base.h"

struct scan {
	const char *text; /* all of it; borrowed */
	const char *at;	  /* what is next */
	char **ret_why;	  /* where errors go, as heap text */
};

/* Sets *ret_why to "column N: …", N being that of `at`, and gives -EINVAL. */
int scan_refuse(const struct scan *scan, const char *at, const char *format, ...) PRINTF_LIKE(3, 4);

/* For "%.*s" in errors: the length of text that is worth quoting, in whole characters. */
int scan_excerpt(const char *text, size_t len);

/* 0, or -EINVAL: longer than `max` bytes, not UTF-8, or with control characters but tab and line
 * feed. The check to begin with; the functions below rely on it. */
MUST_CHECK int scan_check(const struct scan *scan, size_t max);

/* Skips blanks, tabs and line feeds. */
void scan_blanks(struct scan *scan);

/* Takes `token` if it is next. */
bool scan_take(struct scan *scan, const char *token);

/* The length of the word (ASCII letters, digits, '_') that is next; 0: none. Takes nothing. */
size_t scan_word(const struct scan *scan);

/*
 * A text in double quotes, which is next. \" \\ \n \t are a quote, a backslash, a line feed and a
 * tab. 0 with a heap text that is the caller's, or -EINVAL.
 */
MUST_CHECK int scan_quoted(struct scan *scan, char **ret_text);

/*
 * A JSON Pointer in either form (base/json.h), which is next and ends before a blank or one of
 * `stops`. 0 with a heap text that is the caller's, or -EINVAL.
 */
MUST_CHECK int scan_pointer(struct scan *scan, const char *stops, char **ret_pointer);

#endif
