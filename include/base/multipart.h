/* multipart/form-data (RFC 7578), as far as fields of text go: files are left out. */
#ifndef MAAXD_BASE_MULTIPART_H
#define MAAXD_BASE_MULTIPART_H

#include "base/base.h"

struct json_object;

#define MULTIPART_MAX_PARTS 256

/*
 * Adds each named part without a file name to `object` as a string; the first of a repeated name
 * wins, and names already there stay. What is not UTF-8 is replaced by U+FFFD, and a NUL too. A
 * broken body adds what could be read up to there. `content_type` holds the boundary.
 */
void multipart_add(struct json_object *object, const char *content_type, const char *body,
		   size_t len);

#endif
