/* Checks messages field by field. See message_input.h. */
#include "api/message_input.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "api/admin.h"
#include "base/buf.h"
#include "base/ids.h"
#include "base/json.h"
#include "base/words.h"
#include "dest/relay.h"

#define MAX_CONTACT 320 /* bytes: the longest e-mail address there is (RFC 5321) */
#define MAX_KEY 256
#define MAX_ID 64
#define MAX_METADATA (8 * KIB)
#define MAX_PROSPECT (8 * KIB)
#define MAX_ERRORS 20	/* of one body: a reply must not outgrow what it is about */
#define MAX_POINTER 256 /* bytes of a caller's own name that are repeated */

/* One body under check. */
struct check {
	const struct config *config;
	const struct config_source *source;
	bool is_maax; /* the drop-in API */
	struct message_input *input;
	struct json_object *errors;
};

typedef void check_fn(struct check *check, const char *pointer, struct json_object *value);

static void fail(struct check *check, const char *pointer, const char *detail)
{
	struct json_object *error;

	if (json_object_array_length(check->errors) >= MAX_ERRORS)
		return;
	error = json_object_new_object();
	json_put_string(error, "field", pointer);
	json_put_string(error, "detail", detail);
	json_object_array_add(check->errors, error);
}

/* The JSON Pointer of a member whose name the caller chose. A heap string. */
static char *make_pointer(const char *parent, const char *key)
{
	CLEANUP(buf_done) struct buf pointer = BUF_INIT(MAX_POINTER);
	int r = buf_add_format(&pointer, "%s/", parent);

	for (; *key && r == 0; key++) {
		const char plain[] = { *key, '\0' };

		r = buf_add_text(&pointer, *key == '~' ? "~0" : *key == '/' ? "~1" : plain);
	}
	/* A cut may have parted a character. */
	while (!json_is_utf8(buf_text(&pointer), pointer.len))
		pointer.data[--pointer.len] = '\0';
	return buf_take(&pointer);
}

/* The text of a string of 1 to max bytes without NUL; NULL after failing. */
static const char *get_text(struct check *check, const char *pointer, struct json_object *value,
			    size_t max)
{
	CLEANUP(freep) char *detail = NULL;
	size_t len;

	if (!json_object_is_type(value, json_type_string)) {
		fail(check, pointer, "send a string");
		return NULL;
	}
	len = (size_t)json_object_get_string_len(value);
	if (len == 0) {
		fail(check, pointer, "it is empty");
	} else if (len > max) {
		detail = xasprintf("it has %zu bytes; send at most %zu", len, max);
		fail(check, pointer, detail);
	} else if (strlen(json_object_get_string(value)) != len) {
		fail(check, pointer, "it holds a NUL character");
	} else {
		return json_object_get_string(value);
	}
	return NULL;
}

/* Maax's ids are integers; text of digits is taken as well. A heap string or NULL. */
static char *get_id(struct check *check, const char *pointer, struct json_object *value)
{
	CLEANUP(freep) char *text = NULL;
	size_t len = 0;

	if (json_object_is_type(value, json_type_int) ||
	    json_object_is_type(value, json_type_string))
		text = json_text(value, &len);
	if (text && len > 0 && len <= MAX_ID && strspn(text, "0123456789") == len)
		return TAKE(text);
	fail(check, pointer, "send the integer that Maax gave");
	return NULL;
}

static bool is_blank(const char *text)
{
	return text[strspn(text, " \t\r\n")] == '\0';
}

static void check_content(struct check *check, const char *pointer, struct json_object *value)
{
	const char *text = get_text(check, pointer, value, check->source->max_text);

	if (text && is_blank(text))
		fail(check, pointer, "it holds nothing but blanks");
	check->input->request.message_content = text;
}

static void check_platform(struct check *check, const char *pointer, struct json_object *value)
{
	const char *text = get_text(check, pointer, value, MAX_KEY);

	if (text && !streq(text, "website") && !streq(text, "email") && !streq(text, "sms"))
		fail(check, pointer, "send website, email or sms");
	check->input->request.platform = text;
}

