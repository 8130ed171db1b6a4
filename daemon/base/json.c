/*
 * JSON over json-c. What a peer sent passes json_check() first; json-c then only builds the tree.
 * What we build ourselves is small, and running out of memory over it aborts, as in xnew().
 */
#include <assert.h>
#include <errno.h>
#include <json-c/json.h>
#include <limits.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/json_check.h"
#include "base/json_long.h"
#include "base/percent.h"

#define FORM_MAX_FIELDS 256
#define FORM_MAX_LEN \
	(64 * MIB) /* callers bound it far below; keeps lengths within json-c's int \
		    */
#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

static inline void tokener_freep(struct json_tokener **tokener)
{
	if (*tokener)
		json_tokener_free(*tokener);
}

/* Has json-c build the tree of a text that was checked. */
static int build(const char *data, size_t len, struct json_object **ret_root, const char **ret_why)
{
	/* One level more than the check allows: json-c counts the innermost value as one. */
	CLEANUP(tokener_freep)
	struct json_tokener *tokener = json_tokener_new_ex(JSON_MAX_DEPTH + 1);
	if (!tokener)
		abort();
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);

	struct json_object *root = json_tokener_parse_ex(tokener, data, (int)len);
	/* A number or word at the top could go on; the NUL says that it does not. */
	if (json_tokener_get_error(tokener) == json_tokener_continue)
		root = json_tokener_parse_ex(tokener, "", 1);
	if (json_tokener_get_error(tokener) != json_tokener_success) {
		*ret_why = "not JSON";
		return -EBADMSG;
	}
	*ret_root = root;
	return 0;
}

int json_parse(const void *data, size_t len, struct json_object **ret_root, const char **ret_why)
{
	if (len >= INT_MAX / 2) { /* json-c counts in int */
		*ret_why = "too long";
		return -EBADMSG;
	}
	int r = json_check(data, len, ret_why);
	if (r < 0)
		return r;

	if (r == 0)
		return build(data, len, ret_root, ret_why);

	CLEANUP(freep) char *marked = json_long_mark(data, len, &len);
	r = build(marked ? marked : data, len, ret_root, ret_why);
	if (r == 0)
		json_long_restore(*ret_root);
	return r;
}

/* The plain form of a pointer ("/a b"), or NULL if the text is not one. */
static char *pointer_plain(const char *pointer)
{
	bool is_fragment = pointer[0] == '#';
	CLEANUP(freep) char *plain = xstrdup(is_fragment ? pointer + 1 : pointer);
	size_t len = strlen(plain);

	if (is_fragment) {
		for (const char *at = strchr(plain, '%'); at; at = strchr(at + 1, '%')) {
			if (percent_byte(at, strlen(at)) <= 0) /* no key holds a NUL */
				return NULL;
		}
		len = percent_decode(plain, len, false);
	}
	if ((plain[0] != '/' && plain[0] != '\0') || !json_is_utf8(plain, len))
		return NULL;
	for (const char *at = strchr(plain, '~'); at; at = strchr(at + 1, '~')) {
		if (at[1] != '0' && at[1] != '1')
			return NULL;
	}
	return TAKE(plain);
}

bool json_pointer_is_valid(const char *pointer)
{
	CLEANUP(freep) char *plain = pointer_plain(pointer);
	return plain != NULL;
}

/* "~1" is '/' and "~0" is '~', in place. */
static void token_unescape(char *token)
{
	char *out = token;
	for (const char *in = token; *in; in++) {
		if (*in == '~')
			*out++ = *++in == '1' ? '/' : '~';
		else
			*out++ = *in;
	}
	*out = '\0';
}

/* An array index as RFC 6901 has it: digits without leading zeros. */
static struct json_object *array_at(struct json_object *array, const char *token)
{
	size_t digits = strspn(token, "0123456789");
	if (digits == 0 || digits > 9 || token[digits] || (digits > 1 && token[0] == '0'))
		return NULL;
	return json_object_array_get_idx(array, strtoul(token, NULL, 10));
}

static struct json_object *child_at(struct json_object *parent, const char *token)
{
	if (json_object_is_type(parent, json_type_object))
		return json_object_object_get(parent, token);
	if (json_object_is_type(parent, json_type_array))
		return array_at(parent, token);
	return NULL;
}

struct json_object *json_at(struct json_object *root, const char *pointer)
{
	/* Nearly always it is one name with nothing to decode. */
	if (pointer[0] == '/' && !strpbrk(pointer + 1, "/~"))
		return child_at(root, pointer + 1);

	CLEANUP(freep) char *plain = pointer_plain(pointer);
	if (!plain)
		return NULL;

	char *rest = plain[0] == '/' ? plain + 1 : NULL;
	while (root && rest) {
		char *token = strsep(&rest, "/");
		token_unescape(token);
		root = child_at(root, token);
	}
	return root;
}

static char *copy(const char *text, size_t len, size_t *ret_len)
{
	char *out = xcalloc(len + 1, 1);
	memcpy(out, text, len);
	if (ret_len)
		*ret_len = len;
	return out;
}

char *json_text(struct json_object *value, size_t *ret_len)
{
	switch (json_object_get_type(value)) {
	case json_type_string: /* by length: a value may hold U+0000 */
		return copy(json_object_get_string(value),
			    (size_t)json_object_get_string_len(value), ret_len);
	case json_type_boolean:
	case json_type_double:
	case json_type_int:
		return json_format(value, ret_len);
	case json_type_null:
	case json_type_object:
	case json_type_array:
	default:
		return NULL;
	}
}

