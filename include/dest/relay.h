/*
 * Relays: what Maax called back for a message of the drop-in API goes on to the URL that the caller
 * had named, as it came: same method, content type, query (after the URL's own) and body bytes.
 *
 * Beside them stand webhook-id, webhook-timestamp and, when the source has a secret_file,
 * webhook-signature over the body, as Standard Webhooks has them; a query is not signed. The
 * connection is guarded (base/guard.h), never redirected, and shared with no other destination's.
 *
 *   2xx             OK
 *   410             PERMFAIL: this delivery is dead; the URL is one caller's, so nothing is held
 *   anything else   TEMPFAIL, also what the guard refuses: the configuration may be mended, and
 *                   names resolve anew; 429 and time-outs are slow ones
 */
#ifndef MAAXD_DEST_RELAY_H
#define MAAXD_DEST_RELAY_H

#include "dest/destination.h"

#define RELAY_MAX_URL 2048 /* bytes that whoever takes one allows */

extern const struct destination_ops relay_ops;

/* The name of the destination that a caller's URL is: "@caller:SOURCE:HOST". A heap string. */
char *relay_name(const char *source, const char *url);

/*
 * Whether a source may name this URL, as far as that can be told without a resolver. 0, or -EINVAL
 * with *ret_why (static text).
 */
MUST_CHECK int relay_check_url(const struct config_source *source, const char *url,
			       const char **ret_why);

#endif
