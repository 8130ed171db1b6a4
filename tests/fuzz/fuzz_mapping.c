/* A callback: a line of content type, a line of query, and the body. */
#include "fuzz/fuzz.h"

#include "base/json.h"
#include "mapping.h"

static struct config_maax maax;

static void init(void)
{
	if (maax.map_text.count > 0)
		return;
	fuzz_words("/message_content /answer /data/text #/Reply%20Text /list/1/text",
		   &maax.map_text);
	fuzz_words("/conversation_id /conversation/id", &maax.map_conversation_id);
	fuzz_words("/prospect_id", &maax.map_prospect_id);
	fuzz_words("/incoming_message_id", &maax.map_incoming_message_id);
	fuzz_words("/email", &maax.map_contact);
}

static void check_text(const char *text, size_t max)
{
	MUST(!text || (text[0] != '\0' && strlen(text) <= max));
	MUST(!text || json_is_utf8(text, strlen(text)));
}

static void check_mapped(const struct mapped *mapped)
{
	MUST(!mapped->text == !!mapped->reason);
	check_text(mapped->text, SIZE_MAX);
	/* A NUL in an id becomes three bytes. */
	check_text(mapped->conversation_id, 3 * 256);
	check_text(mapped->prospect_id, 3 * 256);
	check_text(mapped->incoming_message_id, 3 * 256);
	check_text(mapped->contact, 3 * 256);
}

/* It goes into a webhook, so it must be JSON whatever came. */
static void check_raw(const struct callback *callback)
{
	CLEANUP(json_putp) struct json_object *raw = mapping_raw(callback);
	CLEANUP(json_putp) struct json_object *again = NULL;
	size_t len = 0;
	CLEANUP(freep) char *text = json_format(raw, &len);
	const char *why = NULL;

	MUST(json_parse(text, len, &again, &why) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };
	CLEANUP(freep) char *type = fuzz_line(&input);
	CLEANUP(freep) char *query = fuzz_line(&input);
	CLEANUP(freep) char *body = fuzz_rest(&input);
	CLEANUP(mapped_done) struct mapped mapped = { 0 };
	CLEANUP(mapped_done) struct mapped reply = { 0 };
	struct callback callback = {
		.content_type = type[0] ? type : NULL,
		.query = query[0] ? query : NULL,
		.body = input.size > 0 ? body : NULL,
		.body_size = input.size,
	};

	init();
	mapping_map(&maax, &callback, &mapped);
	check_mapped(&mapped);
	mapping_map_reply(&maax, body, input.size, &reply);
	check_text(reply.conversation_id, 3 * 256);
	check_raw(&callback);
	return 0;
}
