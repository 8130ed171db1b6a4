/* A request or a mail as a JSON object. See hook_map.h. */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "base/buf.h"
#include "base/content.h"
#include "base/html.h"
#include "base/json.h"
#include "base/mail.h"
#include "base/mail_text.h"
#include "base/xml.h"
#include "hook_map.h"

#define MAX_SHOWN_REFERENCES 10 /* ids of a thread in the metadata */
#define MAX_SHOWN_ATTACHMENTS 10
#define MAX_SHOWN_ID 250 /* bytes of one of them */
#define MAX_SHOWN 150	 /* bytes of a name or subject in the metadata */

/* ---- requests ---- */

static struct json_object *text_object(const char *text, size_t len)
{
	struct json_object *object = json_object_new_object();
	CLEANUP(freep) char *clean = json_clean_text(text, len);

	json_put_string(object, "text", clean);
	return object;
}

/* What is JSON, but no object: an array of several things, a string, a number; else nothing. */
static struct json_object *wrap(struct json_object *root)
{
	struct json_object *object;
	size_t len = 0;
	CLEANUP(freep) char *text = NULL;

	if (json_object_is_type(root, json_type_array)) {
		object = json_object_new_object();
		json_put(object, "items", json_object_get(root));
		return object;
	}
	if (!json_object_is_type(root, json_type_boolean))
		text = json_text(root, &len);
	return text ? text_object(text, len) : json_object_new_object();
}

static bool is_xml_type(const char *type)
{
	size_t len = strlen(type);

	return streq(type, "application/xml") || streq(type, "text/xml") ||
	       (len > 4 && streq(type + len - 4, "+xml"));
}

static bool begins_like_xml(const struct content *content)
{
	size_t start = 0;

	while (start < content->len && strchr(" \t\r\n", content->data[start]) &&
	       content->data[start] != '\0')
		start++;
	return start < content->len && content->data[start] == '<';
}

/* The body alone. NULL with *ret_why when it is nothing that can be read. */
static struct json_object *body_object(const struct content *content, const char *content_type,
				       const char **ret_why)
{
	struct json_object *object = content_object(content->root);
	const char *xml_why = NULL;

	if (object)
		return json_object_get(object);
	if (content->is_json)
		return wrap(content->root);
	if (content_is_blank(content->data, content->len))
		return json_object_new_object();
	if ((begins_like_xml(content) || is_xml_type(content->type)) &&
	    xml_parse(content->data, content->len, &object, &xml_why) == 0)
		return object;
	object = content_form(content, content_type);
	if (object)
		return object;
	if (content_is_text_type(content->type) && !is_xml_type(content->type))
		return text_object(content->data, content->len);
	*ret_why = content_is_json_type(content->type) ? "it is declared as JSON and does not parse"
		   : xml_why			       ? xml_why
						       : "it is neither JSON, a form, XML nor text";
	return NULL;
}

static int request_object(const struct inbound *inbound, struct json_object **ret_object,
			  const char **ret_why)
{
	CLEANUP(content_done) struct content content;
	struct json_object *object;

	content_read(inbound->content_type, inbound->body, inbound->body_size, &content);
	object = body_object(&content, inbound->content_type, ret_why);
	if (!object)
		return -EBADMSG;
	if (inbound->query)
		json_add_form(object, inbound->query, strlen(inbound->query));
	*ret_object = object;
	return 0;
}

/* ---- mails ---- */

/* At most MAX_SHOWN bytes, whole characters. */
static void put_short(struct json_object *object, const char *key, const char *text)
{
	size_t len = text ? strnlen(text, MAX_SHOWN) : 0;

	while (len > 0 && !json_is_utf8(text, len))
		len--;
	json_put(object, key, text ? json_object_new_string_len(text, (int)len) : NULL);
}

/* "Ann Smith" and "Smith, Ann" in two; what has one name has a first one. Without a name, the
 * address up to the @ is one. */
static void put_names(struct json_object *object, const struct mail_address *address)
{
	const char *name = address->name ? address->name : address->email;
	const char *comma = name ? strchr(name, ',') : NULL;
	const char *blank = name ? strrchr(name, ' ') : NULL;
	const char *rest = comma ? comma + 1 + strspn(comma + 1, " ") : "";

	if (!address->name) {
		json_put(object, "first_name",
			 name ? json_object_new_string_len(name, (int)strcspn(name, "@")) : NULL);
	} else if (comma && rest[0]) {
		json_put_string(object, "first_name", rest);
		json_put(object, "last_name",
			 json_object_new_string_len(name, (int)(comma - name)));
	} else if (blank) {
		json_put(object, "first_name",
			 json_object_new_string_len(name, (int)(blank - name)));
		json_put_string(object, "last_name", blank + 1);
	} else {
		json_put_string(object, "first_name", name);
	}
}

