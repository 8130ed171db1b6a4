/*
 * JSON over json-c, the only file that parses it. json-c alone is laxer than RFC 8259 (it takes
 * overlong UTF-8, single quotes, NaN, raw control characters, and cuts keys at \u0000), so the
 * bytes are checked first; what passes means the same to us as to everybody else.
 */
#ifndef MAAXD_BASE_JSON_H
#define MAAXD_BASE_JSON_H

#include <json-c/json.h>

#include "base/base.h"
#include "base/buf.h"
#include "base/ids.h"

#define JSON_MAX_DEPTH 32

static inline void json_putp(struct json_object **object)
{
	json_object_put(*object);
}

/* True when the bytes are UTF-8 as RFC 3629 has it: no overlong form, no surrogate. */
bool json_is_utf8(const void *data, size_t len);

/*
 * Parses one whole RFC 8259 text (any type, blanks around it allowed, no BOM). 0 with the tree,
 * which is the caller's (a JSON null gives 0 and NULL); -EBADMSG with *ret_why (static text) if it
 * is not JSON, too deep, or has a NUL in a key.
 */
MUST_CHECK int json_parse(const void *data, size_t len, struct json_object **ret_root,
			  const char **ret_why);

/*
 * Finds the value at an RFC 6901 JSON Pointer ("" is the root); "#/a%20b" is the percent-encoded
 * URI fragment form. Borrowed from `root`; NULL when there is none or it is null.
 */
struct json_object *json_at(struct json_object *root, const char *pointer);

/* True when the text can be a pointer in either form. */
bool json_pointer_is_valid(const char *pointer);

/* Text of a string, number or boolean value as a heap string (len may be NULL); else NULL. */
char *json_text(struct json_object *value, size_t *ret_len);

/* Appends text with NUL and each byte that is not UTF-8 as U+FFFD. 0, -E2BIG, -ENOMEM. */
MUST_CHECK int json_add_clean(struct buf *out, const char *text, size_t len);
/* The same as a heap string. */
char *json_clean_text(const char *data, size_t len);

/* Members of an object. NULL or the fallback when absent or of another type. Text is borrowed. */
const char *json_get_string(struct json_object *object, const char *key);
int64_t json_get_int(struct json_object *object, const char *key, int64_t fallback);

/* Adds to an object; a NULL text becomes null. `value` is taken. */
void json_put_string(struct json_object *object, const char *key, const char *text);
void json_put_int(struct json_object *object, const char *key, int64_t number);
void json_put_bool(struct json_object *object, const char *key, bool value);
void json_put(struct json_object *object, const char *key, struct json_object *value);
void json_put_time(struct json_object *object, const char *key,
		   usec_t at); /* RFC 3339; 0 is null */
void json_put_id(struct json_object *object, const char *key, enum id_kind kind,
		 int64_t id); /* "msg_…"; 0 is null */

/* One line, no escaped slashes. A heap string, the caller's; len may be NULL. */
char *json_format(struct json_object *root, size_t *ret_len);

/*
 * A form (application/x-www-form-urlencoded) or query string as a flat object of strings, added to
 * `object`: the first of a repeated name wins, names already there stay. What is not UTF-8 is
 * replaced by U+FFFD. At most 256 fields.
 */
void json_add_form(struct json_object *object, const char *data, size_t len);

/* One name or value of a form, decoded; a heap string. NUL and what is not UTF-8 is U+FFFD. */
char *json_form_text(const char *data, size_t len);

#endif
