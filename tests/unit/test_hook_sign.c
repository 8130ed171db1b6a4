/* hook_sign: each scheme with vectors of those who made it, and what is close but wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/sign.h"
#include "hook_sign.h"

#define NOW 1614265330 /* of the vector of Standard Webhooks */
#define WEBHOOK_SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

/* "Name: value", NULL-terminated. */
static const char *get(const char *name, const void *ctx)
{
	const char *found = NULL;

	for (const char *const *line = ctx; line && *line; line++) {
		size_t len = strlen(name);

		if (strncasecmp(*line, name, len) != 0 || strncmp(*line + len, ": ", 2) != 0)
			continue;
		if (found)
			return NULL;
		found = *line + len + 2;
	}
	return found;
}

struct vector {
	const char *what;
	enum signature_scheme scheme;
	enum signature_encoding encoding;
	const char *prefix;
	const char *secrets[3];
	const char *query;
	const char *type;
	const char *body;
	const char *headers[5];
	bool is_good;
};

#define GITHUB "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
#define GITHUB_SECRET "It's a Secret to Everybody"
#define HMAC SIGNATURE_HMAC_SHA256, SIGNATURE_HEX, "sha256="
#define TWILIO SIGNATURE_TWILIO, SIGNATURE_HEX, NULL
#define WEBHOOK SIGNATURE_STANDARD_WEBHOOKS, SIGNATURE_HEX, NULL
#define BASIC SIGNATURE_BASIC, SIGNATURE_HEX, NULL
#define FORM "application/x-www-form-urlencoded"
#define TWILIO_QUERY "foo=1&bar=2"
#define TWILIO_BODY \
	"Digits=1234&To=%2B18005551212&From=%2B14158675309&Caller=%2B14158675309&CallSid=" \
	"CA1234567890ABCDE"
#define TWILIO_JSON "{\"property\": \"value\", \"boolean\": true}"
#define WEBHOOK_BODY "{\"test\": 2432232314}"
#define WEBHOOK_ID "webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek"
#define WEBHOOK_TIME "webhook-timestamp: 1614265330"
#define WEBHOOK_SIGNATURE "webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

