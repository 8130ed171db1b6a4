/* Prefer and Idempotency-Key: both read the whole input. */
#include "fuzz/fuzz.h"

#include "api/request_headers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(freep) char *text = xstrndup((const char *)data, size);
	CLEANUP(freep) char *key = request_headers_idempotency_key(text);
	unsigned seconds = 91;

	if (request_headers_wait(text, 90, &seconds))
		MUST(seconds <= 90);
	else
		MUST(seconds == 91);
	if (!key)
		return 0;
	MUST(key[0] != '\0' && strlen(key) <= IDEMPOTENCY_KEY_MAX);
	for (const char *c = key; *c; c++)
		MUST(*c >= ' ' && *c <= '~');
	return 0;
}
