/*
 * The filters of a template (template.h says what each does), as a table. For template.c only.
 */
#ifndef MAAXD_BASE_TEMPLATE_FILTERS_H
#define MAAXD_BASE_TEMPLATE_FILTERS_H

#include <json-c/json.h>

#include "base/base.h"
#include "base/buf.h"

#define TEMPLATE_MAX_TRUNCATE 1000000

enum template_argument {
	ARGUMENT_NONE,
	ARGUMENT_NUMBER,
	ARGUMENT_TEXT,
};

struct template_filter_type;

struct template_filter {
	const struct template_filter_type *type;
	char *text;    /* argument; owned */
	size_t number; /* argument */
};

struct template_filter_type {
	const char *name;
	enum template_argument argument;
	bool is_escaping; /* only filters that escape too, or default, may follow */
	/* From a text to a text that is empty before. 0, -E2BIG, -ENOMEM. NULL: of default, which
	 * template.c does by itself. */
	int (*apply)(const struct template_filter *filter, const char *text, size_t len,
		     struct buf *out);
};

extern const struct template_filter_type template_filter_types[];
extern const size_t template_filter_type_count;

/* The one whose name is the `len` bytes at `name`, or NULL. */
const struct template_filter_type *template_filter_find(const char *name, size_t len);

/* True for the filter that takes a value as it was found, before it is made a text. */
bool template_filter_is_json(const struct template_filter_type *type);

/* A value as JSON. 0, -E2BIG, -ENOMEM. */
MUST_CHECK int template_add_json(struct buf *out, struct json_object *value);

/* Whether there is nothing but blanks, no-break spaces and line ends in it. */
bool template_is_blank(const char *text, size_t len);

#endif
