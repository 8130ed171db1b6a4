/* Requests to Maax and the meaning of its replies. See maax.h. */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "base/ids.h"
#include "base/json.h"
#include "maax.h"

void maax_request_done(struct maax_request *request)
{
	free(request->url);
	free(request->key_header);
	free(request->body);
	*request = (struct maax_request){ 0 };
}

char *maax_callback_url(const struct config *config, const struct tokens *tokens,
			const char *purpose, const char *subject)
{
	char token[TOKENS_TEXT_SIZE];

	return xasprintf("%s/cb/%s/%s", config->maaxd.public_url, purpose,
			 tokens_mint(tokens, purpose, subject, token));
}

/* Blank means HTML to Maax, so text is asked for by name wherever a channel can only show text. */
const char *maax_output_format(const struct config_ai *ai, const struct message *message)
{
	if (message->output_format)
		return message->output_format;
	if (ai->output_format)
		return ai->output_format;
	return streq(message->platform, "email") ? NULL : "plain_text";
}

/* Maax documents its ids as integers; one that we got as text of digits goes back as a number. */
static void put_id(struct json_object *object, const char *key, const char *id)
{
	char *end;
	long long number;

	if (!id)
		return;
	errno = 0;
	number = strtoll(id, &end, 10);
	if (errno == 0 && *end == '\0' && id[0] >= '1' && id[0] <= '9')
		json_put_int(object, key, number);
	else
		json_put_string(object, key, id);
}

static struct json_object *submit_body(const struct config *config, const struct tokens *tokens,
				       const struct config_ai *ai, const struct message *message,
				       const struct conversation *conversation)
{
	struct json_object *body = json_object_new_object();
	struct json_object *prospect_info = NULL;
	const char *format = maax_output_format(ai, message);
	CLEANUP(freep) char *answer_url = NULL;
	CLEANUP(freep) char *followup_url = NULL;
	char subject[IDS_TEXT_SIZE];
	const char *why;

	ids_format(ID_MESSAGE, message->id, subject);
	answer_url = maax_callback_url(config, tokens, MAAX_PURPOSE_ANSWER, subject);
	followup_url = maax_callback_url(config, tokens, MAAX_PURPOSE_FOLLOWUP, subject);
	json_put_string(body, "message_content", message->message_content);
	json_put_string(body, "platform", message->platform);
	json_put_int(body, "ai_id", (int64_t)ai->ai_id);
	json_put_string(body, "service_type",
			message->service_type ? message->service_type : ai->service_type);
	if (json_parse(message->prospect_info, strlen(message->prospect_info), &prospect_info,
		       &why) == 0)
		json_put(body, "prospect_info", prospect_info);
	put_id(body, "prospect_id", conversation->prospect_id);
	put_id(body, "conversation_id", conversation->conversation_id);
	if (format && format[0])
		json_put_string(body, "output_format", format);
	json_put_string(body, "send_response_url", answer_url);
	json_put_string(body, "followup_url", followup_url);
	return body;
}

static void add_query_value(struct buf *url, const char *key, const char *value, size_t len)
{
	int r = buf_add_format(url, "%s%s=", strchr(url->data, '?') ? "&" : "?", key);

	for (size_t i = 0; r == 0 && i < len; i++) {
		unsigned char c = (unsigned char)value[i];
		bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
				(c >= '0' && c <= '9') || strchr("-._~", c);

		r = is_plain && c ? buf_add(url, &value[i], 1) : buf_add_format(url, "%%%02X", c);
	}
	if (r < 0)
		abort(); /* the text is bounded and the ceiling holds all of it */
}

/* request_encoding = query: Maax's tables are headed "Query Parameters", though its prose says
 * body. */
