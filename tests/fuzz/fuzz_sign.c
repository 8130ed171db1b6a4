/* Decoders, and signatures as a receiver verifies them: a line of signatures, and the body. */
#include "fuzz/fuzz.h"

#include <errno.h>

#include "base/sign.h"

#define ID "dlv_0000000000001"

/* What is decoded is encoded to the same text again: there is one spelling of each. */
static void check_decoders(const char *text, size_t len)
{
	uint8_t out[512];
	int r = sign_base64_decode(text, len, out, sizeof(out));

	if (r >= 0) {
		CLEANUP(freep) char *again = sign_base64(out, (size_t)r);

		MUST(strlen(again) == len && memcmp(again, text, len) == 0);
	}
	r = sign_base64url_decode(text, len, out, sizeof(out));
	if (r >= 0) {
		CLEANUP(freep) char *again = sign_base64url(out, (size_t)r);

		MUST(strlen(again) == len && memcmp(again, text, len) == 0);
	}
	r = sign_hex_decode(text, len, out, sizeof(out));
	if (r >= 0) {
		CLEANUP(freep) char *again = sign_hex(out, (size_t)r);

		MUST(strlen(again) == len && strncasecmp(again, text, len) == 0);
	}
}

static void check_verify(const char *signature, const char *body, size_t len)
{
	static const struct sign_secret secrets[] = { { .key = { 1 }, .len = 24 },
						      { .key = { 2 }, .len = 64 } };
	CLEANUP(freep) char *good = sign_webhook(secrets, 2, ID, 1000, body, len);
	CLEANUP(freep) char *with_junk = xasprintf("%s %s", signature, good);
	struct sign_webhook_received received = { ID, 1000, with_junk, body, len };

	MUST(sign_webhook_verify(&secrets[0], &received, 1005, 10) == 0);
	MUST(sign_webhook_verify(&secrets[1], &received, 1005, 10) == 0);
	MUST(sign_webhook_verify(&secrets[1], &received, 1011, 10) == -ETIME);
	received.signature = signature;
	IGNORE(sign_webhook_verify(&secrets[0], &received, 1005, 10)); /* it must only end */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };
	CLEANUP(freep) char *whole = fuzz_rest(&input);
	CLEANUP(freep) char *signature = fuzz_line(&input);
	CLEANUP(freep) char *body = fuzz_rest(&input);

	check_decoders(whole, size);
	check_decoders(signature, strlen(signature));
	check_verify(signature, body, input.size);
	return 0;
}
