/* Builds JSON out of the events of libxml2's SAX2 parser; no tree of its own is kept. See xml.h. */
#include <errno.h>
#include <json-c/json.h>
#include <libxml/parser.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/xml.h"

#define BLANKS " \t\r\n"

/* An element that is open. */
struct element {
	char *name;
	struct json_object *members; /* attributes and elements so far; NULL: none */
	struct buf text;
};

struct builder {
	xmlParserCtxtPtr parser;
	struct element elements[XML_MAX_DEPTH];
	unsigned depth;
	unsigned nodes;
	struct json_object *root;
	const char *why; /* static text, once it is refused */
};

static void element_done(struct element *element)
{
	free(element->name);
	json_object_put(element->members);
	buf_done(&element->text);
	*element = (struct element){ 0 };
}

static void builder_done(struct builder *builder)
{
	for (unsigned i = 0; i < builder->depth; i++)
		element_done(&builder->elements[i]);
	json_object_put(builder->root);
	if (builder->parser)
		xmlFreeParserCtxt(builder->parser);
}

static void refuse(struct builder *builder, const char *why)
{
	if (!builder->why)
		builder->why = why;
	xmlStopParser(builder->parser);
}

static bool count_node(struct builder *builder)
{
	if (++builder->nodes <= XML_MAX_NODES)
		return true;
	refuse(builder, "it has more than 20000 elements and attributes");
	return false;
}

static char *full_name(const char *before, const xmlChar *prefix, const xmlChar *name)
{
	return xasprintf("%s%s%s%s", before, prefix ? (const char *)prefix : "", prefix ? ":" : "",
			 (const char *)name);
}

/* Adds a member; a name that is there already makes an array of both. Takes the value. */
static void add_member(struct json_object **members, const char *name, struct json_object *value)
{
	struct json_object *before = NULL;
	struct json_object *array;

	if (!*members)
		*members = json_object_new_object();
	if (!json_object_object_get_ex(*members, name, &before)) {
		json_put(*members, name, value);
		return;
	}
	if (json_object_is_type(before, json_type_array)) {
		json_object_array_add(before, value);
		return;
	}
	array = json_object_new_array();
	json_object_array_add(array, json_object_get(before));
	json_object_array_add(array, value);
	json_put(*members, name, array);
}

/* The value of attribute `index`: five pointers each, value and its end are the last two. */
static void add_attribute(struct element *element, const xmlChar **attribute)
{
	const char *value = (const char *)attribute[3];
	CLEANUP(freep) char *name = full_name("@", attribute[1], attribute[0]);

	add_member(&element->members, name,
		   json_object_new_string_len(value, (int)((const char *)attribute[4] - value)));
}

/* NOLINTNEXTLINE(readability-function-size): libxml2 decides what it is called with. */
static void on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
		     int namespace_count, const xmlChar **namespaces, int attribute_count,
		     int defaulted_count, const xmlChar **attributes)
{
	struct builder *builder = ctx;
	struct element *element = &builder->elements[builder->depth];

	(void)uri;
	(void)namespace_count;
	(void)namespaces;
	(void)defaulted_count;
	if (builder->why || !count_node(builder))
		return;
	if (builder->depth == XML_MAX_DEPTH) {
		refuse(builder, "its elements are nested too deep");
		return;
	}
	builder->depth++;
	*element = (struct element){ .name = full_name("", prefix, name),
				     .text = BUF_INIT(XML_MAX_SIZE) };
	for (int i = 0; i < attribute_count && count_node(builder); i++)
		add_attribute(element, &attributes[5 * (size_t)i]);
}

/* The text without blanks at its ends; NULL when nothing else is there and `is_needed` is false. */
static struct json_object *take_text(struct element *element, bool is_needed)
{
	const char *text = buf_text(&element->text);
	size_t len = element->text.len;

	while (len > 0 && strchr(BLANKS, text[len - 1]))
		len--;
	while (len > 0 && strchr(BLANKS, *text)) {
		text++;
		len--;
	}
	return len > 0 || is_needed ? json_object_new_string_len(text, (int)len) : NULL;
}

static void on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct builder *builder = ctx;
	struct element *element;
	struct json_object *value;

	(void)name;
	(void)prefix;
	(void)uri;
	if (builder->why || builder->depth == 0)
		return;
	element = &builder->elements[--builder->depth];
	value = take_text(element, !element->members);
	if (element->members) {
		if (value)
			json_put(element->members, "#text", value);
		value = TAKE(element->members);
	}
	add_member(builder->depth > 0 ? &builder->elements[builder->depth - 1].members
				      : &builder->root,
		   element->name, value);
	element_done(element);
}

static void on_text(void *ctx, const xmlChar *text, int len)
{
	struct builder *builder = ctx;

	if (builder->why || builder->depth == 0)
		return;
	if (buf_add(&builder->elements[builder->depth - 1].text, text, (size_t)len) < 0)
		refuse(builder, "a text in it is too long");
}

static void on_doctype(void *ctx, const xmlChar *name, const xmlChar *external,
		       const xmlChar *system)
{
	(void)name;
	(void)external;
	(void)system;
	refuse(ctx, "it has a DOCTYPE, which is not taken");
}

static xmlEntityPtr on_entity(void *ctx, const xmlChar *name)
{
	(void)ctx;
	return xmlGetPredefinedEntity(name);
}

static bool make_parser(struct builder *builder)
{
	xmlSAXHandler handler = {
		.initialized = XML_SAX2_MAGIC,
		.startElementNs = on_start,
		.endElementNs = on_end,
		.characters = on_text,
		.ignorableWhitespace = on_text,
		.cdataBlock = on_text,
		.internalSubset = on_doctype,
		.getEntity = on_entity,
	};

	builder->parser = xmlCreatePushParserCtxt(&handler, builder, NULL, 0, NULL);
	return builder->parser &&
	       xmlCtxtUseOptions(builder->parser,
				 XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING) == 0;
}

int xml_parse(const void *data, size_t len, struct json_object **ret_root, const char **ret_why)
{
	CLEANUP(builder_done) struct builder builder = { 0 };

	if (len > XML_MAX_SIZE) {
		*ret_why = "it is too long";
		return -EBADMSG;
	}
	if (!make_parser(&builder))
		abort(); /* out of memory */
	if (xmlParseChunk(builder.parser, data, (int)len, 1) != 0 && !builder.why)
		builder.why = "it is not well-formed XML";
	if (!builder.why && (!builder.parser->wellFormed || !builder.root))
		builder.why = "it is not well-formed XML";
	if (builder.why) {
		*ret_why = builder.why;
		return -EBADMSG;
	}
	*ret_root = TAKE(builder.root);
	return 0;
}
