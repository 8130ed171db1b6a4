/*
 * Checks bytes against RFC 8259 before json-c sees them (json.c), and UTF-8 against RFC 3629.
 * Nothing is built or copied.
 */
#ifndef MAAXD_BASE_JSON_CHECK_H
#define MAAXD_BASE_JSON_CHECK_H

#include "base/base.h"

/*
 * The length of the UTF-8 sequence that `data` (at least one byte) starts with: 1 to 4; 0 when it
 * starts with none (overlong, surrogate, beyond U+10FFFF, cut off).
 */
size_t json_check_utf8(const uint8_t *data, size_t len);

#define JSON_CHECK_LONG 19 /* digits: the largest int64_t has as many */

/*
 * 0 for one whole JSON text with blanks around it, at most JSON_MAX_DEPTH containers deep; 1 when
 * there is a number of JSON_CHECK_LONG digits or more in it; else -EBADMSG and *ret_why (static
 * text).
 */
MUST_CHECK int json_check(const void *data, size_t len, const char **ret_why);

#endif
