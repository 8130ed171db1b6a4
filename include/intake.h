/*
 * Intake: a valid message becomes rows, in one unit: conversation (found or made), message,
 * timeline line, idempotency key. Knows nothing of HTTP.
 *
 * On failure: a limit of the source is INTAKE_LIMITED; a message above the conversation's own limit
 * is stored `held`; a database that cannot store is a negative errno, and nothing was stored.
 */
#ifndef MAAXD_INTAKE_H
#define MAAXD_INTAKE_H

#include "core.h"
#include "options.h"
#include "store/messages.h"

struct intake;

struct intake *intake_new(struct core *core);
struct intake *intake_free(struct intake *intake);

/* What the caller asks for; checked by the caller (api/). All strings are borrowed. */
struct intake_request {
	const struct config_source *source;
	const struct config_ai *ai;
	const char *message_content;
	const char *platform;
	const char *prospect_info;   /* JSON object */
	const char *const *contacts; /* contact values of it, NULL-terminated */
	int64_t conversation;	     /* ours; 0: by key, or a new one */
	const char *conversation_key;
	const char *prospect_id; /* Maax's; NULL: none */
	const char *conversation_id;
	const char *service_type;
	const char *output_format;
	const char *metadata;
	const char *send_response_url; /* where callbacks are relayed to; NULL: nowhere */
	const char *followup_url;
};

enum intake_result {
	INTAKE_STORED,
	INTAKE_NO_CONVERSATION, /* `conversation` is not one of this source */
	INTAKE_LIMITED,		/* the source's limit_rate or limit_day is used up */
};

/*
 * Stores a message. Needs an open unit. An enum intake_result, or negative errno. With
 * INTAKE_STORED, *ret_message is the row (message_done()); with INTAKE_LIMITED, *ret_retry_after
 * says when to try again.
 */
MUST_CHECK int intake_store(struct intake *intake, const struct intake_request *request,
			    struct message *ret_message, usec_t *ret_retry_after);

#endif
