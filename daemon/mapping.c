/* Finds text and ids in what Maax sent. See mapping.h. */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/multipart.h"
#include "mapping.h"

#define MAX_ID 256 /* bytes of an id or contact that are believed */
#define MAX_TYPE 64
#define BOM "\xEF\xBB\xBF"

void mapped_done(struct mapped *mapped)
{
	free(mapped->text);
	free(mapped->conversation_id);
	free(mapped->prospect_id);
	free(mapped->incoming_message_id);
	free(mapped->contact);
	*mapped = (struct mapped){ 0 };
}

/* What came in the body of a callback. */
struct content {
	const char *data; /* behind a BOM; borrowed */
	size_t len;
	char type[MAX_TYPE]; /* of media, in lower case, without parameters; "" when none */
	bool is_json;	     /* it parses; `root` is NULL for a JSON null */
	struct json_object *root;
};

static void content_done(struct content *content)
{
	json_object_put(content->root);
}

static void lower(char *text)
{
	for (; text && *text; text++)
		if (*text >= 'A' && *text <= 'Z')
			*text = (char)(*text + 32);
}

/* A name beyond MAX_TYPE is cut: it is none that we know. */
static void read_type(const char *content_type, char out[static MAX_TYPE])
{
	snprintf(out, MAX_TYPE, "%.*s", (int)strcspn(content_type, "; \t"), content_type);
	lower(out);
}

/* Bytes as leniently as a Zapier hook reads them: a BOM is skipped. */
static void read_bytes(const char *data, size_t len, struct content *ret_content)
{
	const char *why;

	if (len >= strlen(BOM) && memcmp(data, BOM, strlen(BOM)) == 0) {
		data += strlen(BOM);
		len -= strlen(BOM);
	}
	*ret_content = (struct content){ .data = data, .len = len };
	ret_content->is_json = json_parse(data, len, &ret_content->root, &why) == 0;
}

static void read_content(const struct callback *callback, struct content *ret_content)
{
	read_bytes(callback->body ? callback->body : "", callback->body ? callback->body_size : 0,
		   ret_content);
	read_type(callback->content_type ? callback->content_type : "", ret_content->type);
}

/* Blanks, line ends and NUL say nothing. */
static bool is_blank(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] != '\0' && !strchr(" \t\r\n", text[i]))
			return false;
	return true;
}

/* The object that pointers are followed in; an array of one object is that object. NULL: none. */
static struct json_object *as_object(struct json_object *root)
{
	if (json_object_is_type(root, json_type_array) && json_object_array_length(root) == 1)
		root = json_object_array_get_idx(root, 0);
	return json_object_is_type(root, json_type_object) ? root : NULL;
}

/* A string or number that is not blank, as a heap string; else NULL. True and false are flags. */
static char *value_text(struct json_object *value, size_t max)
{
	size_t len = 0;
	CLEANUP(freep) char *text = NULL;

	if (json_object_is_type(value, json_type_boolean))
		return NULL;
	text = json_text(value, &len);
	if (!text || len > max || is_blank(text, len))
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

static bool is_json_type(const char *type)
{
	size_t len = strlen(type);

	return streq(type, "application/json") || (len > 5 && streq(type + len - 5, "+json"));
}

/* A body that is no JSON object and no form: is it the text itself? */
static void map_plain(const struct content *content, struct mapped *mapped)
{
	const char *type = content->type;
	bool is_text = type[0] == '\0' || strncmp(type, "text/", 5) == 0;

	if (is_blank(content->data, content->len))
		mapped->reason = "it is empty";
	else if (content->is_json)
		mapped->text = value_text(content->root, SIZE_MAX);
	else if (is_text)
		mapped->text = json_clean_text(content->data, content->len);
	else if (is_json_type(type))
		mapped->reason = "it is declared as JSON and does not parse";
	if (!mapped->text && !mapped->reason)
		mapped->reason = "it is neither a JSON object, a form, nor text";
}

/* The fields of a form or of multipart as one flat object. NULL when there are none. */
static struct json_object *form_fields(const struct content *content, const char *content_type)
{
	struct json_object *fields = json_object_new_object();

	if (streq(content->type, "application/x-www-form-urlencoded"))
		json_add_form(fields, content->data, content->len);
	else if (streq(content->type, "multipart/form-data"))
		multipart_add(fields, content_type, content->data, content->len);
	if (json_object_object_length(fields) > 0)
		return fields;
	json_object_put(fields);
	return NULL;
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
	object = as_object(content.root);
	if (!content.is_json) /* or curl's default type would make a form of a bare string */
		object = form = form_fields(&content, callback->content_type);
	map_object(maax, object, ret_mapped);
	if (callback->query)
		json_add_form(query, callback->query, strlen(callback->query));
	map_object(maax, query, ret_mapped);
	if (ret_mapped->text)
		return;
	has_query = json_object_object_length(query) > 0;
	if (object || (has_query && is_blank(content.data, content.len)))
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
	read_bytes(body, len, &content);
	object = as_object(content.root);
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
