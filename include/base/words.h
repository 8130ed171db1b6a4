/*
 * The one splitter for lists in the configuration: words parted by blanks; "double quotes" hold
 * blanks, a backslash takes the next character as it is.
 */
#ifndef MAAXD_BASE_WORDS_H
#define MAAXD_BASE_WORDS_H

#include "base/base.h"

struct words {
	char **word; /* NULL-terminated; each owned */
	size_t count;
};

/* 0 or -EINVAL (*ret_why: static text). The result is the caller's: words_done(). */
MUST_CHECK int words_split(const char *text, struct words *ret_words, const char **ret_why);
void words_done(struct words *words);
bool words_has(const struct words *words, const char *word);

/* "15s", "2m", "500ms", "24h", "7d", "0": a length of time with its unit. 0 or -EINVAL. */
MUST_CHECK int words_duration(const char *text, usec_t *ret_length);
/* "64M", "16K", "1G", "512": bytes. 0 or -EINVAL. */
MUST_CHECK int words_size(const char *text, uint64_t *ret_bytes);
/* "20/h", "60/m", "2000/d", "5/s", or "off" (count 0). 0 or -EINVAL. */
MUST_CHECK int words_rate(const char *text, uint64_t *ret_count, usec_t *ret_window);

/* The closest of `names` to `text` within a third of its length in edits, or NULL: for "did you
 * mean". */
const char *words_closest(const char *text, const char *const *names, size_t count);

#endif