static struct json_object *address_object(const struct mail_address *address)
{
	struct json_object *object;

	if (!address->email)
		return NULL;
	object = json_object_new_object();
	json_put_string(object, "email", address->email);
	json_put_string(object, "name", address->name);
	put_names(object, address);
	return object;
}

static struct json_object *attachments_array(const struct mail *mail, size_t max)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < mail->attachment_count && i < max; i++) {
		struct json_object *object = json_object_new_object();

		put_short(object, "name", mail->attachments[i].name);
		put_short(object, "type", mail->attachments[i].type);
		json_object_array_add(array, object);
	}
	return array;
}

/* As a header has it; of a long thread the first id, which names it, and the newest. */
static char *references_text(const struct mail *mail)
{
	CLEANUP(buf_done)
	struct buf text = BUF_INIT((MAX_SHOWN_REFERENCES + 1) * (MAIL_MAX_ID + 3));

	for (size_t i = 0; i < mail->reference_count; i++) {
		if (i > 0 && (mail->reference_count - i >= MAX_SHOWN_REFERENCES ||
			      strlen(mail->references[i]) > MAX_SHOWN_ID))
			continue;
		if (buf_add_format(&text, "%s<%s>", i > 0 ? " " : "", mail->references[i]) < 0)
			break;
	}
	return text.len > 0 ? buf_take(&text) : NULL;
}

/* What whoever answers the mail needs to know. */
static struct json_object *mail_metadata(const struct mail *mail)
{
	struct json_object *outer = json_object_new_object();
	struct json_object *object = json_object_new_object();
	CLEANUP(freep) char *references = references_text(mail);
	CLEANUP(freep) char *id = mail->message_id ? xasprintf("<%s>", mail->message_id) : NULL;

	json_put_string(object, "message_id", id);
	json_put_string(object, "references", references);
	put_short(object, "subject", mail->subject);
	put_short(object, "from", mail->from.email);
	put_short(object, "to", mail->to.email);
	json_put(outer, "mail", object);
	if (mail->attachment_count > 0)
		json_put(outer, "attachments", attachments_array(mail, MAX_SHOWN_ATTACHMENTS));
	return outer;
}

/* The plain text; without one, that of the HTML, if there is any that can be read. */
static void put_text(struct json_object *object, const struct mail *mail)
{
	CLEANUP(freep) char *stripped = NULL;
	CLEANUP(freep) char *converted = NULL;
	const char *text = mail->text;

	if (mail->html && (!text || content_is_blank(text, strlen(text))) &&
	    html_to_text(mail->html, strlen(mail->html), &converted) == 0)
		text = converted;
	if (!text)
		return;
	stripped = mail_text_strip(text);
	json_put_string(object, "text", stripped);
	json_put_string(object, "full_text", text);
}

/* The first id of the thread that it names; its own when it begins one. */
static const char *thread_of(const struct mail *mail)
{
	const char *id = mail->reference_count > 0 ? mail->references[0] : mail->message_id;

	return id && strlen(id) <= HOOK_MAX_KEY ? id : NULL;
}

static struct json_object *mail_object(const struct mail *mail)
{
	struct json_object *object = json_object_new_object();
	struct json_object *references = json_object_new_array();

	put_text(object, mail);
	json_put_string(object, "subject", mail->subject);
	json_put(object, "from", address_object(&mail->from));
	json_put(object, "reply_to", address_object(&mail->reply_to));
	json_put(object, "to", address_object(&mail->to));
	json_put_string(object, "message_id", mail->message_id);
	for (size_t i = 0; i < mail->reference_count; i++)
		json_object_array_add(references, json_object_new_string(mail->references[i]));
	json_put(object, "references", references);
	json_put(object, "attachments", attachments_array(mail, MAIL_MAX_ATTACHMENTS));
	json_put_string(object, "platform", "email");
	json_put_string(object, "conversation_key", thread_of(mail));
	json_put(object, "metadata", mail_metadata(mail));
	return object;
}

int hook_object(const struct inbound *inbound, struct json_object **ret_object,
		const char **ret_automatic, const char **ret_why)
{
	CLEANUP(mail_done) struct mail mail = { 0 };

	*ret_automatic = NULL;
	if (!streq(inbound->method, INBOUND_METHOD_MAIL))
		return request_object(inbound, ret_object, ret_why);
	if (mail_parse(inbound->body, inbound->body_size, &mail, ret_why) < 0)
		return -EBADMSG;
	*ret_automatic = mail.automatic;
	*ret_object = mail_object(&mail);
	return 0;
}
