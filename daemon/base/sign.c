/*
 * Digests, signatures, encodings and random bytes. The only file that knows GnuTLS. Its functions
 * fail only when the machine does, and a signature that is none must never leave: they abort.
 */
#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/sign.h"

#define SECRET_PREFIX "whsec_"
#define SIGNATURE_PREFIX "v1,"

/* The two alphabets of RFC 4648 differ in the last two characters and in the padding. */
struct base64 {
	char last[2];
	bool is_padded;
};

static const struct base64 standard = { .last = "+/", .is_padded = true };
static const struct base64 url_safe = { .last = "-_", .is_padded = false };

static void check(int result)
{
	if (result >= 0)
		return;
	fprintf(stderr, "<3>cryptography failed: %s\n", gnutls_strerror(result));
	abort();
}

void sign_random(void *out, size_t len)
{
	check(gnutls_rnd(GNUTLS_RND_KEY, out, len));
}

void sign_sha256(const void *data, size_t len, uint8_t out[static SIGN_SHA256_SIZE])
{
	check(gnutls_hash_fast(GNUTLS_DIG_SHA256, data, len, out));
}

void sign_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
		      uint8_t out[static SIGN_SHA256_SIZE])
{
	check(gnutls_hmac_fast(GNUTLS_MAC_SHA256, key, key_len, data, len, out));
}

void sign_hmac_sha1(const void *key, size_t key_len, const void *data, size_t len,
		    uint8_t out[static SIGN_SHA1_SIZE])
{
	check(gnutls_hmac_fast(GNUTLS_MAC_SHA1, key, key_len, data, len, out));
}

bool sign_equal(const void *a, const void *b, size_t len)
{
	return gnutls_memcmp(a, b, len) == 0;
}

static char base64_digit(const struct base64 *form, uint32_t value)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

	value &= 63;
	return value < 62 ? digits[value] : form->last[value - 62];
}

static int base64_value(const struct base64 *form, char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == form->last[0] ? 62 : c == form->last[1] ? 63 : -1;
}

static char *encode_base64(const struct base64 *form, const void *data, size_t len)
{
	const uint8_t *in = data;
	char *text = xcalloc(len / 3 + 1, 4 + 1);
	char *p = text;

	for (; len >= 3; len -= 3, in += 3) {
		uint32_t group = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2];

		*p++ = base64_digit(form, group >> 18);
		*p++ = base64_digit(form, group >> 12);
		*p++ = base64_digit(form, group >> 6);
		*p++ = base64_digit(form, group);
	}
	if (len > 0) {
		uint32_t group = (uint32_t)in[0] << 16 | (len > 1 ? (uint32_t)in[1] << 8 : 0);

		*p++ = base64_digit(form, group >> 18);
		*p++ = base64_digit(form, group >> 12);
		if (len > 1)
			*p++ = base64_digit(form, group >> 6);
		else if (form->is_padded)
			*p++ = '=';
		if (form->is_padded)
			*p++ = '=';
	}
	return text;
}

/*
 * Length of the text without its padding, or -EINVAL. Padding is there in full or not at all, as
 * the form says.
 */
static ssize_t base64_digits(const struct base64 *form, const char *text, size_t len)
{
	if (len > INT_MAX)
		return -EINVAL;
	if (form->is_padded) {
		if (len % 4 != 0)
			return -EINVAL;
		for (int i = 0; i < 2 && len > 0 && text[len - 1] == '='; i++)
			len--;
	}
	return len % 4 == 1 ? -EINVAL : (ssize_t)len;
}

/* Strict: one text for each value, so that what was signed or compared has no second spelling. */
static int decode_base64(const struct base64 *form, const char *text, size_t len, uint8_t *out,
			 size_t size)
{
	ssize_t digits = base64_digits(form, text, len);
	uint32_t bits = 0;
	unsigned count = 0; /* bits that wait in `bits` */
	size_t used = 0;

	if (digits < 0)
		return -EINVAL;
	for (ssize_t i = 0; i < digits; i++) {
		int value = base64_value(form, text[i]);

		if (value < 0)
			return -EINVAL;
		bits = bits << 6 | (uint32_t)value;
		count += 6;
		if (count < 8)
			continue;
		count -= 8;
		if (used == size)
			return -E2BIG;
		out[used++] = (uint8_t)(bits >> count);
		bits &= (1U << count) - 1;
	}
	return bits == 0 ? (int)used : -EINVAL;
}

