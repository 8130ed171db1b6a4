/* base/sign: published vectors, strict decoding, and every way a webhook signature fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/sign.h"

#define TOLERANCE 300

/* Vectors of Standard Webhooks. The key of the first is shorter than a secret of ours may be. */
struct vector {
	const char *key_base64, *id, *body, *signature;
	int64_t timestamp_sec;
};

static const struct vector vectors[] = {
	{
		.key_base64 = "plJ3nmyCDGBKInavdOK15jsl",
		.id = "msg_loFOjxBNrRLzqYUf",
		.timestamp_sec = 1731705121,
		.body = "{\"event_type\":\"ping\",\"data\":{\"success\":true}}",
		.signature = "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
	},
	{
		.key_base64 = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		.id = "msg_p5jXN8AQM9LWM0D4loKWxJek",
		.timestamp_sec = 1614265330,
		.body = "{\"test\": 2432232314}",
		.signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
	},
};

static struct sign_secret secret_of(const struct vector *v)
{
	struct sign_secret secret;
	int len = sign_base64_decode(v->key_base64, strlen(v->key_base64), secret.key,
				     sizeof(secret.key));

	assert_true(len > 0);
	secret.len = (size_t)len;
	return secret;
}

static struct sign_webhook_received received_of(const struct vector *v, const char *signature)
{
	return (struct sign_webhook_received){ .webhook_id = v->id,
					       .timestamp_sec = v->timestamp_sec,
					       .signature = signature,
					       .body = v->body,
					       .len = strlen(v->body) };
}

static int verify_with(const struct sign_secret *secret, const struct vector *v,
		       const char *signature, int64_t now_sec)
{
	struct sign_webhook_received received = received_of(v, signature);

	return sign_webhook_verify(secret, &received, now_sec, TOLERANCE);
}

static int verify(const struct vector *v, const char *signature, int64_t now_sec)
{
	struct sign_secret secret = secret_of(v);

	return verify_with(&secret, v, signature, now_sec);
}

static void assert_hex(const uint8_t *digest, const char *hex)
{
	CLEANUP(freep) char *text = sign_hex(digest, SIGN_SHA256_SIZE);

	assert_string_equal(text, hex);
}

