/* JSON: what the checker takes, the parser takes; what is written is read back as the same. */
#include "fuzz/fuzz.h"

#include "base/json.h"
#include "base/json_check.h"

static void check_tree(struct json_object *root)
{
	static const char *const pointers[] = { "", "/a", "/0", "/a/0/b", "#/a%20b", "/~0~1" };
	struct json_object *again = NULL;
	const char *why = NULL;
	size_t len = 0, again_len = 0;
	CLEANUP(freep) char *text = json_format(root, &len);
	CLEANUP(freep) char *second = NULL;

	MUST(strlen(text) == len);
	MUST(json_parse(text, len, &again, &why) == 0);
	second = json_format(again, &again_len);
	MUST(streq(text, second));
	json_object_put(again);
	for (size_t i = 0; i < ARRAY_SIZE(pointers); i++) {
		CLEANUP(freep) char *value = json_text(json_at(root, pointers[i]), &len);

		MUST(!value || json_is_utf8(value, len));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(json_putp) struct json_object *root = NULL;
	CLEANUP(freep) char *clean = json_clean_text((const char *)data, size);
	const char *why = NULL, *check_why = NULL;
	int r = json_parse(data, size, &root, &why);

	MUST((r == 0) == (json_check(data, size, &check_why) >= 0));
	MUST(json_is_utf8(clean, strlen(clean)));
	if (json_is_utf8(data, size) && !memchr(data, '\0', size))
		MUST(strlen(clean) == size && memcmp(clean, data, size) == 0);
	if (r == 0)
		check_tree(root);
	else
		MUST(why && !root);
	return 0;
}
