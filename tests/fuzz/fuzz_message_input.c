/* The body of POST /v1/messages: a message, or errors that are JSON. */
#include "fuzz/fuzz.h"

#include <errno.h>

#include "api/message_input.h"
#include "base/json.h"

static struct config_ai ais[] = { { .name = (char *)"sales", .ai_id = 123 } };
static const struct config config = { .ais = ais, .ai_count = 1 };
static const struct config_source source = { .name = (char *)"crm", .ai = &ais[0], .max_text = 64 };

static void check_json(const char *text)
{
	CLEANUP(json_putp) struct json_object *root = NULL;
	const char *why = NULL;

	MUST(json_parse(text, strlen(text), &root, &why) == 0);
}

static void check_request(const struct intake_request *request)
{
	MUST(request->ai == &ais[0] && request->source == &source);
	MUST(request->message_content && strlen(request->message_content) <= 64);
	MUST(request->platform && request->contacts[0] && request->contacts[0][0] != '\0');
	MUST(!request->conversation || !request->conversation_key);
	check_json(request->prospect_info);
	if (request->metadata)
		check_json(request->metadata);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(message_input_done) struct message_input input;
	CLEANUP(freep) char *errors = NULL;
	int r = message_input_parse(&config, &source, data, size, &input, &errors);

	MUST(r == 0 || r == -EBADMSG || r == -EINVAL);
	MUST((r == 0) == (errors == NULL));
	if (r == 0)
		check_request(&input.request);
	else if (r == -EINVAL)
		check_json(errors);
	return 0;
}
