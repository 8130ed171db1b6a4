/* multipart/form-data: a line of content type, and the body. */
#include "fuzz/fuzz.h"

#include "base/json.h"
#include "base/multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };
	CLEANUP(freep) char *type = fuzz_line(&input);
	CLEANUP(freep) char *body = fuzz_rest(&input);
	CLEANUP(json_putp) struct json_object *fields = json_object_new_object();

	multipart_add(fields, type, body, input.size);
	MUST(json_object_object_length(fields) <= MULTIPART_MAX_PARTS);
	json_object_object_foreach(fields, key, value)
	{
		MUST(key[0] != '\0' && json_is_utf8(key, strlen(key)));
		MUST(json_is_utf8(json_object_get_string(value),
				  (size_t)json_object_get_string_len(value)));
	}
	return 0;
}
