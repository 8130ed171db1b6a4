/* options: sources of kind hook and mail, their secrets, and what is wrong with bad ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/condition.h"
#include "base/template.h"
#include "lib/options_fixture.h"

#define HOOK_SECRET "hook-secret-0123456789"
#define OLD_SECRET "hook-secret-older.0~_1"
#define DEST "[destination \"desk\"]\n"
#define HOOK "[source \"sms\"]\nkind = hook\nai = sales\nurl_secret_file = " EXAMPLE_DIR "hook\n"
#define SIGNED HOOK "signature_secret_file = " EXAMPLE_DIR "signature\n"

static int setup(void **state)
{
	int r = options_setup(state);

	options_write(*state, "hook", HOOK_SECRET "\n" OLD_SECRET "\n", 0600);
	options_write(*state, "signature", "one\n# two\nthree\n", 0600);
	return r;
}

/* Loads the usual configuration with a section more; it must be right. The source "sms". */
static const struct config_source *load(struct options_fixture *f, const char *section)
{
	CLEANUP(freep) char *to = xasprintf("%s" DEST, section);
	CLEANUP(freep) char *with = options_replace(options_good, DEST, to);
	CLEANUP(freep) char *text = options_replace(with, "callbacks api", "callbacks api hooks");

	assert_loads(f, options_load(f, text));
	return config_source(f->config, "sms");
}

static void test_hook__has_defaults(void **state)
{
	struct options_fixture *f = *state;
	const struct config_source *source = load(f, HOOK);

	assert_int_equal(f->warnings.count, 0);
	assert_int_equal(source->kind, SOURCE_HOOK);
	assert_int_equal(source->signature, SIGNATURE_NONE);
	assert_int_equal(source->reply_status, 200);
	assert_string_equal(source->reply_content_type, "application/json");
	assert_string_equal(template_text(source->reply_body),
			    "{\"status\":\"success\",\"id\":${/id | json}}");
	assert_string_equal(template_text(source->map[MAP_PLATFORM]), "${/platform}");
	assert_non_null(source->map[MAP_TEXT]);
	assert_non_null(source->map[MAP_INTERCOM]);
	assert_null(source->map[MAP_DEDUPE]);
	assert_null(source->accept_if);
	assert_int_equal(source->map_metadata.count, 0);
	assert_int_equal(source->limit_requests.count, 600);
	assert_null(source->key_file);
}

static void test_hook__takes_every_key(void **state)
{
	struct options_fixture *f = *state;
	const struct config_source *source =
		load(f, SIGNED "signature = hmac-sha256\nsignature_header = X-Hub-Signature-256\n"
			       "signature_prefix = sha256=\nsignature_encoding = base64\n"
			       "reply_status = 204\nreply_content_type = text/xml; charset=utf-8\n"
			       "reply_body = <Response/>\nlimit_requests = off\n"
			       "accept_if = /type == \"a b\"\nplatform = sms\n"
			       "map_text = ${/Body | trim}\nmap_dedupe = ${/id}\n"
			       "map_metadata = /a /b/c\n");

	assert_int_equal(source->signature, SIGNATURE_HMAC_SHA256);
	assert_string_equal(source->signature_header, "X-Hub-Signature-256");
	assert_string_equal(source->signature_prefix, "sha256=");
	assert_int_equal(source->signature_encoding, SIGNATURE_BASE64);
	assert_int_equal(source->signature_secrets.count, 2);
	assert_string_equal(source->signature_secrets.word[1], "three");
	assert_int_equal(source->reply_status, 204);
	assert_string_equal(source->reply_content_type, "text/xml; charset=utf-8");
	assert_string_equal(template_text(source->reply_body), "<Response/>");
	assert_int_equal(source->limit_requests.count, 0);
	assert_string_equal(condition_text(source->accept_if), "/type == \"a b\"");
	assert_string_equal(template_text(source->map[MAP_TEXT]), "${/Body | trim}");
	assert_int_equal(source->map_metadata.count, 2);
}

static bool finds(const struct config *config, const char *name, const char *secret)
{
	const struct config_secret given = { name, strlen(name), secret, strlen(secret) };

	return config_source_by_secret(config, &given) != NULL;
}

