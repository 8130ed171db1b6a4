/* Query strings and forms: a line with a name, and the query. */
#include "fuzz/fuzz.h"

#include "base/json.h"
#include "base/percent.h"
#include "http/internal.h"

static void check_get(const char *query, const char *name)
{
	struct http_request request = { .query = query };
	CLEANUP(freep) char *value = http_query_get(&request, name);

	MUST(!value || json_is_utf8(value, strlen(value)));
}

static void check_form(const char *form, size_t len)
{
	CLEANUP(json_putp) struct json_object *fields = json_object_new_object();
	CLEANUP(freep) char *text = NULL;

	json_add_form(fields, form, len);
	text = json_format(fields, NULL);
	MUST(json_is_utf8(text, strlen(text)));
}

static void check_decode(const char *text, size_t len, bool plus_is_blank)
{
	CLEANUP(freep) char *copy = xcalloc(len + 1, 1);
	size_t out;

	memcpy(copy, text, len);
	out = percent_decode(copy, len, plus_is_blank);
	MUST(out <= len && copy[out] == '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };
	CLEANUP(freep) char *name = fuzz_line(&input);
	CLEANUP(freep) char *rest = fuzz_rest(&input);
	CLEANUP(freep) char *query = xstrndup(rest, input.size);

	check_get(query, name);
	check_get(query, "limit");
	check_form(rest, input.size);
	check_decode(rest, input.size, true);
	check_decode(rest, input.size, false);
	return 0;
}