static void check_source(struct check *check, const char *pointer, struct json_object *value)
{
	const char *text = get_text(check, pointer, value, MAX_KEY);

	if (text && !streq(text, check->source->name))
		fail(check, pointer,
		     "it is not the source of this key; leave it out or use that source's key");
}

static void check_conversation(struct check *check, const char *pointer, struct json_object *value)
{
	const char *text = get_text(check, pointer, value, MAX_KEY);

	if (text &&
	    ids_parse(ID_CONVERSATION, text, strlen(text), &check->input->request.conversation) < 0)
		fail(check, pointer, "send an id that a reply of ours named (cnv_…)");
}

static void check_conversation_key(struct check *check, const char *pointer,
				   struct json_object *value)
{
	check->input->request.conversation_key = get_text(check, pointer, value, MAX_KEY);
}

static void check_prospect_id(struct check *check, const char *pointer, struct json_object *value)
{
	check->input->prospect_id = get_id(check, pointer, value);
}

static void check_conversation_id(struct check *check, const char *pointer,
				  struct json_object *value)
{
	check->input->conversation_id = get_id(check, pointer, value);
}

static void check_ai_id(struct check *check, const char *pointer, struct json_object *value)
{
	CLEANUP(freep) char *text = get_id(check, pointer, value);
	uint64_t number;

	if (!text)
		return;
	/* A leading zero, or more than fits, is no number of anybody's. */
	number = text[0] != '0' && strlen(text) <= 19 ? strtoull(text, NULL, 10) : 0;
	if (check->source->ai->ai_id == number) /* rather than a namesake of it */
		check->input->request.ai = check->source->ai;
	for (size_t i = 0; i < check->config->ai_count && !check->input->request.ai; i++)
		if (check->config->ais[i].ai_id == number)
			check->input->request.ai = &check->config->ais[i];
	if (!check->input->request.ai)
		fail(check, pointer, "no [ai] section has this ai_id");
}

static void check_service_type(struct check *check, const char *pointer, struct json_object *value)
{
	check->input->request.service_type = get_text(check, pointer, value, MAX_ID);
}

static void check_output_format(struct check *check, const char *pointer, struct json_object *value)
{
	const char *text = get_text(check, pointer, value, MAX_ID);

	if (text && !streq(text, "plain_text") && !streq(text, "html"))
		fail(check, pointer, "send plain_text or html");
	check->input->request.output_format = text;
}

static const char *get_url(struct check *check, const char *pointer, struct json_object *value)
{
	const char *url = get_text(check, pointer, value, RELAY_MAX_URL);
	const char *why;

	if (url && relay_check_url(check->source, url, &why) < 0)
		fail(check, pointer, why);
	return url;
}

static void check_response_url(struct check *check, const char *pointer, struct json_object *value)
{
	check->input->request.send_response_url = get_url(check, pointer, value);
}

static void check_followup_url(struct check *check, const char *pointer, struct json_object *value)
{
	check->input->request.followup_url = get_url(check, pointer, value);
}

static void check_metadata(struct check *check, const char *pointer, struct json_object *value)
{
	size_t len = 0;

	if (!json_object_is_type(value, json_type_object)) {
		fail(check, pointer, "send an object");
		return;
	}
	check->input->metadata = json_format(value, &len);
	if (len > MAX_METADATA)
		fail(check, pointer, "it is longer than 8 KiB");
}

/* ---- prospect_info ---- */

static const char *const prospect_keys[] = { "first_name", "last_name", "email",   "phone",
					     "facebook",   "instagram", "intercom" };

static bool is_prospect_key(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(prospect_keys); i++)
		if (streq(prospect_keys[i], key))
			return true;
	return false;
}

static bool is_contact_key(const char *key)
{
	return !streq(key, "first_name") && !streq(key, "last_name");
}

/* Numbers become text, which keeps a phone's plus and leading zeros out of doubt. NULL after
 * failing. */