char *sign_base64(const void *data, size_t len)
{
	return encode_base64(&standard, data, len);
}

char *sign_base64url(const void *data, size_t len)
{
	return encode_base64(&url_safe, data, len);
}

int sign_base64_decode(const char *text, size_t len, uint8_t *out, size_t size)
{
	return decode_base64(&standard, text, len, out, size);
}

int sign_base64url_decode(const char *text, size_t len, uint8_t *out, size_t size)
{
	return decode_base64(&url_safe, text, len, out, size);
}

char *sign_hex(const void *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *in = data;
	char *text = xcalloc(len + 1, 2);

	for (size_t i = 0; i < len; i++) {
		text[2 * i] = digits[in[i] >> 4];
		text[2 * i + 1] = digits[in[i] & 15];
	}
	return text;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int sign_hex_decode(const char *text, size_t len, uint8_t *out, size_t size)
{
	if (len % 2 != 0 || len > INT_MAX)
		return -EINVAL;
	if (len / 2 > size)
		return -E2BIG;
	for (size_t i = 0; i < len; i += 2) {
		int high = hex_value(text[i]), low = hex_value(text[i + 1]);

		if (high < 0 || low < 0)
			return -EINVAL;
		out[i / 2] = (uint8_t)(high << 4 | low);
	}
	return (int)(len / 2);
}

int sign_secret_parse(const char *text, struct sign_secret *ret_secret)
{
	const size_t prefix_len = strlen(SECRET_PREFIX);
	struct sign_secret secret = { 0 };
	int len;

	if (strncmp(text, SECRET_PREFIX, prefix_len) != 0)
		return -EINVAL;
	text += prefix_len;
	len = sign_base64_decode(text, strlen(text), secret.key, sizeof(secret.key));
	if (len >= SIGN_SECRET_MIN) {
		secret.len = (size_t)len;
		*ret_secret = secret;
	}
	explicit_bzero(&secret, sizeof(secret));
	return len >= SIGN_SECRET_MIN ? 0 : -EINVAL;
}

/* One "v1,…" entry over id "." timestamp "." body. The parts are fed one by one: a body is big. */
static char *webhook_entry(const struct sign_secret *secret, const char *webhook_id,
			   int64_t timestamp_sec, const void *body, size_t len)
{
	CLEANUP(freep) char *head = xasprintf("%s.%" PRId64 ".", webhook_id, timestamp_sec);
	CLEANUP(freep) char *text = NULL;
	uint8_t mac[SIGN_SHA256_SIZE];
	gnutls_hmac_hd_t hmac;

	check(gnutls_hmac_init(&hmac, GNUTLS_MAC_SHA256, secret->key, secret->len));
	check(gnutls_hmac(hmac, head, strlen(head)));
	if (len > 0)
		check(gnutls_hmac(hmac, body, len));
	gnutls_hmac_deinit(hmac, mac);
	text = sign_base64(mac, sizeof(mac));
	return xasprintf(SIGNATURE_PREFIX "%s", text);
}

char *sign_webhook(const struct sign_secret *secrets, size_t count, const char *webhook_id,
		   int64_t timestamp_sec, const void *body, size_t len)
{
	char *all = xstrdup("");

	for (size_t i = 0; i < count; i++) {
		CLEANUP(freep) char *before = all;
		CLEANUP(freep)
		char *entry = webhook_entry(&secrets[i], webhook_id, timestamp_sec, body, len);

		all = xasprintf("%s%s%s", before, i > 0 ? " " : "", entry);
	}
	return all;
}

int sign_webhook_verify(const struct sign_secret *secret,
			const struct sign_webhook_received *received, int64_t now_sec,
			int64_t tolerance_sec)
{
	const char *signature = received->signature;
	CLEANUP(freep) char *expected = NULL;
	bool has_match = false;
	int64_t age;

	if (!received->webhook_id || !signature)
		return -EBADMSG; /* a receiver whose header is missing */
	if (__builtin_sub_overflow(now_sec, received->timestamp_sec, &age) || age > tolerance_sec ||
	    age < -tolerance_sec)
		return -ETIME;

	expected = webhook_entry(secret, received->webhook_id, received->timestamp_sec,
				 received->body, received->len);
	while (*signature != '\0') {
		size_t entry_len = strcspn(signature, " ");

		if (entry_len == strlen(expected) && sign_equal(signature, expected, entry_len))
			has_match = true;
		signature += entry_len;
		signature += strspn(signature, " ");
	}
	return has_match ? 0 : -EBADMSG;
}
