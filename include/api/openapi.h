/* The OpenAPI document, served at /openapi.json. Its source is daemon/api/openapi.json. */
#ifndef MAAXD_API_OPENAPI_H
#define MAAXD_API_OPENAPI_H

#include <stddef.h>

extern const char openapi_text[]; /* JSON, NUL-terminated */
extern const size_t openapi_len;  /* bytes, without the NUL */
extern const char openapi_etag[]; /* with its quotes; another one when the text differs */

#endif
