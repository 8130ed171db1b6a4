/*
 * Any template on any object: "TEMPLATE NUL JSON". A place that ends in the json filter gives JSON,
 * one that ends in line no control character, and results stay within their bound.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "base/template.h"

#define MAX_RESULT (64 * KIB)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The result of `text` with the object, or NULL. A heap string. */
static char *rendered(const char *text, struct json_object *object)
{
	CLEANUP(template_freep) struct template *template = NULL;
	CLEANUP(freep) char *why = NULL;
	char *result = NULL;

	if (template_parse(text, &template, &why) < 0) {
		if (template || !why || !json_is_utf8(why, strlen(why)))
			abort();
		return NULL;
	}
	if (!streq(template_text(template), text))
		abort();
	switch (template_render(template, object, MAX_RESULT, &result, &why)) {
	case 0:
		if (strlen(result) > MAX_RESULT || !json_is_utf8(result, strlen(result)) || why)
			abort();
		return result;
	case -ENOENT:
	case -E2BIG:
		if (!why || result)
			abort();
		return NULL;
	default:
		abort();
	}
}

/* What follows the pointers of a place, put into templates of our own. */
static void check_filters(const char *text, struct json_object *object)
{
	CLEANUP(freep)
	char *json_place = xasprintf("[${%s|json},\"${%s|json_inside}\"]", text, text);
	CLEANUP(freep) char *line_place = xasprintf("${%s|line}", text);
	CLEANUP(freep) char *json = NULL;
	CLEANUP(freep) char *line = NULL;

	/* A text with places or quotes of its own could mean something else. */
	if (strpbrk(text, "{}|\"$"))
		return;
	json = rendered(json_place, object);
	line = rendered(line_place, object);
	if (json) {
		CLEANUP(json_putp) struct json_object *root = NULL;
		const char *why;

		/* Our own nesting adds a level to the deepest that is allowed. */
		if (json_parse(json, strlen(json), &root, &why) < 0 &&
		    !streq(why, "nested too deep"))
			abort();
		if (root && json_object_array_length(root) != 2)
			abort();
	}
	for (const char *p = line; p && *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7F)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(freep) char *text = xstrndup((const char *)data, size);
	CLEANUP(json_putp) struct json_object *object = NULL;
	size_t len = strlen(text);
	const char *why;

	if (len < size && json_parse(data + len + 1, size - len - 1, &object, &why) < 0)
		object = NULL;
	free(rendered(text, object));
	check_filters(text, object);
	return 0;
}
