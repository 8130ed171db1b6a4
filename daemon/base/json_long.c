/* Keeps the digits of integers that json-c cannot hold. See json_long.h. */
#include <json-c/json.h>
#include <json-c/json_visit.h>
#include <string.h>

#include "base/buf.h"
#include "base/json_long.h"

#define MARK "e0" /* times one */
#define MARK_LEN (sizeof(MARK) - 1)

static bool is_part_of_number(char c)
{
	return (c >= '0' && c <= '9') || (c != '\0' && strchr("+-.eE", c));
}

/* True for an integer outside of what json-c can hold. JSON has no leading zeros. */
static bool is_long(const char *number, size_t len)
{
	bool is_negative = len > 0 && number[0] == '-';
	const char *most = is_negative ? "9223372036854775808" : "18446744073709551615";
	size_t most_len = strlen(most);

	number += is_negative;
	len -= is_negative;
	if (len < most_len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (number[i] < '0' || number[i] > '9')
			return false;
	return len > most_len || memcmp(number, most, most_len) > 0;
}

/* Behind the string whose opening quote is at `at`. */
static const char *skip_string(const char *at)
{
	for (at++; *at != '"'; at++)
		if (*at == '\\')
			at++;
	return at + 1;
}

static const char *skip_number(const char *at, const char *end)
{
	while (at < end && is_part_of_number(*at))
		at++;
	return at;
}

static void add(struct buf *out, const char *data, size_t len)
{
	if (buf_add(out, data, len) < 0)
		abort();
}

char *json_long_mark(const char *data, size_t len, size_t *ret_len)
{
	/* At least a comma parts two numbers, so the marks need a tenth at most. */
	CLEANUP(buf_done) struct buf out = BUF_INIT(len + len / 10 + MARK_LEN);
	const char *end = data + len;
	const char *copied = data; /* up to here */

	for (const char *at = data; at < end;) {
		const char *start = at;

		if (*at == '"') {
			at = skip_string(at);
		} else if (*at == '-' || (*at >= '0' && *at <= '9')) {
			at = skip_number(at, end);
			if (!is_long(start, (size_t)(at - start)))
				continue;
			add(&out, copied, (size_t)(at - copied));
			add(&out, MARK, MARK_LEN);
			copied = at;
		} else {
			at++;
		}
	}
	if (copied == data)
		return NULL;
	add(&out, copied, (size_t)(end - copied));
	*ret_len = out.len;
	return buf_take(&out);
}

/* json_c_visit_userfunc */
static int restore(struct json_object *value, int flags, struct json_object *parent,
		   /* NOLINTNEXTLINE(readability-non-const-parameter): the type is json-c's */
		   const char *key, size_t *index, void *ctx)
{
	const char *text;
	size_t len;

	(void)flags;
	(void)parent;
	(void)key;
	(void)index;
	(void)ctx;
	if (!json_object_is_type(value, json_type_double))
		return JSON_C_VISIT_RETURN_CONTINUE;
	text = json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN);
	len = strlen(text);
	if (len > MARK_LEN && streq(text + len - MARK_LEN, MARK) && is_long(text, len - MARK_LEN))
		json_object_set_serializer(value, json_object_userdata_to_json_string,
					   xstrndup(text, len - MARK_LEN),
					   json_object_free_userdata);
	return JSON_C_VISIT_RETURN_CONTINUE;
}

void json_long_restore(struct json_object *root)
{
	if (root)
		json_c_visit(root, 0, restore, NULL);
}
