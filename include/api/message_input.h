/*
 * The body of POST /v1/messages, checked. Malformed JSON is 400; well-formed but wrong is 422 with
 * an entry in `errors` for each field, {"field": JSON Pointer, "detail": what is wrong and what to
 * send}.
 */
#ifndef MAAXD_API_MESSAGE_INPUT_H
#define MAAXD_API_MESSAGE_INPUT_H

#include "intake.h"

struct json_object;

#define MESSAGE_INPUT_MAX_CONTACTS 8

/* The checked input; `request` points into the rest. */
struct message_input {
	struct intake_request request;
	struct json_object *body;
	char *prospect_info;
	char *metadata;
	char *prospect_id;
	char *conversation_id;
	char *contacts[MESSAGE_INPUT_MAX_CONTACTS + 1]; /* NULL-terminated */
};

void message_input_done(struct message_input *input);

/*
 * Parses and checks `len` bytes for a source. 0; -EBADMSG when it is not a JSON object (*ret_errors
 * is then a heap text that says why); -EINVAL with *ret_errors, a JSON array text. All is the
 * caller's in every case.
 */
MUST_CHECK int message_input_parse(const struct config *config, const struct config_source *source,
				   const void *body, size_t len, struct message_input *input,
				   char **ret_errors);

#endif
