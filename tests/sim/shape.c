/*
 * One function a shape writes the body; the table says which, and what content type is claimed.
 */
#include <stdio.h>

#include "shape.h"

#include "base/buf.h"
#include "base/json.h"

#define BOUNDARY "maax-sim-boundary-7d1f"
#define HUGE_TEXT (3 * MIB) /* more than a Zapier hook takes */

typedef void shape_fn(struct json_object *fields, const char *text, struct buf *out);

struct shape_row {
	const char *content_type;
	shape_fn *write;
};

/* Everything written here is bounded by what the sim was told, far below the ceiling. */
static void add(struct buf *out, const char *text)
{
	if (buf_add_text(out, text) < 0)
		abort();
}

static void add_json(struct buf *out, struct json_object *root)
{
	CLEANUP(freep) char *text = json_format(root, NULL);

	add(out, text);
}

static void write_flat(struct json_object *fields, const char *text, struct buf *out)
{
	(void)text;
	add_json(out, fields);
}

static void write_nested(struct json_object *fields, const char *text, struct buf *out)
{
	CLEANUP(json_putp) struct json_object *root = json_object_new_object();

	(void)text;
	json_put_string(root, "event", "response");
	json_put(root, "data", json_object_get(fields));
	add_json(out, root);
}

static void add_percent_encoded(struct buf *out, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~";

	for (; *text; text++) {
		char piece[4];

		if (strchr(plain, *text))
			snprintf(piece, sizeof(piece), "%c", *text);
		else if (*text == ' ')
			snprintf(piece, sizeof(piece), "+");
		else
			snprintf(piece, sizeof(piece), "%%%02X", (unsigned char)*text);
		add(out, piece);
	}
}

static void write_form(struct json_object *fields, const char *text, struct buf *out)
{
	const char *separator = "";

	(void)text;
	json_object_object_foreach(fields, name, value)
	{
		add(out, separator);
		add_percent_encoded(out, name);
		add(out, "=");
		add_percent_encoded(out, json_object_get_string(value));
		separator = "&";
	}
}

