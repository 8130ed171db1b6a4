/*
 * What is refused about a request line and its header before anything else looks at them: the
 * things that libmicrohttpd 0.9.75 lets pass and that a proxy before us might read differently.
 * Knows no library.
 */
#ifndef MAAXD_HTTP_HYGIENE_H
#define MAAXD_HTTP_HYGIENE_H

#include "base/base.h"

#define HYGIENE_MAX_REQUEST_ID 64

/* One header line. Both texts are borrowed and NUL-terminated. */
struct hygiene_header {
	const char *name;
	const char *value;
	size_t name_len;
	size_t value_len;
};

enum hygiene_verdict {
	HYGIENE_FINE,
	HYGIENE_BAD,		 /* 400 */
	HYGIENE_NOT_IMPLEMENTED, /* 501: a transfer coding we do not know */
};

/*
 * A request target with a raw control character or blank, with %00, or with any percent-encoded
 * control character in its path, is bad. (In a query those but %00 are data: a text has lines.)
 * NULL when fine, else static text that says what is wrong.
 */
const char *hygiene_check_target(const char *target);

/*
 * Parts a target in place into its path, without one trailing slash, and its query ("" when none).
 * Of the absolute form the path counts. False when it is neither of the two forms.
 */
bool hygiene_split_target(char *target, const char **ret_path, const char **ret_query);

/* Names must be tokens, values free of control characters, and Host, Content-Length and
 * Transfer-Encoding leave no doubt where the request ends. */
enum hygiene_verdict hygiene_check_headers(const struct hygiene_header *headers, size_t count,
					   const char *version, const char **ret_why);

bool hygiene_is_token(const char *text, size_t len);	  /* RFC 9110, section 5.6.2; not empty */
bool hygiene_is_value(const char *text, size_t len);	  /* no control character but the tab */
bool hygiene_is_request_id(const char *text, size_t len); /* [A-Za-z0-9._-]{1,64} */

/* True when the media type of `value` ("application/json; charset=utf-8") is `type`. */
bool hygiene_is_media_type(const char *value, const char *type);

#endif
