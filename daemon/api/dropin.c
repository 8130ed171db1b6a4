/* POST /api/v2/outgoing-messages/: a message as Maax takes it. See dropin.h. */
#include "api/dropin.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "api/accept.h"
#include "api/message_input.h"
#include "api/waits.h"
#include "base/json.h"

#define MAX_KEY 256 /* bytes of a conversation's key */

static void refuse(struct http_request *request, const char *code, const char *detail,
		   const char *errors)
{
	http_reply_problem(request, 400, code, detail, errors);
}

/* Body and query as one object, the body first. NULL: 400 has been replied. */
static struct json_object *read_parameters(struct http_request *request)
{
	CLEANUP(json_putp) struct json_object *object = NULL;
	CLEANUP(freep) char *detail = NULL;
	const char *query = http_query(request);
	const char *why = NULL;
	size_t len;
	const void *body = http_body(request, &len);

	if (len == 0)
		object = json_object_new_object();
	else if (json_parse(body, len, &object, &why) < 0)
		detail = xasprintf("the body is not JSON: %s", why);
	if (!detail && !json_object_is_type(object, json_type_object))
		detail = xstrdup("the body must be a JSON object");
	if (detail) {
		refuse(request, "bad_json", detail, NULL);
		return NULL;
	}
	json_add_form(object, query, strlen(query));
	return TAKE(object);
}

/* The request waits for Maax's reply; that of a message which an earlier request brought, too. */
static void reply_accepted(struct accept *accept, int64_t message, const char *response)
{
	struct wait_order order = {
		.message = message,
		.kind = WAIT_REPLY,
		.length = accept->api->core->config->maax.submit_timeout,
	};
	char text[IDS_TEXT_SIZE];

	(void)response; /* that of /v1 */
	http_add_header(accept->request, DROPIN_MESSAGE_HEADER,
			ids_format(ID_MESSAGE, message, text));
	waits_add(accept->api->waits, accept->request, &order);
}

/* ---- which conversation ---- */

/* The key of the conversation with whoever has this name there; a heap string. */
static char *conversation_key(const struct intake_request *request, const char *kind,
			      const char *name)
{
	CLEANUP(freep)
	char *key = xasprintf("maax:%s:%s:%s", request->ai->name, kind, name);
	uint8_t digest[SIGN_SHA256_SIZE];
	CLEANUP(freep) char *hex = NULL;

	if (strlen(key) > MAX_KEY) {
		sign_sha256(key, strlen(key), digest);
		hex = sign_hex(digest, sizeof(digest));
		return xasprintf("maax:sha256:%s", hex);
	}
	return TAKE(key);
}

/*
 * Without a conversation_id Maax goes on with the latest conversation of the prospect, so messages
 * with the same contact are one conversation here, too. A prospect_id that differs from the one
 * pinned there says that it is somebody else. 0 with *ret_key, or negative errno.
 */
static int choose_by_contact(struct api *api, const struct intake_request *request, char **ret_key)
{
	CLEANUP(conversation_done) struct conversation found = { 0 };
	CLEANUP(freep) char *key = conversation_key(request, "contact", request->contacts[0]);
	int r = conversations_by_key(api->core->db, request->source->name, key, &found);

	if (r < 0)
		return r;
	if (r > 0 && request->prospect_id && found.prospect_id &&
	    !streq(request->prospect_id, found.prospect_id)) {
		*ret_key = conversation_key(request, "prospect", request->prospect_id);
		return 0;
	}
	*ret_key = TAKE(key);
	return 0;
}

/* The key that says whose conversations at Maax an AI has. */
static const char *account_of(const struct config *config, const struct config_ai *ai)
{
	return ai->api_key ? ai->api_key : config->maax.api_key;
}

/* 1 when a conversation of Maax's is known here, with any AI of the same account there; 0 not. */
static int is_known(struct api *api, const struct intake_request *request)
{
	const struct config *config = api->core->config;

	for (size_t i = 0; i < config->ai_count; i++) {
		CLEANUP(conversation_done) struct conversation found = { 0 };
		int r;

		if (!streq(account_of(config, &config->ais[i]), account_of(config, request->ai)))
			continue;
		r = conversations_by_conversation_id(api->core->db, request->conversation_id,
						     config->ais[i].name, &found);
		if (r != 0)
			return r;
	}
	return 0;
}

/* Names the conversation in the request, by id or by key. 1; 0 when it is another source's;
 * negative errno. */
static int choose_conversation(struct api *api, struct intake_request *request, char **ret_key)
{
	CLEANUP(conversation_done) struct conversation found = { 0 };
	int r;

	if (!request->conversation_id) {
		r = choose_by_contact(api, request, ret_key);
		request->conversation_key = *ret_key;
		return r < 0 ? r : 1;
	}
	r = conversations_of_source(api->core->db, request->source->name, request->conversation_id,
				    &found);
	if (r > 0)
		request->conversation = found.id;
	if (r != 0)
		return r;
	r = is_known(api, request);
	return r < 0 ? r : r == 0;
}

/* ---- the request ---- */

static void take(struct accept *accept, struct intake_request *request)
{
	CLEANUP(freep) char *key = NULL;
	int r = choose_conversation(accept->api, request, &key);

	if (r < 0)
		api_reply_store_error(accept->request, r);
	else if (r == 0)
		refuse(accept->request, "invalid", "some parameters are wrong: see errors",
		       "[{\"field\":\"/conversation_id\",\"detail\":\"it is not a conversation of "
		       "this key's source\"}]");
	else
		accept_message(accept, request);
}

void api_dropin_message(struct http_request *request, void *ctx)
{
	struct api *api = ctx;
	struct accept accept = { .api = api, .request = request, .reply = reply_accepted };
	CLEANUP(message_input_done) struct message_input input = { 0 };
	CLEANUP(freep) char *errors = NULL;
	CLEANUP(freep) char *text = NULL;
	struct json_object *parameters;
	size_t len;

	accept.source = api_source(api, request);
	parameters = accept.source ? read_parameters(request) : NULL;
	if (!parameters)
		return;
	text = json_format(parameters, &len);
	if (!accept_begin(&accept, text, len))
		json_object_put(parameters);
	else if (message_input_parse_maax(api->core->config, accept.source, parameters, &input,
					  &errors) < 0)
		refuse(request, "invalid", "some parameters are wrong: see errors", errors);
	else
		take(&accept, &input.request);
	accept_done(&accept);
}