static void test_secrets__open_their_own_source(void **state)
{
	struct options_fixture *f = *state;

	options_write(f, "hook2", "other-secret-0123456789\n", 0600);
	load(f, HOOK "[source \"form\"]\nkind = hook\nai = sales\nurl_secret_file = " EXAMPLE_DIR
		     "hook2\n");
	assert_true(finds(f->config, "sms", HOOK_SECRET));
	assert_true(finds(f->config, "sms", OLD_SECRET));
	assert_true(finds(f->config, "form", "other-secret-0123456789"));
	assert_false(finds(f->config, "form", HOOK_SECRET));
	assert_false(finds(f->config, "sms", HOOK_SECRET "x"));
	assert_false(finds(f->config, "sms", ""));
	assert_false(finds(f->config, "sm", HOOK_SECRET));
	assert_false(finds(f->config, "crm", HOOK_SECRET));
	assert_false(finds(f->config, "", HOOK_SECRET));
}

static void test_mail__has_no_keys_of_hooks(void **state)
{
	struct options_fixture *f = *state;
	const struct config_source *source = load(f, "[source \"sms\"]\nkind = mail\nai = sales\n");

	assert_int_equal(source->kind, SOURCE_MAIL);
	assert_non_null(source->map[MAP_EMAIL]);
	assert_null(source->url_secret_file);
	assert_null(source->reply_body);
}

static const struct {
	const char *section;
	const char *expected;
} mistakes[] = {
	{ "[source \"sms\"]\nkind = hook\nai = sales\n", "url_secret_file: missing: add it" },
	{ HOOK "key_file = /x\n", "key_file: this kind of [source] has no such key" },
	{ HOOK "signature = twillio\n", "did you mean \"twilio\"?" },
	{ HOOK "signature = twilio\n", "signature_secret_file: missing" },
	{ SIGNED "signature = basic\n", "line 1: not user:password" },
	{ SIGNED "signature = standard-webhooks\n", "line 1: not whsec_ and base64" },
	{ HOOK "signature_encoding = b64\n", "signature_encoding: unknown value" },
	{ HOOK "reply_status = 302\n", "302 is out of range: from 200 to 299" },
	{ HOOK "reply_body = ${/id\n", "reply_body: column" },
	{ HOOK "reply_content_type =\n", "reply_content_type: no value" },
	{ HOOK "map_text = ${/a | shout}\n", "unknown filter \"shout\"" },
	{ HOOK "map_first_name = ${name}\n", "map_first_name: column" },
	{ HOOK "platform =\n", "platform: no value" },
	{ HOOK "accept_if = /a = 1\n", "accept_if: column" },
	{ HOOK "map_metadata = a\n", "\"a\" is not a JSON Pointer" },
	{ HOOK "limit_requests = 5\n", "\"5\" is not a rate" },
	{ "[source \"sms\"]\nkind = mail\nai = sales\nurl_secret_file = /x\n",
	  "url_secret_file: this kind of [source] has no such key" },
	{ "[source \"sms\"]\nkind = api\nai = sales\nkey_file = " EXAMPLE_DIR
	  "hook\nmap_text = ${/a}\n",
	  "map_text: this kind of [source] has no such key" },
};

static void test_mistakes__are_told(void **state)
{
	struct options_fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++) {
		CLEANUP(freep) char *to = xasprintf("%s" DEST, mistakes[i].section);

		assert_refused(f, options_load_changed(f, DEST, to), mistakes[i].expected);
	}
}

static void test_secrets__that_are_bad_are_told_but_not_shown(void **state)
{
	static const struct {
		const char *text, *expected;
	} files[] = {
		{ "", "holds no secret" },
		{ "short\n", "line 1: must have 16 to 1024 characters" },
		{ "with/slash-0123456789\n", "line 1: a secret in a URL has letters" },
		{ "with%20percent-0123456789\n", "line 1: a secret in a URL has letters" },
	};
	struct options_fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		options_write(f, "hook", files[i].text, 0600);
		assert_refused(f, options_load_changed(f, DEST, HOOK DEST), files[i].expected);
		assert_null(strstr(buf_text(&f->errors.text), "0123456789"));
	}
}

static void test_hook__without_a_listener_is_a_warning(void **state)
{
	struct options_fixture *f = *state;

	assert_loads(f, options_load_changed(f, DEST, HOOK DEST));
	assert_non_null(strstr(buf_text(&f->warnings.text), "no [listener] serves hooks"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, options_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_hook__has_defaults),
		TEST(test_hook__takes_every_key),
		TEST(test_secrets__open_their_own_source),
		TEST(test_mail__has_no_keys_of_hooks),
		TEST(test_mistakes__are_told),
		TEST(test_secrets__that_are_bad_are_told_but_not_shown),
		TEST(test_hook__without_a_listener_is_a_warning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
