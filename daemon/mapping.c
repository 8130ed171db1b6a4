/* Finds text and ids in what Maax sent. See mapping.h. */
#include <json-c/json.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/multipart.h"
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

/* The media type of a content type in lower case, without parameters. "" when there is none. */
static void media_type(const char *content_type, char out[static 64])
{
	size_t len = content_type ? strcspn(content_type, "; \t") : 0;

	if (len >= 64)
		len = 0;
	for (size_t i = 0; i < len; i++)
		out[i] = (char)(content_type[i] >= 'A' && content_type[i] <= 'Z'
					? content_type[i] + 32
					: content_type[i]);
	out[len] = '\0';
}

static bool is_blank(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!strchr(" \t\r\n", text[i]))
			return false;
	return true;
}

/* Bytes as UTF-8 text: what is not UTF-8 becomes U+FFFD, byte by byte; NUL too. */
static char *as_text(const char *data, size_t len)
{
	CLEANUP(buf_done) struct buf text = BUF_INIT(4 * len + 1);
	size_t i = 0;

	if (json_is_utf8(data, len) && !memchr(data, '\0', len))
		return xstrndup(data, len);
	while (i < len) {
		size_t n = 1;

		while (n <= 4 && i + n <= len && !json_is_utf8(data + i, n))
			n++;
		if (n > 4 || i + n > len || data[i] == '\0') {
			if (buf_add_text(&text, "\xEF\xBF\xBD") < 0)
				abort();
			i++;
			continue;
		}
		if (buf_add(&text, data + i, n) < 0)
			abort();
		i += n;
	}
	return buf_take(&text);
}

/* The body as JSON, as leniently as a Zapier hook: a BOM is skipped. True when it parses. */
static bool parse_body(const char *body, size_t len, struct json_object **ret_root)
{
	const char *why;

	if (len >= 3 && memcmp(body, "\xEF\xBB\xBF", 3) == 0) {
		body += 3;
		len -= 3;
	}
	return json_parse(body, len, ret_root, &why) == 0;
}

/* The object that pointers are followed in; an array of one object is that object. NULL: none. */
static struct json_object *as_object(struct json_object *root)
{
	if (json_object_is_type(root, json_type_array) && json_object_array_length(root) == 1)
		root = json_object_array_get_idx(root, 0);
	return json_object_is_type(root, json_type_object) ? root : NULL;
}

/* First pointer of the list that leads to a text or number which is not blank. A heap string or
 * NULL. */
static char *find_text(struct json_object *object, const struct words *pointers, size_t max)
{
	for (size_t i = 0; i < pointers->count; i++) {
		size_t len = 0;
		CLEANUP(freep) char *text = json_text(json_at(object, pointers->word[i]), &len);

		/* A NUL inside would hide the rest of the text from everybody after us. */
		if (!text || len > max || is_blank(text, len))
			continue;
		return strlen(text) == len ? TAKE(text) : as_text(text, len);
	}
	return NULL;
}

static void lower(char *text)
{
	for (; text && *text; text++)
		if (*text >= 'A' && *text <= 'Z')
			*text = (char)(*text + 32);
}

static void map_object(const struct config_maax *maax, struct json_object *object,
		       struct mapped *mapped)
{
	mapped->text = find_text(object, &maax->map_text, SIZE_MAX);
	mapped->conversation_id = find_text(object, &maax->map_conversation_id, MAX_ID);
	mapped->prospect_id = find_text(object, &maax->map_prospect_id, MAX_ID);
	mapped->incoming_message_id = find_text(object, &maax->map_incoming_message_id, MAX_ID);
	mapped->contact = find_text(object, &maax->map_contact, MAX_ID);
	lower(mapped->contact);
	if (!mapped->text)
		mapped->reason = "no pointer of map_text leads to a text in it";
}

static bool is_form_type(const char *type)
{
	return streq(type, "application/x-www-form-urlencoded") ||
	       streq(type, "multipart/form-data");
}

