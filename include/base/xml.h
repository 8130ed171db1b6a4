/*
 * XML as JSON, by one rule, so that JSON Pointers reach into it. The only file that knows libxml2.
 *
 *   <order id="7"><name>Ann</name><tag>a</tag><tag>b</tag></order>
 *   {"order": {"@id": "7", "name": "Ann", "tag": ["a", "b"]}}
 *
 * The document is an object with one member, the root element. An element with neither attributes
 * nor elements in it is its text; every other one is an object: an attribute is "@name", an element
 * its name, repeated elements are one array, and text beside them is "#text", unless it is blank.
 * Blanks at the ends of a text are left out; CDATA is text; comments and processing instructions
 * are nothing. Names keep their prefix as it was written (soap:Body); declarations of namespaces
 * are left out.
 *
 * Nothing is fetched, and no entity is known but the five of XML itself: a document with a DOCTYPE
 * is refused.
 */
#ifndef MAAXD_BASE_XML_H
#define MAAXD_BASE_XML_H

#include "base/base.h"

#define XML_MAX_DEPTH 30    /* elements in one another: what JSON may nest, and its two ends */
#define XML_MAX_NODES 20000 /* elements and attributes */
#define XML_MAX_SIZE (2 * MIB)

struct json_object;

/*
 * 0 with the object, which is the caller's; or -EBADMSG with *ret_why (static text): it is no XML,
 * has a DOCTYPE, or is out of bounds.
 */
MUST_CHECK int xml_parse(const void *data, size_t len, struct json_object **ret_root,
			 const char **ret_why);

#endif
