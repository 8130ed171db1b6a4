/*
 * Webhooks as Standard Webhooks 1.0.0 has them: a signed POST, judged by its reply.
 *
 *   2xx                   OK
 *   410                   PERMFAIL, the destination is gone
 *   anything else         TEMPFAIL: Standard Webhooks knows no refusal for good; 429 and time-outs
 * are slow ones
 */
#ifndef MAAXD_DEST_WEBHOOK_H
#define MAAXD_DEST_WEBHOOK_H

#include "dest/destination.h"

struct fetch_result;

extern const struct destination_ops webhook_ops;

/* What a reply to a delivery means; the verdict is the caller's. */
void webhook_judge(const struct fetch_result *result, struct verdict *ret_verdict);

/* The headers of Standard Webhooks for a body, signed for this moment; the caller's. */
struct webhook_headers {
	char *id;
	char *timestamp;
	char *signature; /* NULL: the destination has no secret */
};

struct webhook_headers webhook_sign(const struct config_destination *destination, const char *id,
				    const void *body, size_t len);
void webhook_headers_done(struct webhook_headers *headers);

#endif
