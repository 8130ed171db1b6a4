/*
 * Conditions on a JSON object: compiled once, when the configuration is loaded, then tested as
 * often as needed. No regular expressions, no arithmetic, no code.
 *
 *   condition = all { "or" all }
 *   all       = one { "and" one }
 *   one       = [ "not" ] ( "(" condition ")" | test )
 *   test      = "exists" pointer
 *             | value compare value
 *             | value "in" "(" value { "," value } ")"
 *   compare   = "==" | "!=" | "<" | "<=" | ">" | ">=" | "contains" | "starts_with" | "ends_with"
 *   value     = pointer | '"' text '"' | number | "true" | "false" | "null"
 *
 *   /type == "message.created" and not (/from/name contains "bot" or /from/id in (17, 18))
 *   exists /data/answer and /data/score >= 0.5
 *
 * "not" binds tighter than "and", and that tighter than "or"; "not" stands before a whole test:
 * not /type in ("a", "b"). Names of operators are lower case. Blanks part words and are free
 * elsewhere.
 *
 * A JSON Pointer is /data/text or, percent-encoded, #/Reply%20Text; # is the whole object. It ends
 * at a blank or one of ( ) , " = ! < >: a name with one of these in it is written in the second
 * form. In a text \" \\ \n \t are a quote, a backslash, a line feed and a tab. Numbers are written
 * as in JSON.
 *
 * A pointer that leads nowhere is null. Nothing is an error when a condition is tested:
 *
 *   ==  !=       Null equals null only. Texts are equal byte for byte. A form has texts only, so
 *                a number equals a text that spells it as JSON would ("12", "-0.50", not "012"),
 *                and true and false equal the texts "true" and "false". Two texts are never
 *                compared as numbers. Objects and arrays equal nothing. != is not ==.
 *   < <= > >=    Between numbers, or texts that spell some; else false.
 *   contains, starts_with, ends_with
 *                Byte for byte in texts, and in the text of numbers, true and false; of an array,
 *                contains is true if one of its elements equals the value. An empty text is
 *                found nowhere. Else false.
 *   in           True if one of the list equals the value.
 *   exists       There and not null; it may be empty.
 *
 * Integers up to 64 bits compare exactly, other numbers as double precision has them; a number of
 * more than 64 characters equals nothing.
 */
#ifndef MAAXD_BASE_CONDITION_H
#define MAAXD_BASE_CONDITION_H

#include <json-c/json.h>

#include "base/base.h"

#define CONDITION_MAX_TEXT (4 * KIB)
#define CONDITION_MAX_TESTS 64
#define CONDITION_MAX_LIST 64  /* values of "in" */
#define CONDITION_MAX_DEPTH 16 /* parentheses in parentheses */

struct condition;

/* 0, or -EINVAL with *ret_why (heap, the caller's: the column, what was expected and what to do).
 */
MUST_CHECK int condition_parse(const char *text, struct condition **ret_condition, char **ret_why);
struct condition *condition_free(struct condition *condition);

/* As it was written. Borrowed. */
const char *condition_text(const struct condition *condition);

bool condition_test(const struct condition *condition, struct json_object *object);

DEFINE_CLEANUP(struct condition *, condition_free)

#endif
