/*
 * Texts with places that are filled from a JSON object: compiled once, when the configuration is
 * loaded, then rendered as often as needed. It knows JSON only; no loops, no code.
 *
 *   template = { text | "$${" | place }
 *   place    = "${" value { value } { "|" filter } "}"
 *   value    = JSON Pointer | '"' constant '"'
 *   filter   = name [ ":" ( number | word | '"' constant '"' ) ]
 *
 *   Hello ${/prospect_info/first_name /name "you" | trim}!
 *   {"text": ${/data/answer/text | json}, "to": ${/to | digits | json}}
 *
 * Text is taken as it is; "$${" is written for a "${" in it, and ${"$"} for a '$' that stands
 * before a place. Blanks inside a place part values and are free elsewhere.
 *
 * A JSON Pointer is /data/text or, percent-encoded, #/Reply%20Text; # is the whole object. It ends
 * at a blank, '|', '}' or '"': a name with one of these in it is written in the second form (%20
 * %7C %7D %22). In a constant \" \\ \n \t are a quote, a backslash, a line feed and a tab.
 *
 * The first value that is there and not blank is taken. If all that are there are blank, it is
 * the first of them; a constant is always taken, so it comes last. A null is not there. Numbers,
 * true and false are the text JSON has for them; objects and arrays are compact JSON. NUL and bytes
 * that are not UTF-8 become U+FFFD.
 *
 * Filters work from left to right:
 *
 *   trim          without blanks (no-break spaces and line ends too) at both ends
 *   lower, upper  ASCII letters only
 *   digits        0-9, and a '+' before the first of them, only: a telephone number
 *   line          each run of control characters and line ends (U+2028, U+2029 too) is one blank:
 *                 for headers
 *   truncate:N    the first N characters (code points), 1 to 1000000
 *   url           percent-encoded but for letters, digits and - . _ ~
 *   json          a whole JSON value: a text with its quotes. What comes straight from a pointer
 *                 keeps its type: ${/count | json} may be 3 and ${/list | json} ["a"]
 *   json_inside   the inside of a JSON string: "text": "Hello ${/name | json_inside}"
 *   html_to_text  HTML as plain text (base/html.h); what cannot be read stays as it is
 *   html_escape   & < > and quotes as character references
 *   default:TEXT  stands for what is missing or blank at this point. What stands to its right
 *                 works on it; after an escaping filter it goes in as it is:
 *                 ${/count | json | default:null}
 *
 * url, json, json_inside and html_escape escape: only another one of them, or default, may follow.
 *
 * A value that is nowhere, without a default, is missing: nothing is rendered, and the caller hears
 * which pointers were tried. This differs from a value that is there and empty.
 */
#ifndef MAAXD_BASE_TEMPLATE_H
#define MAAXD_BASE_TEMPLATE_H

#include <json-c/json.h>

#include "base/base.h"

#define TEMPLATE_MAX_TEXT (16 * KIB)
#define TEMPLATE_MAX_PLACES 256
#define TEMPLATE_MAX_VALUES 16	       /* of a place */
#define TEMPLATE_MAX_FILTERS 16	       /* of a place */
#define TEMPLATE_MAX_FILLING (4 * MIB) /* bytes of one value, before and after each filter */

struct template;

/* 0, or -EINVAL with *ret_why (heap, the caller's: the column, what is wrong and what to do). */
MUST_CHECK int template_parse(const char *text, struct template **ret_template, char **ret_why);
struct template *template_free(struct template *template);

/* As it was written. Borrowed. */
const char *template_text(const struct template *template);

/*
 * 0 with the text, of `max` bytes at most and the caller's. -ENOENT: a value is missing; -E2BIG:
 * the result, or a value on its way there, is too long: both with *ret_why (heap, the caller's;
 * "no value at /a /b", never a value). -ENOMEM: *ret_why is untouched.
 */
MUST_CHECK int template_render(const struct template *template, struct json_object *object,
			       size_t max, char **ret_text, char **ret_why);

/* The same on one line: what control characters and line ends the values have become blanks. */
MUST_CHECK int template_render_line(const struct template *template, struct json_object *object,
				    size_t max, char **ret_text, char **ret_why);

/* Whether it has places that take a value from the object. */
bool template_has_places(const struct template *template);

/*
 * Whether the last escaping filter of each of them is `filter` or `other` (NULL: no other): what is
 * filled in cannot break the text around it.
 */
bool template_is_escaped(const struct template *template, const char *filter, const char *other);

/* The text with 0 in each place: a specimen of what comes out, to be checked at load. A heap
 * string.
 */
char *template_sample(const struct template *template);

DEFINE_CLEANUP(struct template *, template_free)

#endif
