/* Digests, signatures, encodings and random bytes, all from GnuTLS. */
#ifndef MAAXD_BASE_SIGN_H
#define MAAXD_BASE_SIGN_H

#include "base/base.h"

#define SIGN_SHA256_SIZE 32
#define SIGN_SHA1_SIZE 20

void sign_random(void *out, size_t len); /* aborts if the system has none */
void sign_sha256(const void *data, size_t len, uint8_t out[static SIGN_SHA256_SIZE]);
void sign_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
		      uint8_t out[static SIGN_SHA256_SIZE]);
/* For peers whose signatures are SHA-1 (Twilio); nothing of ours is. */
void sign_hmac_sha1(const void *key, size_t key_len, const void *data, size_t len,
		    uint8_t out[static SIGN_SHA1_SIZE]);
bool sign_equal(const void *a, const void *b, size_t len); /* in constant time */

/* Heap strings, NUL-terminated. */
char *sign_base64(const void *data,
		  size_t len); /* standard alphabet, padded (RFC 4648 section 4) */
char *sign_base64url(const void *data,
		     size_t len);	      /* URL alphabet, not padded (RFC 4648 section 5) */
char *sign_hex(const void *data, size_t len); /* lower case */

/* Decoders into `out`, which holds `size` bytes. The number of bytes, -EINVAL, or -E2BIG. */
MUST_CHECK int sign_base64_decode(const char *text, size_t len, uint8_t *out, size_t size);
MUST_CHECK int sign_base64url_decode(const char *text, size_t len, uint8_t *out, size_t size);
MUST_CHECK int sign_hex_decode(const char *text, size_t len, uint8_t *out, size_t size);

/*
 * Standard Webhooks 1.0.0 (standard-webhooks/spec/standard-webhooks.md). A secret is "whsec_" and
 * base64 of 24 to 64 bytes; the key is the decoded bytes.
 */
#define SIGN_SECRET_MIN 24
#define SIGN_SECRET_MAX 64

struct sign_secret {
	uint8_t key[SIGN_SECRET_MAX];
	size_t len;
};

MUST_CHECK int sign_secret_parse(const char *text, struct sign_secret *ret_secret); /* -EINVAL */

/* The value of webhook-signature: "v1,…" for each secret, in order, parted by one blank. */
char *sign_webhook(const struct sign_secret *secrets, size_t count, const char *webhook_id,
		   int64_t timestamp_sec, const void *body, size_t len);

/* A delivery as its receiver got it; a header that was missing is NULL, a missing timestamp 0. */
struct sign_webhook_received {
	const char *webhook_id;
	int64_t timestamp_sec;
	const char *signature;
	const void *body;
	size_t len;
};

/*
 * Verifies as a receiver does: any of the space-separated v1 entries, in constant time, and the
 * timestamp within `tolerance_sec` of `now_sec`. Used by tests and by the demo's receiver. 0,
 * -EBADMSG (no entry fits) or -ETIME (too old or too new).
 */
MUST_CHECK int sign_webhook_verify(const struct sign_secret *secret,
				   const struct sign_webhook_received *received, int64_t now_sec,
				   int64_t tolerance_sec);

#endif
