/* base/xml: what comes out is texts, objects and arrays of them, in UTF-8 and within its bounds. */
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "base/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text, size_t len)
{
	if (!json_is_utf8(text, len) || memchr(text, '\0', len))
		abort();
}

static void check_value(struct json_object *value, unsigned depth);

static void check_members(struct json_object *object, unsigned depth)
{
	json_object_object_foreach(object, key, member)
	{
		check_text(key, strlen(key));
		check_value(member, depth + 1);
	}
}

static void check_value(struct json_object *value, unsigned depth)
{
	if (depth > 2 * XML_MAX_DEPTH)
		abort();
	switch (json_object_get_type(value)) {
	case json_type_string:
		check_text(json_object_get_string(value),
			   (size_t)json_object_get_string_len(value));
		return;
	case json_type_array:
		if (json_object_array_length(value) < 2)
			abort();
		for (size_t i = 0; i < json_object_array_length(value); i++)
			check_value(json_object_array_get_idx(value, i), depth + 1);
		return;
	case json_type_object:
		check_members(value, depth);
		return;
	case json_type_null:
	case json_type_boolean:
	case json_type_double:
	case json_type_int:
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(json_putp) struct json_object *root = NULL;
	const char *why = NULL;

	if (xml_parse(data, size, &root, &why) < 0) {
		if (!why || root)
			abort();
		return 0;
	}
	if (!json_object_is_type(root, json_type_object) || json_object_object_length(root) != 1)
		abort();
	check_value(root, 0);
	return 0;
}
