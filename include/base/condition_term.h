/*
 * One test of a condition: read, and run. condition.h has the language. For condition.c only.
 */
#ifndef MAAXD_BASE_CONDITION_TERM_H
#define MAAXD_BASE_CONDITION_TERM_H

#include <json-c/json.h>

#include "base/base.h"
#include "base/condition_value.h"
#include "base/scan.h"

struct operand {
	char *text; /* a pointer, or what the constant's text is borrowed from */
	bool is_pointer;
	struct condition_value constant;
};

struct comparison;

struct term {
	struct operand left;
	const struct comparison *comparison; /* NULL: exists */
	struct operand *right;		     /* one of them must pass */
	size_t right_count;
};

/* Reads a test that is next into an empty term, which is to be done with in any case. 0 or
 * -EINVAL. */
MUST_CHECK int term_parse(struct scan *scan, struct term *term);
void term_done(struct term *term);

bool term_holds(const struct term *term, struct json_object *object);

/* Takes the word if all of the word or symbol that is next is it. */
bool term_take_word(struct scan *scan, const char *word);

/* "expected …, not X": X is the end, or what is next. `names`: what could be meant by it. Gives
 * -EINVAL. */
int term_refuse_next(const struct scan *scan, const char *expected, const char *const *names,
		     size_t count);

#endif
