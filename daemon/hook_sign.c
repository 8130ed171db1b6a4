/* The signature schemes of inbound hooks, one row each. See hook_sign.h. */
#include "hook_sign.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/sign.h"

#define MAX_FIELDS 256
#define MAX_SIGNATURE 512 /* bytes of a header that can be a signature */

static const char *get_header(const struct hook_request *request, const char *name)
{
	return request->header(name, request->ctx);
}

/* ---- hmac-sha256 ---- */

static bool decode_mac(const struct config_source *source, const char *text,
		       uint8_t mac[static SIGN_SHA256_SIZE])
{
	size_t len = strlen(text);
	int r = source->signature_encoding == SIGNATURE_HEX
			? sign_hex_decode(text, len, mac, SIGN_SHA256_SIZE)
			: sign_base64_decode(text, len, mac, SIGN_SHA256_SIZE);

	return r == SIGN_SHA256_SIZE;
}

static const char *verify_hmac(const struct config *config, const struct config_source *source,
			       const struct hook_request *request, int64_t now)
{
	const char *text = get_header(request, source->signature_header);
	const char *prefix = source->signature_prefix ? source->signature_prefix : "";
	uint8_t given[SIGN_SHA256_SIZE];
	bool has_match = false;

	(void)config;
	(void)now;
	if (!text)
		return "the header of the signature is missing, or there twice";
	if (strncmp(text, prefix, strlen(prefix)) != 0)
		return "the signature does not begin with signature_prefix";
	if (!decode_mac(source, text + strlen(prefix), given))
		return "the signature is no HMAC-SHA256 in signature_encoding";
	for (size_t i = 0; i < source->signature_secrets.count; i++) {
		const char *secret = source->signature_secrets.word[i];
		uint8_t mac[SIGN_SHA256_SIZE];

		sign_hmac_sha256(secret, strlen(secret), request->body, request->body_len, mac);
		has_match |= sign_equal(mac, given, sizeof(mac));
	}
	return has_match ? NULL : "the signature fits no secret";
}

/* ---- twilio ---- */

struct field {
	char *name;
	char *value;
};

struct fields {
	struct field field[MAX_FIELDS];
	size_t count;
};

static void fields_done(struct fields *fields)
{
	for (size_t i = 0; i < fields->count; i++) {
		free(fields->field[i].name);
		free(fields->field[i].value);
	}
}

static void read_fields(const char *form, size_t len, struct fields *fields)
{
	while (len > 0 && fields->count < MAX_FIELDS) {
		const char *end = memchr(form, '&', len);
		size_t size = end ? (size_t)(end - form) : len;
		const char *equals = memchr(form, '=', size);
		size_t name_len = equals ? (size_t)(equals - form) : size;

		if (size > 0) {
			struct field *field = &fields->field[fields->count++];

			field->name = json_form_text(form, name_len);
			field->value = equals ? json_form_text(equals + 1, size - name_len - 1)
					      : xstrdup("");
		}
		form += size + (end != NULL);
		len -= size + (end != NULL);
	}
}

static int compare_fields(const void *a, const void *b)
{
	const struct field *x = a;
	const struct field *y = b;
	int order = strcmp(x->name, y->name);

	return order != 0 ? order : strcmp(x->value, y->value);
}

/* Names and values one behind the other, in order; the same pair once. */
static int add_fields(struct buf *out, struct fields *fields)
{
	int r = 0;

	if (fields->count > 0)
		qsort(fields->field, fields->count, sizeof(*fields->field), compare_fields);
	for (size_t i = 0; i < fields->count && r == 0; i++) {
		if (i > 0 && compare_fields(&fields->field[i - 1], &fields->field[i]) == 0)
			continue;
		r = buf_add_text(out, fields->field[i].name);
		if (r == 0)
			r = buf_add_text(out, fields->field[i].value);
	}
	return r;
}

static bool is_form(const char *content_type)
{
	static const char form[] = "application/x-www-form-urlencoded";

	return strncasecmp(content_type, form, strlen(form)) == 0;
}

/* Whether the signature is that of this URL, ending in `slash`, and what is signed behind it. */
static bool fits_url(const struct config *config, const struct config_source *source,
		     const struct hook_request *request, const char *slash,
		     const struct buf *signed_fields)
{
	const char *given = get_header(request, "X-Twilio-Signature");
	CLEANUP(freep)
	char *all =
		xasprintf("%s%s%s%s%s%s", config->maaxd.public_url, request->path, slash,
			  request->query[0] ? "?" : "", request->query, buf_text(signed_fields));
	bool has_match = false;

	for (size_t i = 0; i < source->signature_secrets.count; i++) {
		const char *secret = source->signature_secrets.word[i];
		uint8_t mac[SIGN_SHA1_SIZE];
		CLEANUP(freep) char *text = NULL;

		sign_hmac_sha1(secret, strlen(secret), all, strlen(all), mac);
		text = sign_base64(mac, sizeof(mac));
		has_match |= strlen(text) == strlen(given) && sign_equal(text, given, strlen(text));
	}
	return has_match;
}

