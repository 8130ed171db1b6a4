/*
 * The values that conditions compare, and how (condition.h says what equals what). For condition.c
 * only.
 */
#ifndef MAAXD_BASE_CONDITION_VALUE_H
#define MAAXD_BASE_CONDITION_VALUE_H

#include <json-c/json.h>

#include "base/base.h"

#define CONDITION_MAX_NUMBER 64 /* characters; longer texts spell no number */

enum value_kind {
	VALUE_NULL,
	VALUE_BOOL,
	VALUE_NUMBER,
	VALUE_TEXT,
	VALUE_OTHER, /* an object or an array */
};

/* Borrowed from where it was found. */
struct condition_value {
	enum value_kind kind;
	const char *text; /* of a boolean, a number or a text; may hold NUL */
	size_t len;
	struct json_object *object; /* of VALUE_OTHER */
};

struct condition_value condition_value_of(struct json_object *object); /* NULL: null */

bool condition_equal(const struct condition_value *a, const struct condition_value *b);

/* Puts less than, equal to or greater than 0 in *ret_order. False: they are not both numbers. */
bool condition_order(const struct condition_value *a, const struct condition_value *b,
		     int *ret_order);

bool condition_contains(const struct condition_value *whole, const struct condition_value *part);
bool condition_starts_with(const struct condition_value *whole, const struct condition_value *part);
bool condition_ends_with(const struct condition_value *whole, const struct condition_value *part);

/* The length of the number, as JSON writes it, that `text` begins with; 0: none. */
size_t condition_number_len(const char *text, size_t len);

#endif
