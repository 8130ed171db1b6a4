/* Finds text and ids in what Maax sent. See mapping.h. */
#include <json-c/json.h>
#include <string.h>

#include "base/content.h"
#include "base/json.h"
#include "mapping.h"

#define MAX_ID 256 /* bytes of an id or contact that are believed */

void mapped_done(struct mapped *mapped)
{
	free(mapped->text);
	free(mapped->conversation_id);
	free(mapped->prospect_id);
	free(mapped->incoming_message_id);
	free(mapped->contact);
	*mapped = (struct mapped){ 0 };
}

static void lower(char *text)
{
	for (; text && *text; text++)
		if (*text >= 'A' && *text <= 'Z')
			*text = (char)(*text + 32);
}

static void read_content(const struct callback *callback, struct content *ret_content)
{
	content_read(callback->content_type, callback->body, callback->body_size, ret_content);
}

/* A string or number that is not blank, as a heap string; else NULL. True and false are flags. */
static char *value_text(struct json_object *value, size_t max)
{
	size_t len = 0;
	CLEANUP(freep) char *text = NULL;

	if (json_object_is_type(value, json_type_boolean))
		return NULL;
	text = json_text(value, &len);
	if (!text || len > max || content_is_blank(text, len))
		return NULL;
	/* A NUL inside would hide the rest of the text from everybody after us. */
	return strlen(text) == len ? TAKE(text) : json_clean_text(text, len);
}

/* First pointer of the list that leads to a text. A heap string or NULL. */
static char *find_text(struct json_object *object, const struct words *pointers, size_t max)
{
	for (size_t i = 0; i < pointers->count; i++) {
		char *text = value_text(json_at(object, pointers->word[i]), max);

		if (text)
			return text;
	}
	return NULL;
}

static void fill(char **field, struct json_object *object, const struct words *pointers, size_t max)
{
	if (!*field)
		*field = find_text(object, pointers, max);
}

/* Takes out of an object what has not been found before. */
static void map_object(const struct config_maax *maax, struct json_object *object,
		       struct mapped *mapped)
{
	fill(&mapped->text, object, &maax->map_text, SIZE_MAX);
	fill(&mapped->conversation_id, object, &maax->map_conversation_id, MAX_ID);
	fill(&mapped->prospect_id, object, &maax->map_prospect_id, MAX_ID);
	fill(&mapped->incoming_message_id, object, &maax->map_incoming_message_id, MAX_ID);
	fill(&mapped->contact, object, &maax->map_contact, MAX_ID);
	lower(mapped->contact);
}

/* A body that is no JSON object and no form: is it the text itself? */
static void map_plain(const struct content *content, struct mapped *mapped)
{
	if (content_is_blank(content->data, content->len))
		mapped->reason = "it is empty";
	else if (content->is_json)
		mapped->text = value_text(content->root, SIZE_MAX);
	else if (content_is_text_type(content->type))
		mapped->text = json_clean_text(content->data, content->len);
	else if (content_is_json_type(content->type))
		mapped->reason = "it is declared as JSON and does not parse";
	if (!mapped->text && !mapped->reason)
		mapped->reason = "it is neither a JSON object, a form, nor text";
}

void mapping_map(const struct config_maax *maax, const struct callback *callback,
		 struct mapped *ret_mapped)
{
	CLEANUP(content_done) struct content content;
	CLEANUP(json_putp) struct json_object *form = NULL;
	CLEANUP(json_putp) struct json_object *query = json_object_new_object();
	struct json_object *object;
	bool has_query;

	*ret_mapped = (struct mapped){ 0 };
	read_content(callback, &content);
	object = content_object(content.root);
	if (!content.is_json) /* or curl's default type would make a form of a bare string */
		object = form = content_form(&content, callback->content_type);
	map_object(maax, object, ret_mapped);
	if (callback->query)
		json_add_form(query, callback->query, strlen(callback->query));
	map_object(maax, query, ret_mapped);
	if (ret_mapped->text)
		return;
	has_query = json_object_object_length(query) > 0;
	if (object || (has_query && content_is_blank(content.data, content.len)))
		ret_mapped->reason = "no pointer of map_text leads to a text in it";
	else
		map_plain(&content, ret_mapped);
}

void mapping_map_reply(const struct config_maax *maax, const char *body, size_t len,
		       struct mapped *ret_mapped)
{
	CLEANUP(content_done) struct content content;
	struct json_object *object;

	*ret_mapped = (struct mapped){ 0 };
	content_read(NULL, body, len, &content);
	object = content_object(content.root);
	fill(&ret_mapped->conversation_id, object, &maax->map_conversation_id, MAX_ID);
	fill(&ret_mapped->prospect_id, object, &maax->map_prospect_id, MAX_ID);
	fill(&ret_mapped->incoming_message_id, object, &maax->map_incoming_message_id, MAX_ID);
}

struct json_object *mapping_raw(const struct callback *callback)
{
	CLEANUP(content_done) struct content content;
	CLEANUP(freep) char *text = NULL;
	const char *data = callback->body;
	size_t len = callback->body_size;

	read_content(callback, &content);
	if (content.root)
		return TAKE(content.root);
	if (!data || len == 0) {
		data = callback->query;
		len = data ? strlen(data) : 0;
	}
	if (!data)
		return NULL;
	text = json_clean_text(data, len);
	return json_object_new_string(text);
}