static char *prospect_value(struct check *check, const char *key, struct json_object *value)
{
	CLEANUP(freep) char *pointer = make_pointer("/prospect_info", key);
	const char *text;

	if (json_object_is_type(value, json_type_int))
		return json_text(value, NULL);
	if (!json_object_is_type(value, json_type_string)) {
		fail(check, pointer, "send a string");
		return NULL;
	}
	/* Forms send empty fields and blank ones; they say nothing. */
	if (json_object_get_string_len(value) == 0)
		return xstrdup("");
	text = get_text(check, pointer, value, MAX_CONTACT);
	return xstrdup_null(text && is_blank(text) ? "" : text);
}

static void add_contact(struct check *check, const char *value)
{
	for (size_t i = 0; i < MESSAGE_INPUT_MAX_CONTACTS; i++) {
		if (check->input->contacts[i])
			continue;
		check->input->contacts[i] = admin_contact_key(value);
		return;
	}
}

/* A text that holds JSON, as a query parameter has to; the caller's. NULL when it does not. */
static struct json_object *parse_text(struct json_object *value)
{
	struct json_object *parsed = NULL;
	const char *why;

	if (json_parse(json_object_get_string(value), (size_t)json_object_get_string_len(value),
		       &parsed, &why) < 0)
		return NULL;
	return parsed;
}

static void check_prospect_info(struct check *check, const char *pointer, struct json_object *value)
{
	CLEANUP(json_putp) struct json_object *clean = json_object_new_object();
	CLEANUP(json_putp) struct json_object *parsed = NULL;
	size_t len = 0;

	if (check->is_maax && json_object_is_type(value, json_type_string))
		value = parsed = parse_text(value);
	if (!json_object_is_type(value, json_type_object)) {
		fail(check, pointer, "send an object with first_name and at least one contact");
		return;
	}
	json_object_object_foreach(value, key, member)
	{
		CLEANUP(freep) char *text = NULL;

		if (!is_prospect_key(key) && !check->is_maax) {
			CLEANUP(freep) char *unknown = make_pointer(pointer, key);

			fail(check, unknown,
			     "there is no such field: send first_name, last_name, email, phone, "
			     "facebook, instagram, intercom");
			continue;
		}
		if (member)
			text = prospect_value(check, key, member);
		if (!text || !text[0])
			continue;
		json_put_string(clean, key, text);
		if (is_prospect_key(key) && is_contact_key(key))
			add_contact(check, text);
	}
	if (!json_get_string(clean, "first_name"))
		fail(check, "/prospect_info/first_name", "it is required and must not be empty");
	if (!check->input->contacts[0])
		fail(check, pointer,
		     "give one contact at least: email, phone, facebook, instagram or intercom");
	check->input->prospect_info = json_format(clean, &len);
	if (len > MAX_PROSPECT)
		fail(check, pointer, "it is longer than 8 KiB");
}

/* ---- the table of fields ---- */

#define OURS 1 /* POST /v1/messages */
#define MAAX 2 /* the drop-in API */

static const struct field {
	const char *name;
	unsigned known, required; /* in OURS, MAAX */
	check_fn *check;
} fields[] = {
	{ "message_content", OURS | MAAX, OURS | MAAX, check_content },
	{ "platform", OURS | MAAX, OURS | MAAX, check_platform },
	{ "prospect_info", OURS | MAAX, OURS | MAAX, check_prospect_info },
	{ "source", OURS, 0, check_source },
	{ "conversation", OURS, 0, check_conversation },
	{ "conversation_key", OURS, 0, check_conversation_key },
	{ "prospect_id", OURS | MAAX, 0, check_prospect_id },
	{ "conversation_id", OURS | MAAX, 0, check_conversation_id },
	{ "ai_id", OURS | MAAX, 0, check_ai_id },
	{ "service_type", OURS | MAAX, 0, check_service_type },
	{ "output_format", OURS | MAAX, 0, check_output_format },
	{ "metadata", OURS, 0, check_metadata },
	{ "send_response_url", MAAX, MAAX, check_response_url },
	{ "followup_url", MAAX, MAAX, check_followup_url },
};

