/*
 * Any condition on any object: "CONDITION NUL JSON". One that is accepted is accepted in
 * parentheses too, and "not" turns it round.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/condition.h"
#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* 1, 0, or -EINVAL if it is no condition. */
static int tested(const char *text, struct json_object *object)
{
	CLEANUP(condition_freep) struct condition *condition = NULL;
	CLEANUP(freep) char *why = NULL;
	int r = condition_parse(text, &condition, &why);

	if (r < 0) {
		if (r != -EINVAL || condition || !why || !json_is_utf8(why, strlen(why)))
			abort();
		return r;
	}
	if (why || !streq(condition_text(condition), text))
		abort();
	return condition_test(condition, object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(freep) char *text = xstrndup((const char *)data, size);
	CLEANUP(json_putp) struct json_object *object = NULL;
	CLEANUP(freep) char *negated = xasprintf("not (%s)", text);
	size_t len = strlen(text);
	const char *why;
	int result, opposite;

	if (len < size && json_parse(data + len + 1, size - len - 1, &object, &why) < 0)
		object = NULL;
	result = tested(text, object);
	opposite = tested(negated, object);
	/* The negation may be too long or too deep; and "a) or (b" is right only inside. */
	if (result >= 0 && opposite >= 0 && result == opposite)
		abort();
	return 0;
}
