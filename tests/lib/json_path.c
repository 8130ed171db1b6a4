/* Looking into JSON by pointers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>
#include <string.h>

#include "lib/json_path.h"

struct json_object *json_parsed(const char *text)
{
	struct json_object *root = NULL;
	const char *why = NULL;

	if (json_parse(text, strlen(text), &root, &why) < 0)
		fail_msg("%s: %s", text, why);
	return root;
}

const char *json_path(struct json_object *root, const char *pointer)
{
	struct json_object *value = json_at(root, pointer);

	return value ? json_object_get_string(value) : NULL;
}

int64_t json_path_int(struct json_object *root, const char *pointer)
{
	struct json_object *value = json_at(root, pointer);

	return json_object_is_type(value, json_type_int) ? json_object_get_int64(value) : -1;
}

usec_t json_path_time(struct json_object *root, const char *pointer)
{
	const char *text = json_path(root, pointer);
	struct tm tm = { 0 };
	const char *rest = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;

	if (!text)
		return 0;
	if (!rest || *rest != '.')
		fail_msg("no time at %s: %s", pointer, text);
	return (usec_t)timegm(&tm) * USEC_PER_SEC + strtoul(rest + 1, NULL, 10) * USEC_PER_MSEC;
}

bool json_path_bool(struct json_object *root, const char *pointer)
{
	struct json_object *value = json_at(root, pointer);

	return json_object_is_type(value, json_type_boolean) && json_object_get_boolean(value);
}

size_t json_path_len(struct json_object *root, const char *pointer)
{
	struct json_object *value = json_at(root, pointer);

	return json_object_is_type(value, json_type_array) ? json_object_array_length(value) : 0;
}

bool json_path_is(struct json_object *root, const char *pointer, const char *expected)
{
	const char *text = json_path(root, pointer);

	if (!text || !expected)
		return !text && !expected;
	return streq(text, expected);
}

struct json_object *json_lines(const char *text)
{
	struct json_object *array = json_object_new_array();

	while (*text) {
		size_t len = strcspn(text, "\n");
		struct json_object *line;
		const char *why;

		if (json_parse(text, len, &line, &why) < 0)
			fail_msg("no JSON: %s: %.*s", why, (int)len, text);
		json_object_array_add(array, line);
		text += len;
		text += *text == '\n';
	}
	return array;
}

struct json_object *json_select(struct json_object *array, const char *pointer,
				const char *expected, size_t index)
{
	for (size_t i = 0; i < json_object_array_length(array); i++) {
		struct json_object *entry = json_object_array_get_idx(array, i);

		if (json_path_is(entry, pointer, expected) && index-- == 0)
			return entry;
	}
	return NULL;
}

size_t json_count(struct json_object *array, const char *pointer, const char *expected)
{
	size_t count = 0;

	while (json_select(array, pointer, expected, count))
		count++;
	return count;
}