static bool is_json_type(const char *type)
{
	size_t len = strlen(type);

	return streq(type, "application/json") || (len > 5 && streq(type + len - 5, "+json"));
}

/* A body that is no JSON object and no form: is it the text itself? */
static void map_plain(const char *type, struct json_object *root, const struct callback *callback,
		      struct mapped *mapped)
{
	const char *body = callback->body;
	size_t len = callback->body_size;
	bool is_scalar = json_object_is_type(root, json_type_string) ||
			 json_object_is_type(root, json_type_int) ||
			 json_object_is_type(root, json_type_double);

	if (is_scalar) {
		size_t text_len = 0;
		CLEANUP(freep) char *text = json_text(root, &text_len);

		if (text && !is_blank(text, text_len))
			mapped->text = as_text(text, text_len);
	} else if (!root && !is_json_type(type) &&
		   (type[0] == '\0' || strncmp(type, "text/", 5) == 0)) {
		if (!is_blank(body, len))
			mapped->text = as_text(body, len);
	}
	if (mapped->text)
		return;
	if (is_blank(body, len))
		mapped->reason = "it is empty";
	else if (is_json_type(type) && !root)
		mapped->reason = "it is declared as JSON and does not parse";
	else
		mapped->reason = "it is neither a JSON object, a form, nor text";
}

/* Fields of a form, of multipart, and of the query, as one flat object. NULL when there are none.
 */
static struct json_object *fields_of(const char *type, const struct callback *callback)
{
	struct json_object *fields = json_object_new_object();

	if (streq(type, "application/x-www-form-urlencoded"))
		json_add_form(fields, callback->body, callback->body_size);
	else if (streq(type, "multipart/form-data"))
		multipart_add(fields, callback->content_type, callback->body, callback->body_size);
	if (callback->query)
		json_add_form(fields, callback->query, strlen(callback->query));
	if (json_object_object_length(fields) > 0)
		return fields;
	json_object_put(fields);
	return NULL;
}

void mapping_map(const struct config_maax *maax, const struct callback *callback,
		 struct mapped *ret_mapped)
{
	CLEANUP(json_putp) struct json_object *root = NULL;
	CLEANUP(json_putp) struct json_object *fields = NULL;
	const char *body = callback->body ? callback->body : "";
	struct json_object *object = NULL;
	char type[64];

	*ret_mapped = (struct mapped){ 0 };
	media_type(callback->content_type, type);
	if (callback->body && parse_body(body, callback->body_size, &root))
		object = as_object(root);
	if (!object)
		fields = object = fields_of(type, callback);
	if (object)
		map_object(maax, object, ret_mapped);
	else
		map_plain(type, root, callback, ret_mapped);
	/* A query without a text in it: the body may still be the text. */
	if (fields && !ret_mapped->text && !is_form_type(type) && callback->body_size > 0)
		map_plain(type, root, callback, ret_mapped);
}

void mapping_map_reply(const struct config_maax *maax, const char *body, size_t len,
		       struct mapped *ret_mapped)
{
	CLEANUP(json_putp) struct json_object *root = NULL;
	struct json_object *object = NULL;

	*ret_mapped = (struct mapped){ 0 };
	if (parse_body(body, len, &root))
		object = as_object(root);
	if (!object)
		return;
	ret_mapped->conversation_id = find_text(object, &maax->map_conversation_id, MAX_ID);
	ret_mapped->prospect_id = find_text(object, &maax->map_prospect_id, MAX_ID);
	ret_mapped->incoming_message_id = find_text(object, &maax->map_incoming_message_id, MAX_ID);
}

struct json_object *mapping_raw(const struct callback *callback)
{
	struct json_object *root = NULL;
	CLEANUP(freep) char *text = NULL;

	if (!callback->body || callback->body_size == 0) {
		return callback->query ? json_object_new_string(callback->query) : NULL;
	}
	if (parse_body(callback->body, callback->body_size, &root) && root)
		return root;
	text = as_text(callback->body, callback->body_size);
	return json_object_new_string(text);
}
