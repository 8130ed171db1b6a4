/*
 * Integers beyond 64 bits. json-c cuts them, without a word, to the largest it can hold; a number
 * with an exponent keeps the digits it was written with. So such integers are given one before the
 * parser sees them, and lose it afterwards. For json.c only.
 */
#ifndef MAAXD_BASE_JSON_LONG_H
#define MAAXD_BASE_JSON_LONG_H

#include "base/base.h"

struct json_object;

/* A copy of valid JSON with an exponent behind each integer that needs one, the caller's; NULL when
 * there is none. */
char *json_long_mark(const char *data, size_t len, size_t *ret_len);

/* Takes the exponents off again. `root` may be NULL. */
void json_long_restore(struct json_object *root);

#endif
