/*
 * A message as a caller sends it, checked. What is wrong gets an entry in `errors` for each field,
 * {"field": JSON Pointer, "detail": what is wrong and what to send}.
 *
 * POST /v1/messages is strict: what it does not know is wrong. The drop-in API takes Maax's names
 * and is as lenient as Maax may be: unknown names are left out, empty values are none,
 * prospect_info may be JSON in a text and may have further members, which are passed on.
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

/* The same for the drop-in API; takes `body`, an object. 0 or -EINVAL with *ret_errors. */
MUST_CHECK int message_input_parse_maax(const struct config *config,
					const struct config_source *source,
					struct json_object *body, struct message_input *input,
					char **ret_errors);

#endif
