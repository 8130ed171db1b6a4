/* Request headers with a grammar of their own. Pure: no request, no reply. */
#ifndef MAAXD_API_REQUEST_HEADERS_H
#define MAAXD_API_REQUEST_HEADERS_H

#include "base/base.h"

#define IDEMPOTENCY_KEY_MAX 255 /* bytes */

/*
 * One Prefer header (RFC 7240): true with the seconds of its first `wait`, at most `max`; a value
 * that is no number is 0. False when it does not speak of waiting.
 */
bool request_headers_wait(const char *prefer, unsigned max, unsigned *ret_seconds);

/*
 * Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): a structured-field string, "…", or
 * the bare form that most clients send; both forms of a key are the same key. A heap string of 1 to
 * IDEMPOTENCY_KEY_MAX printable characters, or NULL when it is unusable.
 */
char *request_headers_idempotency_key(const char *header);

#endif