static const struct vector vectors[] = {
	{ "none", SIGNATURE_NONE, SIGNATURE_HEX, NULL, { 0 }, "", "", "x", { 0 }, true },
	/* GitHub, "Validating webhook deliveries" */
	{ "hmac", HMAC, { GITHUB_SECRET }, "", "", "Hello, World!", { "X-Sig: " GITHUB }, true },
	{ "hmac, older secret",
	  HMAC,
	  { "new", GITHUB_SECRET },
	  "",
	  "",
	  "Hello, World!",
	  { "x-sig: " GITHUB },
	  true },
	{ "hmac, body",
	  HMAC,
	  { GITHUB_SECRET },
	  "",
	  "",
	  "Hello, World?",
	  { "X-Sig: " GITHUB },
	  false },
	{ "hmac, secret", HMAC, { "x" }, "", "", "Hello, World!", { "X-Sig: " GITHUB }, false },
	{ "hmac, no header", HMAC, { GITHUB_SECRET }, "", "", "Hello, World!", { 0 }, false },
	{ "hmac, header twice",
	  HMAC,
	  { GITHUB_SECRET },
	  "",
	  "",
	  "Hello, World!",
	  { "X-Sig: " GITHUB, "X-Sig: " GITHUB },
	  false },
	{ "hmac, no prefix",
	  HMAC,
	  { GITHUB_SECRET },
	  "",
	  "",
	  "Hello, World!",
	  { "X-Sig: 757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17" },
	  false },
	{ "hmac, cut",
	  HMAC,
	  { GITHUB_SECRET },
	  "",
	  "",
	  "Hello, World!",
	  { "X-Sig: sha256=757107ea" },
	  false },
	{ "hmac, empty",
	  HMAC,
	  { GITHUB_SECRET },
	  "",
	  "",
	  "Hello, World!",
	  { "X-Sig: sha256=" },
	  false },
	{ "hmac, base64",
	  SIGNATURE_HMAC_SHA256,
	  SIGNATURE_BASE64,
	  NULL,
	  { GITHUB_SECRET },
	  "",
	  "",
	  "Hello, World!",
	  { "X-Sig: dXEH6g6yUJ/CESIczphLijdXC211hsIsRvQ3nIsEPhc=" },
	  true },

	/* Twilio, "Validating requests" */
	{ "twilio",
	  TWILIO,
	  { "12345" },
	  TWILIO_QUERY,
	  FORM,
	  TWILIO_BODY,
	  { "X-Twilio-Signature: RSOYDt4T1cUTdK1PDd93/VVr8B8=" },
	  true },
	{ "twilio, charset",
	  TWILIO,
	  { "12345" },
	  TWILIO_QUERY,
	  FORM "; charset=utf-8",
	  TWILIO_BODY,
	  { "X-Twilio-Signature: RSOYDt4T1cUTdK1PDd93/VVr8B8=" },
	  true },
	{ "twilio, pair twice",
	  TWILIO,
	  { "12345" },
	  TWILIO_QUERY,
	  FORM,
	  TWILIO_BODY "&Digits=1234",
	  { "X-Twilio-Signature: RSOYDt4T1cUTdK1PDd93/VVr8B8=" },
	  true },
	{ "twilio, field more",
	  TWILIO,
	  { "12345" },
	  TWILIO_QUERY,
	  FORM,
	  TWILIO_BODY "&Digits=12345",
	  { "X-Twilio-Signature: RSOYDt4T1cUTdK1PDd93/VVr8B8=" },
	  false },
	{ "twilio, token",
	  TWILIO,
	  { "12346" },
	  TWILIO_QUERY,
	  FORM,
	  TWILIO_BODY,
	  { "X-Twilio-Signature: RSOYDt4T1cUTdK1PDd93/VVr8B8=" },
	  false },
	{ "twilio, query",
	  TWILIO,
	  { "12345" },
	  "foo=1",
	  FORM,
	  TWILIO_BODY,
	  { "X-Twilio-Signature: RSOYDt4T1cUTdK1PDd93/VVr8B8=" },
	  false },
	{ "twilio, not a form",
	  TWILIO,
	  { "12345" },
	  TWILIO_QUERY,
	  "text/plain",
	  TWILIO_BODY,
	  { "X-Twilio-Signature: RSOYDt4T1cUTdK1PDd93/VVr8B8=" },
	  false },
	{ "twilio, no header", TWILIO, { "12345" }, TWILIO_QUERY, FORM, TWILIO_BODY, { 0 }, false },
	/* twilio-node, spec/unit/webhooks */
	{ "twilio, json",
	  TWILIO,
	  { "12345" },
	  TWILIO_QUERY
	  "&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620",
	  "application/json",
	  TWILIO_JSON,
	  { "X-Twilio-Signature: a9nBmqA0ju/hNViExpshrM61xv4=" },
	  true },
	{ "twilio, other json",
	  TWILIO,
	  { "12345" },
	  TWILIO_QUERY
	  "&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620",
	  "application/json",
	  "{}",
	  { "X-Twilio-Signature: a9nBmqA0ju/hNViExpshrM61xv4=" },
	  false },

	/* standard-webhooks, libraries/…/test */
	{ "webhook",
	  WEBHOOK,
	  { WEBHOOK_SECRET },
	  "",
	  "",
	  WEBHOOK_BODY,
	  { WEBHOOK_ID, WEBHOOK_TIME, WEBHOOK_SIGNATURE },
	  true },
	{ "webhook, second secret",
	  WEBHOOK,
	  { "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", WEBHOOK_SECRET },
	  "",
	  "",
	  WEBHOOK_BODY,
	  { WEBHOOK_ID, WEBHOOK_TIME, WEBHOOK_SIGNATURE },
	  true },
	{ "webhook, body",
	  WEBHOOK,
	  { WEBHOOK_SECRET },
	  "",
	  "",
	  "{}",
	  { WEBHOOK_ID, WEBHOOK_TIME, WEBHOOK_SIGNATURE },
	  false },
	{ "webhook, no id",
	  WEBHOOK,
	  { WEBHOOK_SECRET },
	  "",
	  "",
	  WEBHOOK_BODY,
	  { WEBHOOK_TIME, WEBHOOK_SIGNATURE },
	  false },
	{ "webhook, old",
	  WEBHOOK,
	  { WEBHOOK_SECRET },
	  "",
	  "",
	  WEBHOOK_BODY,
	  { WEBHOOK_ID, "webhook-timestamp: 1614265029", WEBHOOK_SIGNATURE },
	  false },
	{ "webhook, no number",
	  WEBHOOK,
	  { WEBHOOK_SECRET },
	  "",
	  "",
	  WEBHOOK_BODY,
	  { WEBHOOK_ID, "webhook-timestamp: x", WEBHOOK_SIGNATURE },
	  false },

	/* RFC 7617 */
	{ "basic",
	  BASIC,
	  { "Aladdin:open sesame" },
	  "",
	  "",
	  "x",
	  { "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==" },
	  true },
	{ "basic, lower case",
	  BASIC,
	  { "Aladdin:open sesame" },
	  "",
	  "",
	  "x",
	  { "authorization: basic  QWxhZGRpbjpvcGVuIHNlc2FtZQ==" },
	  true },
	{ "basic, wrong",
	  BASIC,
	  { "Aladdin:open" },
	  "",
	  "",
	  "x",
	  { "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==" },
	  false },
	{ "basic, bearer",
	  BASIC,
	  { "Aladdin:open sesame" },
	  "",
	  "",
	  "x",
	  { "Authorization: Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==" },
	  false },
	{ "basic, no base64",
	  BASIC,
	  { "Aladdin:open sesame" },
	  "",
	  "",
	  "x",
	  { "Authorization: Basic ???" },
	  false },
};