static struct json_object *get_typed(struct json_object *object, const char *key,
				     enum json_type type)
{
	struct json_object *value = NULL;
	if (!json_object_is_type(object, json_type_object) ||
	    !json_object_object_get_ex(object, key, &value) || !json_object_is_type(value, type))
		return NULL;
	return value;
}

const char *json_get_string(struct json_object *object, const char *key)
{
	struct json_object *value = get_typed(object, key, json_type_string);
	return value ? json_object_get_string(value) : NULL;
}

int64_t json_get_int(struct json_object *object, const char *key, int64_t fallback)
{
	struct json_object *value = get_typed(object, key, json_type_int);
	return value ? json_object_get_int64(value) : fallback;
}

static struct json_object *must(struct json_object *made)
{
	if (!made)
		abort();
	return made;
}

void json_put(struct json_object *object, const char *key, struct json_object *value)
{
	assert(json_object_is_type(object, json_type_object));
	if (json_object_object_add(object, key, value) < 0)
		abort();
}

void json_put_string(struct json_object *object, const char *key, const char *text)
{
	json_put(object, key, text ? must(json_object_new_string(text)) : NULL);
}

void json_put_int(struct json_object *object, const char *key, int64_t number)
{
	json_put(object, key, must(json_object_new_int64(number)));
}

void json_put_bool(struct json_object *object, const char *key, bool value)
{
	json_put(object, key, must(json_object_new_boolean(value)));
}

void json_put_time(struct json_object *object, const char *key, usec_t at)
{
	char text[CLOCK_RFC3339_SIZE];
	json_put_string(object, key, at ? clock_format(at, text) : NULL);
}

void json_put_id(struct json_object *object, const char *key, enum id_kind kind, int64_t id)
{
	char text[IDS_TEXT_SIZE];

	json_put_string(object, key, id ? ids_format(kind, id, text) : NULL);
}

char *json_format(struct json_object *root, size_t *ret_len)
{
	size_t len = 0;
	const char *text = json_object_to_json_string_length(
		root, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);
	if (!text)
		abort();
	/* For a NULL root json-c gives "null" and, in some versions, no length. */
	return copy(text, root ? len : strlen(text), ret_len);
}

/* Appends with each byte that is not UTF-8 replaced, and each NUL unless `keeps_nul`. */
static int add_clean(struct buf *out, const char *text, size_t len, bool keeps_nul)
{
	const char *end = text + len;
	const char *run = text; /* what is good and not yet appended */
	while (text < end) {
		size_t size = json_check_utf8((const uint8_t *)text, (size_t)(end - text));
		if (size > 0 && (*text != '\0' || keeps_nul)) {
			text += size;
			continue;
		}
		int r = buf_add(out, run, (size_t)(text - run));
		if (r == 0)
			r = buf_add_text(out, REPLACEMENT);
		if (r < 0)
			return r;
		run = ++text;
	}
	return buf_add(out, run, (size_t)(text - run));
}

int json_add_clean(struct buf *out, const char *text, size_t len)
{
	return add_clean(out, text, len, false);
}

char *json_clean_text(const char *data, size_t len)
{
	CLEANUP(buf_done) struct buf text = BUF_INIT(len * strlen(REPLACEMENT));
	if (json_add_clean(&text, data, len) < 0)
		abort();
	return buf_take(&text);
}

/* Decodes one name or value of a form into `out`. */
static int form_decode(struct buf *out, const char *text, size_t len, bool keeps_nul)
{
	CLEANUP(freep) char *plain = copy(text, len, NULL);
	size_t plain_len = percent_decode(plain, len, true);
	return add_clean(out, plain, plain_len, keeps_nul);
}

char *json_form_text(const char *data, size_t len)
{
	CLEANUP(buf_done) struct buf text = BUF_INIT(len * strlen(REPLACEMENT));
	if (form_decode(&text, data, len, false) < 0)
		abort();
	return buf_take(&text);
}

static int add_field(struct json_object *object, const char *field, size_t len)
{
	size_t room = len * strlen(REPLACEMENT);
	CLEANUP(buf_done) struct buf name = BUF_INIT(room);
	CLEANUP(buf_done) struct buf value = BUF_INIT(room);

	const char *equals = memchr(field, '=', len);
	size_t name_len = equals ? (size_t)(equals - field) : len;
	int r = form_decode(&name, field, name_len, false);
	if (r < 0)
		return r;
	if (json_object_object_get_ex(object, buf_text(&name), NULL))
		return 0;
	if (equals) {
		r = form_decode(&value, equals + 1, len - name_len - 1, true);
		if (r < 0)
			return r;
	}
	json_put(object, buf_text(&name),
		 must(json_object_new_string_len(buf_text(&value), (int)value.len)));
	return 0;
}

void json_add_form(struct json_object *object, const char *data, size_t len)
{
	if (len > FORM_MAX_LEN)
		return;

	/* Repeats count too, or a body of "a&a&a&…" would cost a look-up every two bytes. */
	for (unsigned fields = 0; len > 0 && fields < FORM_MAX_FIELDS;) {
		const char *and = memchr(data, '&', len);
		size_t field_len = and? (size_t)(and-data) : len;
		if (field_len > 0) {
			if (add_field(object, data, field_len) < 0)
				return;
			fields++;
		}
		size_t used = and? field_len + 1 : field_len;
		data += used;
		len -= used;
	}
}
