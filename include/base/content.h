/*
 * The body of a request, read as leniently as a Zapier catch hook reads it: what parses as JSON is
 * JSON whatever its content type says, a BOM is skipped. Pure.
 */
#ifndef MAAXD_BASE_CONTENT_H
#define MAAXD_BASE_CONTENT_H

#include "base/base.h"

struct json_object;

#define CONTENT_MAX_TYPE 64

struct content {
	const char *data; /* behind a BOM; borrowed */
	size_t len;
	char type[CONTENT_MAX_TYPE]; /* of media, in lower case, without parameters; "" when none */
	bool is_json;		     /* it parses; `root` is NULL for a JSON null */
	struct json_object *root;
};

/* `content_type` and `data` may be NULL. */
void content_read(const char *content_type, const void *data, size_t len,
		  struct content *ret_content);
void content_done(struct content *content);

/* Blanks, line ends and NUL say nothing. */
bool content_is_blank(const char *text, size_t len);

/* application/json, and what ends in +json. */
bool content_is_json_type(const char *type);
/* No type, or text of any kind. */
bool content_is_text_type(const char *type);

/* The object that pointers are followed in: `root`, or the only one of an array. NULL: none.
 * Borrowed. */
struct json_object *content_object(struct json_object *root);

/* The fields of a form or of multipart as one flat object, the caller's; NULL when there are none.
 * `content_type` as it came: it holds a boundary. */
struct json_object *content_form(const struct content *content, const char *content_type);

#endif