static void write_multipart(struct json_object *fields, const char *text, struct buf *out)
{
	(void)text;
	json_object_object_foreach(fields, name, value)
	{
		add(out, "--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"");
		add(out, name);
		add(out, "\"\r\n\r\n");
		add(out, json_object_get_string(value));
		add(out, "\r\n");
	}
	add(out, "--" BOUNDARY "--\r\n");
}

static void write_text(struct json_object *fields, const char *text, struct buf *out)
{
	(void)fields;
	add(out, text);
}

static void write_json_string(struct json_object *fields, const char *text, struct buf *out)
{
	CLEANUP(json_putp) struct json_object *string = json_object_new_string(text);

	(void)fields;
	add_json(out, string);
}

static void write_array(struct json_object *fields, const char *text, struct buf *out)
{
	(void)text;
	add(out, "[");
	add_json(out, fields);
	add(out, "]");
}

static void write_bom(struct json_object *fields, const char *text, struct buf *out)
{
	(void)text;
	add(out, "\xef\xbb\xbf");
	add_json(out, fields);
}

static void add_xml_text(struct buf *out, const char *text)
{
	for (; *text; text++) {
		const char single[] = { *text, '\0' };

		if (*text == '<')
			add(out, "&lt;");
		else
			add(out, *text == '&' ? "&amp;" : single);
	}
}

static void write_xml(struct json_object *fields, const char *text, struct buf *out)
{
	(void)fields;
	add(out, "<?xml version=\"1.0\"?>\n<answer><message_content>");
	add_xml_text(out, text);
	add(out, "</message_content></answer>\n");
}

static void write_garbage(struct json_object *fields, const char *text, struct buf *out)
{
	static const char bytes[] = "{\"message_content\": \"\xff\xfe\x00\xc0\x80\x1b[2J', nope";

	(void)fields, (void)text;
	if (buf_add(out, bytes, sizeof(bytes) - 1) < 0)
		abort();
}

static void write_unknown_fields(struct json_object *fields, const char *text, struct buf *out)
{
	CLEANUP(json_putp) struct json_object *root = json_object_new_object();

	(void)fields;
	json_put_string(root, "zq_1", text);
	json_put_string(root, "zq_2", "something else");
	add_json(out, root);
}

static void write_nothing(struct json_object *fields, const char *text, struct buf *out)
{
	(void)fields, (void)text, (void)out;
}

static const struct shape_row shapes[SHAPE_MAX] = {
	[SHAPE_FLAT] = { "application/json", write_flat },
	[SHAPE_NESTED] = { "application/json", write_nested },
	[SHAPE_FORM] = { "application/x-www-form-urlencoded", write_form },
	[SHAPE_MULTIPART] = { "multipart/form-data; boundary=" BOUNDARY, write_multipart },
	[SHAPE_TEXT] = { "text/plain; charset=utf-8", write_text },
	[SHAPE_JSON_STRING] = { "application/json", write_json_string },
	[SHAPE_ARRAY] = { "application/json", write_array },
	[SHAPE_BOM] = { "application/json", write_bom },
	[SHAPE_QUERY] = { NULL, write_nothing },
	[SHAPE_XML] = { "application/xml", write_xml },
	[SHAPE_GARBAGE] = { "application/json", write_garbage },
	[SHAPE_HUGE] = { "application/json", write_flat },
	[SHAPE_UNKNOWN_FIELDS] = { "application/json", write_unknown_fields },
	[SHAPE_EMPTY] = { "application/json", write_nothing },
};

static struct json_object *make_fields(const struct behaviour *behaviour,
				       const struct shape_content *content, const char *text)
{
	struct json_object *fields = json_object_new_object();

	json_put_string(fields, behaviour->field, text);
	if (behaviour->without_ids)
		return fields;
	json_put_int(fields, "conversation_id", content->conversation_id);
	json_put_int(fields, "prospect_id", content->prospect_id);
	if (content->incoming_message_id)
		json_put_int(fields, "incoming_message_id", content->incoming_message_id);
	if (content->prospect_info)
		json_put(fields, "prospect_info", json_object_get(content->prospect_info));
	return fields;
}

/* The text, lengthened with dots to the size that is asked for. */
static char *padded(const char *text, size_t size)
{
	size_t len = strlen(text);
	char *result;

	if (len >= size)
		return xstrdup(text);
	result = xcalloc(size + 1, 1);
	memcpy(result, text, len);
	memset(result + len, '.', size - len);
	return result;
}

static char *make_url(const struct behaviour *behaviour, const char *url, enum shape shape,
		      struct json_object *fields)
{
	CLEANUP(buf_done) struct buf out = BUF_INIT(16 * MIB);

	add(&out, url);
	if (behaviour->slash)
		add(&out, "/");
	if (shape == SHAPE_QUERY) {
		add(&out, strchr(url, '?') ? "&" : "?");
		write_form(fields, "", &out);
	}
	return buf_take(&out);
}

struct outgoing *shape_make(const struct behaviour *behaviour, const struct shape_content *content)
{
	static const char *const methods[] = { "POST", "PUT", "GET" };
	const enum shape fallback = behaviour->method == METHOD_GET ? SHAPE_QUERY : SHAPE_FLAT;
	const enum shape shape = behaviour->shape == SHAPE_MAX ? fallback : behaviour->shape;
	const size_t size = behaviour->size || shape != SHAPE_HUGE ? behaviour->size : HUGE_TEXT;
	const char *type = shapes[shape].content_type;
	CLEANUP(freep) char *text = padded(content->text, size);
	CLEANUP(json_putp) struct json_object *fields = make_fields(behaviour, content, text);
	CLEANUP(freep) char *url = make_url(behaviour, content->url, shape, fields);
	struct outgoing *outgoing;

	if (behaviour->content_type[0])
		type = streq(behaviour->content_type, "none") ? NULL : behaviour->content_type;
	outgoing = outgoing_new(methods[behaviour->method], url, type);
	outgoing->chunked = behaviour->chunked;
	shapes[shape].write(fields, text, &outgoing->body);
	return outgoing;
}