static char *query_url(const char *base, struct json_object *body)
{
	CLEANUP(buf_done) struct buf url = BUF_INIT(1 * MIB);

	if (buf_add_text(&url, base) < 0)
		abort();
	json_object_object_foreach(body, key, value)
	{
		size_t len = 0;
		CLEANUP(freep)
		char *text = json_object_is_type(value, json_type_object) ? json_format(value, &len)
									  : json_text(value, &len);

		if (text)
			add_query_value(&url, key, text, len);
	}
	return buf_take(&url);
}

static char *key_header(const struct config *config, const struct config_ai *ai)
{
	return xasprintf(MAAX_KEY_HEADER ": %s", ai->api_key ? ai->api_key : config->maax.api_key);
}

int maax_submit_request(const struct config *config, const struct tokens *tokens,
			const struct message *message, const struct conversation *conversation,
			struct maax_request *ret_request)
{
	const struct config_ai *ai = config_ai(config, message->ai);
	CLEANUP(json_putp) struct json_object *body = NULL;
	CLEANUP(freep) char *url = NULL;

	if (!ai)
		return -EINVAL;
	body = submit_body(config, tokens, ai, message, conversation);
	url = xasprintf("%s/outgoing-messages/", config->maax.base_url);
	*ret_request = (struct maax_request){ .key_header = key_header(config, ai) };
	if (config->maax.request_encoding == ENCODING_QUERY) {
		ret_request->url = query_url(url, body);
	} else {
		ret_request->url = TAKE(url);
		ret_request->body = json_format(body, NULL);
	}
	return 0;
}

int maax_history_request(const struct config *config, const char *ai_name,
			 const char *conversation_id, struct maax_request *ret_request)
{
	const struct config_ai *ai = config_ai(config, ai_name);

	/* The id came from outside and becomes part of a path. */
	if (!ai || conversation_id[0] == '\0' ||
	    conversation_id[strspn(conversation_id, "0123456789abcdefghijklmnopqrstuvwxyz"
						    "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_")] != '\0')
		return -EINVAL;
	*ret_request = (struct maax_request){
		.url = xasprintf("%s/conversations/%s/", config->maax.base_url, conversation_id),
		.key_header = key_header(config, ai),
	};
	return 0;
}

void maax_fetch_request(const struct config *config, const struct maax_request *request,
			const char *headers[static 4], struct fetch_request *ret_fetch)
{
	headers[0] = request->key_header;
	headers[1] = "Content-Type: application/json";
	headers[2] = "Accept: application/json";
	headers[3] = NULL;
	*ret_fetch = (struct fetch_request){
		.method = "POST",
		.url = request->url,
		.headers = headers,
		.body = request->body ? request->body : "",
		.body_len = request->body ? strlen(request->body) : 0,
		.timeout = config->maax.submit_timeout,
		.connect_timeout = config->maax.connect_timeout,
		.max_response = MAAX_MAX_RESPONSE,
		.ca_file = config->maax.ca_file,
		.fresh_connection = true,
	};
}

enum maax_verdict maax_judge(const struct fetch_result *result)
{
	if (result->error == FETCH_UNSENT)
		return MAAX_DOWN;
	if (result->error == FETCH_UNCERTAIN)
		return MAAX_UNCERTAIN;
	if (result->status >= 200 && result->status < 300)
		return MAAX_ACCEPTED;
	if (result->status >= 300 && result->status < 400)
		return MAAX_SUSPECT;
	switch (result->status) {
	case 400:
	case 413:
	case 422:
		return MAAX_REFUSED;
	case 401:
		return MAAX_BAD_KEY;
	case 403:
	case 404:
	case 405:
		return MAAX_SUSPECT;
	case 429:
		return MAAX_BUSY;
	default:
		return MAAX_DOWN;
	}
}

char *maax_describe(const struct fetch_result *result)
{
	if (result->error == FETCH_DONE)
		return xasprintf("HTTP %d", result->status);
	return xasprintf("%s%s%s",
			 result->error == FETCH_UNSENT ? "not sent" : "no reply, may have arrived",
			 result->detail && result->detail[0] ? ": " : "",
			 result->detail ? result->detail : "");
}
