/* What is in a body. See content.h. */
#include <stdio.h>
#include <string.h>

#include "base/content.h"
#include "base/json.h"
#include "base/multipart.h"

#define BOM "\xEF\xBB\xBF"

/* A name beyond CONTENT_MAX_TYPE is cut: it is none that we know. */
static void read_type(const char *content_type, char out[static CONTENT_MAX_TYPE])
{
	snprintf(out, CONTENT_MAX_TYPE, "%.*s", (int)strcspn(content_type, "; \t"), content_type);
	for (; *out; out++)
		if (*out >= 'A' && *out <= 'Z')
			*out = (char)(*out + 32);
}

void content_read(const char *content_type, const void *data, size_t len,
		  struct content *ret_content)
{
	const char *bytes = data ? data : "";
	const char *why;

	if (!data)
		len = 0;
	if (len >= strlen(BOM) && memcmp(bytes, BOM, strlen(BOM)) == 0) {
		bytes += strlen(BOM);
		len -= strlen(BOM);
	}
	*ret_content = (struct content){ .data = bytes, .len = len };
	ret_content->is_json = json_parse(bytes, len, &ret_content->root, &why) == 0;
	read_type(content_type ? content_type : "", ret_content->type);
}

void content_done(struct content *content)
{
	json_object_put(content->root);
}

bool content_is_blank(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] != '\0' && !strchr(" \t\r\n", text[i]))
			return false;
	return true;
}

bool content_is_json_type(const char *type)
{
	size_t len = strlen(type);

	return streq(type, "application/json") || (len > 5 && streq(type + len - 5, "+json"));
}

bool content_is_text_type(const char *type)
{
	return type[0] == '\0' || strncmp(type, "text/", 5) == 0;
}

struct json_object *content_object(struct json_object *root)
{
	if (json_object_is_type(root, json_type_array) && json_object_array_length(root) == 1)
		root = json_object_array_get_idx(root, 0);
	return json_object_is_type(root, json_type_object) ? root : NULL;
}

struct json_object *content_form(const struct content *content, const char *content_type)
{
	struct json_object *fields = json_object_new_object();

	if (streq(content->type, "application/x-www-form-urlencoded"))
		json_add_form(fields, content->data, content->len);
	else if (streq(content->type, "multipart/form-data"))
		multipart_add(fields, content_type, content->data, content->len);
	if (json_object_object_length(fields) > 0)
		return fields;
	json_object_put(fields);
	return NULL;
}
