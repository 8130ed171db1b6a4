/*
 * Mapping: what a callback says, found by the lists of JSON Pointers in the configuration. Maax
 * does not document its payloads, so nothing here is certain: what maps to nothing is kept, shown
 * and can be mapped again when the lists are mended. Pure: no database, no clock.
 *
 * The order (DESIGN.md section 11): what parses as a JSON object is one, whatever its content type
 * (a BOM is skipped; an array of one object is that object); else forms and multipart are flat
 * objects; what is not found there is looked for in the query; at last the body may be the text
 * itself: a JSON string or number, and what is no JSON and of type text or of none. Declared JSON
 * that does not parse maps to nothing, nor do true, false, null and arrays.
 */
#ifndef MAAXD_MAPPING_H
#define MAAXD_MAPPING_H

#include "options.h"
#include "store/callbacks.h"

struct mapped {
	char *text; /* NULL: nothing mapped; reason says why */
	char *conversation_id;
	char *prospect_id;
	char *incoming_message_id;
	char *contact;	    /* lower case */
	const char *reason; /* static text; NULL when text is there */
};

void mapped_done(struct mapped *mapped);

/* Always fills *ret_mapped. Texts that are not UTF-8 have their bad bytes replaced by U+FFFD. */
void mapping_map(const struct config_maax *maax, const struct callback *callback,
		 struct mapped *ret_mapped);

/* An answer as it is offered beside `raw`, which is what Maax sent. */
struct mapped_forms {
	char *text; /* plain text */
	char *html; /* safe HTML (base/html.h), or NULL: the text says it all */
};

/*
 * The forms of a mapped text. `output_format` is what Maax was asked for: plain_text: the text as
 * it came, and no HTML, whatever it looks like. html, or nothing (NULL, "": then Maax writes HTML):
 * if the text has markup, safe HTML and the same as plain text; else the text as it came. Markup
 * that cannot be read, or that holds no text at all, is shown as it was written, in both.
 */
void mapping_forms(const char *mapped, const char *output_format, struct mapped_forms *ret_forms);

/* The ids in a reply of Maax's to a submit; all may be NULL. */
void mapping_map_reply(const struct config_maax *maax, const char *body, size_t len,
		       struct mapped *ret_mapped);

/* What was received as JSON for a payload: the parsed body, else a string of it. The caller's. */
struct json_object *mapping_raw(const struct callback *callback);

#endif
