/* Looking into JSON by RFC 6901 pointers, and into journals line by line. */
#ifndef MAAXD_TESTS_LIB_JSON_PATH_H
#define MAAXD_TESTS_LIB_JSON_PATH_H

#include "base/base.h"
#include "base/json.h"

/* A text that is JSON, or the test fails; the caller's. */
struct json_object *json_parsed(const char *text);

/* The value as text (JSON for what is no string); NULL when absent or null. Borrowed. */
const char *json_path(struct json_object *root, const char *pointer);
/* -1 when absent or no number. */
int64_t json_path_int(struct json_object *root, const char *pointer);
/* RFC 3339 in UTC as microseconds since the epoch; 0 when absent or null. */
usec_t json_path_time(struct json_object *root, const char *pointer);
bool json_path_bool(struct json_object *root, const char *pointer);
/* Of an array; 0 when absent. */
size_t json_path_len(struct json_object *root, const char *pointer);

/* True when the text at the pointer is `expected`; a NULL stands for absent or null. */
bool json_path_is(struct json_object *root, const char *pointer, const char *expected);

/* JSON lines as an array; the caller's. Lines that are no JSON fail the test. */
struct json_object *json_lines(const char *text);

/*
 * The entry number `index` (from 0) of those in an array whose text at `pointer` is `expected`;
 * NULL when there are fewer. Borrowed. And how many there are.
 */
struct json_object *json_select(struct json_object *array, const char *pointer,
				const char *expected, size_t index);
size_t json_count(struct json_object *array, const char *pointer, const char *expected);

#endif