static void test_sign_sha256__gives_the_published_digests(void **state)
{
	uint8_t digest[SIGN_SHA256_SIZE];

	(void)state;
	sign_sha256("abc", 3, digest);
	assert_hex(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	sign_sha256("", 0, digest);
	assert_hex(digest, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void test_sign_hmac_sha256__gives_the_published_digests(void **state)
{
	uint8_t digest[SIGN_SHA256_SIZE], key[20];

	(void)state;
	sign_hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, digest);
	assert_hex(digest, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0x0b, sizeof(key));
	sign_hmac_sha256(key, sizeof(key), "Hi There", 8, digest);
	assert_hex(digest, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
}

static void test_sign_random__differs_each_time(void **state)
{
	uint8_t a[32] = { 0 }, b[32] = { 0 };

	(void)state;
	sign_random(a, sizeof(a));
	sign_random(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
}

static void test_sign_equal__sees_every_byte(void **state)
{
	uint8_t a[32] = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(a); i++) {
		uint8_t b[32] = { 0 };

		assert_true(sign_equal(a, b, sizeof(a)));
		b[i] = 0x80;
		assert_false(sign_equal(a, b, sizeof(a)));
	}
}

static void test_sign_base64__gives_the_published_texts(void **state)
{
	static const char *const texts[][3] = {
		{ "", "", "" },
		{ "f", "Zg==", "Zg" },
		{ "fo", "Zm8=", "Zm8" },
		{ "foo", "Zm9v", "Zm9v" },
		{ "foob", "Zm9vYg==", "Zm9vYg" },
		{ "fooba", "Zm9vYmE=", "Zm9vYmE" },
		{ "foobar", "Zm9vYmFy", "Zm9vYmFy" },
		{ "\xfb\xff\xbf", "+/+/", "-_-_" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		CLEANUP(freep) char *padded = sign_base64(texts[i][0], strlen(texts[i][0]));
		CLEANUP(freep) char *url = sign_base64url(texts[i][0], strlen(texts[i][0]));

		assert_string_equal(padded, texts[i][1]);
		assert_string_equal(url, texts[i][2]);
	}
}

static void test_sign_base64_decode__reads_what_was_written(void **state)
{
	uint8_t bytes[70], back[70];

	(void)state;
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		CLEANUP(freep) char *padded = NULL;
		CLEANUP(freep) char *url = NULL;

		sign_random(bytes, sizeof(bytes));
		padded = sign_base64(bytes, len);
		url = sign_base64url(bytes, len);
		assert_int_equal(sign_base64_decode(padded, strlen(padded), back, len), len);
		assert_memory_equal(back, bytes, len);
		assert_int_equal(sign_base64url_decode(url, strlen(url), back, len), len);
		assert_memory_equal(back, bytes, len);
		if (len > 0)
			assert_int_equal(sign_base64_decode(padded, strlen(padded), back, len - 1),
					 -E2BIG);
	}
}

static void test_sign_base64_decode__is_strict(void **state)
{
	static const char *const bad[] = {
		"Z",	    "Zg",   "Zg=",  "Zm8",	"Zm9vY",   "====",   "=",
		"Zg===",    "Zh==", "Zm9=", "Zm9v ",	" Zm9v",   "Zm\n9v", "Z=g=",
		"Zg==Zg==", "Zm9-", "Zm9_", "Zm9v====", "Zm9\xc3",
	};
	uint8_t out[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(sign_base64_decode(bad[i], strlen(bad[i]), out, sizeof(out)),
				 -EINVAL);
}

static void test_sign_base64url_decode__is_strict(void **state)
{
	static const char *const bad[] = { "Z",	   "Zg==", "Zm8=",  "Zh",    "Zm9",
					   "Zm+v", "Zm/v", "Zm9v ", "Zm9vY", "Zm9v=" };
	uint8_t out[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(sign_base64url_decode(bad[i], strlen(bad[i]), out, sizeof(out)),
				 -EINVAL);
	assert_int_equal(sign_base64url_decode("A", 1, out, sizeof(out)), -EINVAL);
	assert_int_equal(sign_base64url_decode("AAAAA", 5, out, sizeof(out)), -EINVAL);
	assert_int_equal(sign_base64url_decode("Zm9\0", 4, out, sizeof(out)), -EINVAL);
}

static void test_sign_hex_decode__reads_both_cases_and_is_strict(void **state)
{
	static const uint8_t expected[] = { 0x00, 0x9f, 0xaB, 0xFf };
	uint8_t out[4];

	(void)state;
	assert_int_equal(sign_hex_decode("009faBFf", 8, out, sizeof(out)), 4);
	assert_memory_equal(out, expected, sizeof(out));
	assert_int_equal(sign_hex_decode("", 0, out, sizeof(out)), 0);
	assert_int_equal(sign_hex_decode("0", 1, out, sizeof(out)), -EINVAL);
	assert_int_equal(sign_hex_decode("0g", 2, out, sizeof(out)), -EINVAL);
	assert_int_equal(sign_hex_decode("g0", 2, out, sizeof(out)), -EINVAL);
	assert_int_equal(sign_hex_decode("0011223344", 10, out, sizeof(out)), -E2BIG);
}

static void test_sign_secret_parse__takes_24_to_64_bytes(void **state)
{
	uint8_t bytes[SIGN_SECRET_MAX + 1];
	struct sign_secret untouched = { .len = 77 };

	(void)state;
	sign_random(bytes, sizeof(bytes));
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		CLEANUP(freep) char *encoded = sign_base64(bytes, len);
		CLEANUP(freep) char *text = xasprintf("whsec_%s", encoded);
		struct sign_secret secret;

		if (len < SIGN_SECRET_MIN || len > SIGN_SECRET_MAX) {
			assert_int_equal(sign_secret_parse(text, &untouched), -EINVAL);
			continue;
		}
		assert_int_equal(sign_secret_parse(text, &secret), 0);
		assert_int_equal(secret.len, len);
		assert_memory_equal(secret.key, bytes, len);
	}
	assert_int_equal(untouched.len, 77);
}

static void test_sign_secret_parse__refuses_other_spellings(void **state)
{
	static const char *const bad[] = {
		"",
		"whsec_",
		"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		"WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		"whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n",
		"whsec_ MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS!",
	};
	struct sign_secret secret;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(sign_secret_parse(bad[i], &secret), -EINVAL);
}

static void test_sign_webhook__gives_the_published_signatures(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		const struct vector *v = &vectors[i];
		struct sign_secret secret = secret_of(v);
		CLEANUP(freep)
		char *text =
			sign_webhook(&secret, 1, v->id, v->timestamp_sec, v->body, strlen(v->body));

		assert_string_equal(text, v->signature);
		assert_int_equal(verify(v, v->signature, v->timestamp_sec), 0);
	}
}

static void test_sign_webhook__signs_with_each_secret_in_order(void **state)
{
	const struct vector *v = &vectors[1];
	struct sign_secret secrets[] = { secret_of(v), secret_of(&vectors[0]) };
	CLEANUP(freep)
	char *both = sign_webhook(secrets, 2, v->id, v->timestamp_sec, v->body, strlen(v->body));
	CLEANUP(freep)
	char *second =
		sign_webhook(&secrets[1], 1, v->id, v->timestamp_sec, v->body, strlen(v->body));
	CLEANUP(freep) char *expected = xasprintf("%s %s", v->signature, second);
	CLEANUP(freep) char *none = sign_webhook(secrets, 0, v->id, v->timestamp_sec, "", 0);

	(void)state;
	assert_string_equal(both, expected);
	assert_string_equal(none, "");
	for (size_t i = 0; i < ARRAY_SIZE(secrets); i++)
		assert_int_equal(verify_with(&secrets[i], v, both, v->timestamp_sec), 0);
}

static void test_sign_webhook_verify__finds_the_valid_one_among_several(void **state)
{
	const struct vector *v = &vectors[1];
	CLEANUP(freep)
	char *text = xasprintf("v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= "
			       "v2,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=  %s v1a,abc",
			       v->signature);

	(void)state;
	assert_int_equal(verify(v, text, v->timestamp_sec), 0);
}

static void test_sign_webhook_verify__refuses_wrong_signatures(void **state)
{
	static const char *const bad[] = {
		"",
		" ",
		"v1",
		"v1,",
		"v1, ",
		"v1,AAAA",
		"g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",	   /* no version */
		"v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", /* another version */
		"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OF=",
		"v1,G0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
		"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE",
		"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=x",
		"v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=", /* of another message */
	};
	const struct vector *v = &vectors[1];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(verify(v, bad[i], v->timestamp_sec), -EBADMSG);
}

static void test_sign_webhook_verify__refuses_missing_headers(void **state)
{
	const struct vector *v = &vectors[1];
	struct sign_secret secret = secret_of(v);

	struct sign_webhook_received no_id = received_of(v, v->signature);
	struct sign_webhook_received no_time = no_id;

	(void)state;
	no_id.webhook_id = NULL;
	no_time.timestamp_sec = 0;
	assert_int_equal(verify(v, NULL, v->timestamp_sec), -EBADMSG);
	assert_int_equal(sign_webhook_verify(&secret, &no_id, v->timestamp_sec, TOLERANCE),
			 -EBADMSG);
	assert_int_equal(sign_webhook_verify(&secret, &no_time, v->timestamp_sec, TOLERANCE),
			 -ETIME);
}

static void test_sign_webhook_verify__covers_id_timestamp_and_body(void **state)
{
	const struct vector *v = &vectors[1];
	struct vector other_id = *v, other_time = *v, other_body = *v;

	(void)state;
	other_id.id = "msg_p5jXN8AQM9LWM0D4loKWxJel";
	other_time.timestamp_sec++;
	other_body.body = "{\"test\": 2432232315}";
	assert_int_equal(verify(&other_id, v->signature, v->timestamp_sec), -EBADMSG);
	assert_int_equal(verify(&other_time, v->signature, v->timestamp_sec), -EBADMSG);
	assert_int_equal(verify(&other_body, v->signature, v->timestamp_sec), -EBADMSG);
}

static void test_sign_webhook_verify__refuses_too_old_and_too_new(void **state)
{
	const struct vector *v = &vectors[0];

	(void)state;
	assert_int_equal(verify(v, v->signature, v->timestamp_sec + TOLERANCE), 0);
	assert_int_equal(verify(v, v->signature, v->timestamp_sec - TOLERANCE), 0);
	assert_int_equal(verify(v, v->signature, v->timestamp_sec + TOLERANCE + 1), -ETIME);
	assert_int_equal(verify(v, v->signature, v->timestamp_sec - TOLERANCE - 1), -ETIME);
	assert_int_equal(verify(v, v->signature, INT64_MIN), -ETIME);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sign_sha256__gives_the_published_digests),
		cmocka_unit_test(test_sign_hmac_sha256__gives_the_published_digests),
		cmocka_unit_test(test_sign_random__differs_each_time),
		cmocka_unit_test(test_sign_equal__sees_every_byte),
		cmocka_unit_test(test_sign_base64__gives_the_published_texts),
		cmocka_unit_test(test_sign_base64_decode__reads_what_was_written),
		cmocka_unit_test(test_sign_base64_decode__is_strict),
		cmocka_unit_test(test_sign_base64url_decode__is_strict),
		cmocka_unit_test(test_sign_hex_decode__reads_both_cases_and_is_strict),
		cmocka_unit_test(test_sign_secret_parse__takes_24_to_64_bytes),
		cmocka_unit_test(test_sign_secret_parse__refuses_other_spellings),
		cmocka_unit_test(test_sign_webhook__gives_the_published_signatures),
		cmocka_unit_test(test_sign_webhook__signs_with_each_secret_in_order),
		cmocka_unit_test(test_sign_webhook_verify__finds_the_valid_one_among_several),
		cmocka_unit_test(test_sign_webhook_verify__refuses_wrong_signatures),
		cmocka_unit_test(test_sign_webhook_verify__refuses_missing_headers),
		cmocka_unit_test(test_sign_webhook_verify__covers_id_timestamp_and_body),
		cmocka_unit_test(test_sign_webhook_verify__refuses_too_old_and_too_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