/* The bodySHA256 of the query, if it is there; a heap string. */
static char *body_digest(const char *query)
{
	CLEANUP(json_putp) struct json_object *fields = json_object_new_object();

	json_add_form(fields, query, strlen(query));
	return xstrdup_null(json_get_string(fields, "bodySHA256"));
}

static bool has_body_digest(const struct hook_request *request, const char *expected)
{
	uint8_t digest[SIGN_SHA256_SIZE];
	CLEANUP(freep) char *hex = NULL;

	sign_sha256(request->body, request->body_len, digest);
	hex = sign_hex(digest, sizeof(digest));
	return strcasecmp(hex, expected) == 0;
}

static const char *verify_twilio(const struct config *config, const struct config_source *source,
				 const struct hook_request *request, int64_t now)
{
	const char *given = get_header(request, "X-Twilio-Signature");
	CLEANUP(buf_done) struct buf text = BUF_INIT(3 * request->body_len + 1);
	CLEANUP(freep) char *digest = body_digest(request->query);
	CLEANUP(freep) struct fields *list = xnew(struct fields);
	int r = 0;

	(void)now;
	if (!given || strlen(given) > MAX_SIGNATURE)
		return "X-Twilio-Signature is missing, or there twice";
	if (digest && !has_body_digest(request, digest))
		return "the body is not that of bodySHA256";
	if (!digest && is_form(request->content_type)) {
		read_fields(request->body, request->body_len, list);
		r = add_fields(&text, list);
		fields_done(list);
	}
	if (r < 0)
		return "the form is too long";
	if (fits_url(config, source, request, "", &text) ||
	    fits_url(config, source, request, "/", &text))
		return NULL;
	return "the signature fits no secret: is public_url what Twilio calls?";
}

/* ---- standard-webhooks ---- */

static const char *verify_webhook(const struct config *config, const struct config_source *source,
				  const struct hook_request *request, int64_t now)
{
	const char *timestamp = get_header(request, "webhook-timestamp");
	struct sign_webhook_received received = {
		.webhook_id = get_header(request, "webhook-id"),
		.timestamp_sec = timestamp ? strtoll(timestamp, NULL, 10) : 0,
		.signature = get_header(request, "webhook-signature"),
		.body = request->body,
		.len = request->body_len,
	};
	int best = -EBADMSG;

	(void)config;
	if (!timestamp || !received.webhook_id || !received.signature)
		return "webhook-id, webhook-timestamp or webhook-signature is missing, or there "
		       "twice";
	for (size_t i = 0; i < source->signature_secrets.count && best != 0; i++) {
		struct sign_secret secret;

		if (sign_secret_parse(source->signature_secrets.word[i], &secret) < 0)
			continue; /* was checked when it was loaded */
		best = sign_webhook_verify(&secret, &received, now, HOOK_TOLERANCE);
		explicit_bzero(&secret, sizeof(secret));
	}
	if (best == 0)
		return NULL;
	return best == -ETIME ? "webhook-timestamp is too old or too new: is the clock right?"
			      : "the signature fits no secret";
}

/* ---- basic ---- */

static const char *verify_basic(const struct config *config, const struct config_source *source,
				const struct hook_request *request, int64_t now)
{
	const char *text = get_header(request, "Authorization");
	uint8_t pair[MAX_SIGNATURE], given[SIGN_SHA256_SIZE];
	bool has_match = false;
	int len;

	(void)config;
	(void)now;
	if (!text || strncasecmp(text, "Basic ", 6) != 0)
		return "Authorization: Basic is missing, or there twice";
	text += 6 + strspn(text + 6, " ");
	len = sign_base64_decode(text, strlen(text), pair, sizeof(pair));
	if (len < 0)
		return "Authorization: Basic is not base64 of user:password";
	sign_sha256(pair, (size_t)len, given);
	for (size_t i = 0; i < source->signature_secrets.count; i++) {
		const char *secret = source->signature_secrets.word[i];
		uint8_t digest[SIGN_SHA256_SIZE];

		sign_sha256(secret, strlen(secret), digest);
		has_match |= sign_equal(digest, given, sizeof(digest));
	}
	return has_match ? NULL : "user or password is wrong";
}

/* ---- the table ---- */

/* NULL: it fits; else static text that says why not. */
typedef const char *verify_fn(const struct config *config, const struct config_source *source,
			      const struct hook_request *request, int64_t now);

static verify_fn *const schemes[] = {
	[SIGNATURE_NONE] = NULL,
	[SIGNATURE_HMAC_SHA256] = verify_hmac,
	[SIGNATURE_TWILIO] = verify_twilio,
	[SIGNATURE_STANDARD_WEBHOOKS] = verify_webhook,
	[SIGNATURE_BASIC] = verify_basic,
};

int hook_verify(const struct config *config, const struct config_source *source,
		const struct hook_request *request, int64_t now, const char **ret_why)
{
	verify_fn *verify = schemes[source->signature];
	const char *why = verify ? verify(config, source, request, now) : NULL;

	if (!why)
		return 0;
	*ret_why = why;
	return -EBADMSG;
}

const char *hook_dedupe(const struct config_source *source, const struct hook_request *request)
{
	if (source->signature == SIGNATURE_STANDARD_WEBHOOKS)
		return get_header(request, "webhook-id");
	return NULL;
}