static void check_unknown(struct check *check, const char *key)
{
	const char *names[ARRAY_SIZE(fields)];
	size_t count = 0;
	CLEANUP(freep) char *pointer = NULL;
	CLEANUP(freep) char *detail = NULL;
	const char *closest;

	if (json_object_array_length(check->errors) >= MAX_ERRORS)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		if (!(fields[i].known & OURS))
			continue;
		if (streq(fields[i].name, key))
			return;
		names[count++] = fields[i].name;
	}
	closest = words_closest(key, names, count);
	pointer = make_pointer("", key);
	detail = closest ? xasprintf("there is no such field (did you mean %s?)", closest)
			 : xstrdup("there is no such field");
	fail(check, pointer, detail);
}

/* Forms and queries send empty values for what there is none of. */
static bool is_empty(struct json_object *value)
{
	return json_object_is_type(value, json_type_string) &&
	       json_object_get_string_len(value) == 0;
}

static void check_fields(struct check *check)
{
	unsigned dialect = check->is_maax ? MAAX : OURS;

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		CLEANUP(freep) char *pointer = xasprintf("/%s", fields[i].name);
		struct json_object *value = NULL;

		if (!(fields[i].known & dialect))
			continue;
		json_object_object_get_ex(check->input->body, fields[i].name, &value);
		if (check->is_maax && is_empty(value))
			value = NULL;
		if (value)
			fields[i].check(check, pointer, value);
		else if (fields[i].required & dialect)
			fail(check, pointer, "it is required");
	}
	if (check->is_maax)
		return;
	json_object_object_foreach(check->input->body, key, value)
	{
		(void)value;
		check_unknown(check, key);
	}
	if (check->input->request.conversation && check->input->request.conversation_key)
		fail(check, "/conversation", "send either conversation or conversation_key");
}

static void fill_request(struct message_input *input, const struct config_source *source)
{
	input->request.source = source;
	if (!input->request.ai)
		input->request.ai = source->ai;
	input->request.prospect_info = input->prospect_info;
	input->request.contacts = (const char *const *)input->contacts;
	input->request.metadata = input->metadata;
	input->request.prospect_id = input->prospect_id;
	input->request.conversation_id = input->conversation_id;
}

static int check_body(struct check *check, char **ret_errors)
{
	CLEANUP(json_putp) struct json_object *errors = json_object_new_array();

	check->errors = errors;
	check_fields(check);
	if (json_object_array_length(errors) > 0) {
		*ret_errors = json_format(errors, NULL);
		return -EINVAL;
	}
	fill_request(check->input, check->source);
	return 0;
}

int message_input_parse_maax(const struct config *config, const struct config_source *source,
			     struct json_object *body, struct message_input *input,
			     char **ret_errors)
{
	struct check check = {
		.config = config, .source = source, .is_maax = true, .input = input
	};
	int r;

	*input = (struct message_input){ .body = body };
	r = check_body(&check, ret_errors);
	/* To Maax no format means HTML; only an [ai] that names one knows better than the caller.
	 */
	if (r == 0 && !input->request.output_format && !input->request.ai->output_format)
		input->request.output_format = "";
	return r;
}

int message_input_parse(const struct config *config, const struct config_source *source,
			const void *body, size_t len, struct message_input *input,
			char **ret_errors)
{
	struct check check = { .config = config, .source = source, .input = input };
	const char *why = NULL;

	*input = (struct message_input){ 0 };
	if (json_parse(body, len, &input->body, &why) < 0) {
		*ret_errors = xasprintf("the body is not JSON: %s", why);
		return -EBADMSG;
	}
	if (!json_object_is_type(input->body, json_type_object)) {
		*ret_errors = xstrdup("the body must be a JSON object");
		return -EBADMSG;
	}
	return check_body(&check, ret_errors);
}

void message_input_done(struct message_input *input)
{
	json_object_put(input->body);
	free(input->prospect_info);
	free(input->metadata);
	free(input->prospect_id);
	free(input->conversation_id);
	for (size_t i = 0; i < MESSAGE_INPUT_MAX_CONTACTS; i++)
		free(input->contacts[i]);
	*input = (struct message_input){ 0 };
}
