/* What a webhook sends: URL, headers and body, from a payload. For webhook.c only. */
#ifndef MAAXD_DEST_WEBHOOK_CALL_H
#define MAAXD_DEST_WEBHOOK_CALL_H

#include "base/words.h"
#include "dest/destination.h"

#define WEBHOOK_MAX_BODY (4 * MIB)
#define WEBHOOK_MAX_URL (8 * KIB)
#define WEBHOOK_MAX_VALUE (4 * KIB) /* bytes of a header's value */

struct webhook_call {
	char *url;
	char *body;
	size_t len;
	char **headers; /* NULL-terminated; the login is not among them */
	size_t header_count;
};

/*
 * 0; or -ENOENT (a place without a value), -E2BIG, -EBADMSG (what came out is no JSON, no URL, no
 * header), all three for good and with *ret_why (heap); or -ENOMEM.
 */
MUST_CHECK int webhook_call_make(const struct config_destination *destination,
				 const struct parcel *parcel, struct webhook_call *ret_call,
				 char **ret_why);
void webhook_call_done(struct webhook_call *call);

#endif
