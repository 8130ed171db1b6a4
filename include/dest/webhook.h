/*
 * Webhooks: the payload as Standard Webhooks 1.0.0 has it, a signed POST; or, with a `body` of the
 * operator's, a call of somebody's API. Judged by the reply:
 *
 *   2xx                   OK
 *   410                   PERMFAIL, the destination is gone
 *   anything else         TEMPFAIL: Standard Webhooks knows no refusal for good; 429 and time-outs
 *                         are slow ones
 *
 * With a body of the operator's, 400, 404, 405, 406, 409, 410, 411, 413, 414, 415 and 422 are
 * PERMFAIL of this delivery: the same call would be refused again. 401 and 403 stay TEMPFAIL: an
 * operator mends the login.
 *
 * A place (in URL, headers or body) without a value, a JSON body that is none, a value that would
 * lead elsewhere in the URL (empty, "." or "..") are PERMFAIL; nothing is sent.
 */
#ifndef MAAXD_DEST_WEBHOOK_H
#define MAAXD_DEST_WEBHOOK_H

#include "dest/destination.h"

struct fetch_result;

extern const struct destination_ops webhook_ops;

/* What a reply to a delivery means; the verdict is the caller's. */
void webhook_judge(const struct fetch_result *result, struct verdict *ret_verdict);

/* The same for a call of somebody's API, after webhook_judge(). */
void webhook_judge_call(struct verdict *verdict);

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