static int verify(const struct vector *vector, const char **ret_why)
{
	const struct config config = { .maaxd = { .public_url = (char *)"https://mycompany.com" } };
	struct config_source source = {
		.signature = vector->scheme,
		.signature_encoding = vector->encoding,
		.signature_header = (char *)"X-Sig",
		.signature_prefix = (char *)vector->prefix,
		.signature_secrets = { .word = (char **)vector->secrets },
	};
	const struct hook_request request = {
		.path = "/myapp.php",
		.query = vector->query,
		.content_type = vector->type,
		.body = vector->body,
		.body_len = strlen(vector->body),
		.header = get,
		.ctx = vector->headers,
	};

	while (vector->secrets[source.signature_secrets.count])
		source.signature_secrets.count++;
	return hook_verify(&config, &source, &request, NOW, ret_why);
}

static void test_vectors__fit_and_what_is_close_does_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		const char *why = NULL;
		int r = verify(&vectors[i], &why);

		if (r != (vectors[i].is_good ? 0 : -EBADMSG) || (r < 0) != (why != NULL))
			fail_msg("%s: %d %s", vectors[i].what, r, why ? why : "");
	}
}

static void test_dedupe__is_the_webhook_id(void **state)
{
	static const char *const headers[] = { WEBHOOK_ID, NULL };
	const struct hook_request request = { .header = get, .ctx = headers };
	struct config_source source = { .signature = SIGNATURE_STANDARD_WEBHOOKS };

	(void)state;
	assert_string_equal(hook_dedupe(&source, &request), "msg_p5jXN8AQM9LWM0D4loKWxJek");
	source.signature = SIGNATURE_TWILIO;
	assert_null(hook_dedupe(&source, &request));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors__fit_and_what_is_close_does_not),
		cmocka_unit_test(test_dedupe__is_the_webhook_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
