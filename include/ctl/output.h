/* What several verbs print alike. */
#ifndef MAAXD_CTL_OUTPUT_H
#define MAAXD_CTL_OUTPUT_H

#include "ctl/ctl.h"

/* One JSON object on a line. */
void output_json(struct json_object *object);

/* Members by JSON Pointer, for people: text is cleaned, a heap string; "-" when it is not there. */
char *output_text(struct json_object *object, const char *pointer);
const char *output_raw(struct json_object *object, const char *pointer); /* NULL when not there */
int64_t output_int(struct json_object *object, const char *pointer);	 /* 0 when not there */
bool output_bool(struct json_object *object, const char *pointer);

/* A text of many lines, each behind `indent`; nothing in it can move the cursor. */
void output_block(const char *indent, const char *text);

/* --limit as a number, `fallback` without it. 0 after saying that it is none. */
size_t output_limit(const struct ctl *ctl, size_t fallback);

/* --since or --until as RFC 3339, a heap string; NULL without it. False: it has been said. */
bool output_time_option(const struct ctl *ctl, const char *option, char **ret_rfc3339);

/* Asks on the terminal. True for yes, also with --yes; without a terminal: no, and it is said. */
bool output_confirm(const struct ctl *ctl, const char *question);

#endif
