/* options_secrets: what is taken from secret files, what is refused, and that nobody is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/options_fixture.h"

static void test_secrets__are_loaded_and_stripped(void **state)
{
	struct options_fixture *f = *state;
	const struct config *c;

	options_write(f, "crm",
		      "# old\n" CLEAR_KEY "\n"
		      "sha256:4D9172D8C22D9E1A0D8B2DF6A8F0F0A0B4E0D1C2B3A495867768594A3B2C1D0E\n",
		      0600);
	options_write(f, "desk",
		      "# newest first\nwhsec_" SECRET_BASE64 "\nwhsec_" SECRET_BASE64 "\n", 0600);
	assert_loads(f, options_load_changed(f, "callbacks api",
					     "callbacks api\nadmin_token_file = " EXAMPLE_DIR
					     "admin"));
	c = f->config;
	assert_string_equal(c->maax.api_key, API_KEY);
	assert_null(c->ais[0].api_key);
	assert_string_equal(c->listeners[0].admin_token, ADMIN_TOKEN);
	assert_int_equal(c->sources[0].key_count, 2);
	assert_int_equal(c->sources[0].keys[1][0], 0x4d);
	assert_int_equal(c->destinations[0].secret_count, 2);
	assert_int_equal(c->destinations[0].secrets[1].len, 24);
}

static void test_secrets__find_the_source_of_a_key(void **state)
{
	struct options_fixture *f = *state;
	uint8_t digest[SIGN_SHA256_SIZE];
	CLEANUP(freep) char *hex = NULL;
	CLEANUP(freep) char *line = NULL;
	const struct config *c;

	sign_sha256(OTHER_KEY, strlen(OTHER_KEY), digest);
	hex = sign_hex(digest, sizeof(digest));
	line = xasprintf("sha256:%s\n", hex);
	options_write(f, "other", line, 0600);
	assert_loads(f, options_load_changed(f, "[destination \"desk\"]\n",
					     "[source \"other\"]\nkind = api\nai = sales\n"
					     "key_file = " EXAMPLE_DIR "other\n"
					     "[destination \"desk\"]\n"));
	c = f->config;
	assert_ptr_equal(config_source_by_key(c, CLEAR_KEY), &c->sources[0]);
	assert_ptr_equal(config_source_by_key(c, OTHER_KEY), &c->sources[1]);
	assert_null(config_source_by_key(c, ""));
	assert_null(config_source_by_key(c, hex));
	assert_null(config_source_by_key(c, CLEAR_KEY "x"));
}

static void test_secrets__come_from_credentials(void **state)
{
	struct options_fixture *f = *state;
	int r;

	setenv("CREDENTIALS_DIRECTORY", f->dir, 1);
	options_write(f, "maax-key", "credential-key\n", 0400);
	r = options_load_changed(f, EXAMPLE_DIR "maax", "maax-key");
	unsetenv("CREDENTIALS_DIRECTORY");
	assert_loads(f, r);
	assert_string_equal(f->config->maax.api_key, "credential-key");
}

static void test_secrets__of_an_ai_stand_in_for_the_common_one(void **state)
{
	struct options_fixture *f = *state;
	CLEANUP(freep)
	char *without = options_replace(options_good, "api_key_file = " EXAMPLE_DIR "maax\n", "");
	CLEANUP(freep)
	char *own = options_replace(without, "ai_id = 123\n",
				    "ai_id = 123\napi_key_file = " EXAMPLE_DIR "maax\n");

	assert_loads(f, options_load(f, own));
	assert_string_equal(f->config->ais[0].api_key, API_KEY);
	assert_null(f->config->maax.api_key);
}

static const struct {
	const char *file, *text, *expected;
} bad_secrets[] = {
	{ "maax", "", "maax is empty: write the secret into it" },
	{ "maax", "\n\n", "maax is empty" },
	{ "maax", "topsecret-one\ntopsecret-two\n", "line 2: a second line" },
	{ "maax", "topsecret key\n", "line 1: must be printable ASCII without blanks" },
	{ "maax", "topsecret\xc3\xa4\n", "line 1: must be printable ASCII" },
	{ "crm", "# nothing\n", "crm holds no key" },
	{ "crm", "topsecret\n", "line 1: must have 16 to 1024 characters" },
	{ "crm", "\ntopsecret with blanks in it\n", "line 2: must be printable" },
	{ "crm", "sha256:topsecret\n", "line 1: not sha256: and 64 hex digits" },
	{ "crm", "sha256:topsecrettopsecrettopsecrettopsecrettopsecrettopsecrettopsecrettopsecr\n",
	  "line 1: not sha256: and 64 hex digits" },
	{ "crm", "topsecret-topsecret\ntopsecret-topsecret\n",
	  "line 2: the key is one of [source \"crm\"] already" },
	{ "desk", "# nothing\n", "desk holds no secret" },
	{ "desk", "topsecret\n", "line 1: not whsec_ and base64 of 24 to 64 bytes" },
	{ "desk", "whsec_dG9wc2VjcmV0\n", "line 1: not whsec_" },
	{ "admin", "topsecret\n", "line 1: must have 16 to 1024 characters" },
};

/* Each in a directory of its own, beside secrets that are right. */
static void test_secrets__are_checked_and_never_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad_secrets); i++) {
		struct options_fixture *f;
		void *own;
		int r;

		options_setup(&own);
		f = own;
		options_write(f, bad_secrets[i].file, bad_secrets[i].text, 0600);
		r = options_load_changed(f, "callbacks api",
					 "callbacks api\nadmin_token_file = " EXAMPLE_DIR "admin");
		assert_refused(f, r, bad_secrets[i].expected);
		assert_null(strstr(buf_text(&f->errors.text), "topsecret"));
		assert_null(strstr(buf_text(&f->errors.text), "dG9wc2VjcmV0"));
		options_teardown(&own);
	}
}

static void test_secrets__have_bounds(void **state)
{
	struct options_fixture *f = *state;
	CLEANUP(buf_done) struct buf text = BUF_INIT(MIB);

	for (int i = 0; i < 9; i++)
		assert_int_equal(buf_add_text(&text, "whsec_" SECRET_BASE64 "\n"), 0);
	options_write(f, "desk", buf_text(&text), 0600);
	assert_refused(f, options_load(f, options_good), "desk line 9: more than 8 secrets");

	buf_clear(&text);
	while (text.len <= 64 * KIB)
		assert_int_equal(buf_add_text(&text, "# a comment that goes on and on\n"), 0);
	options_write(f, "desk", buf_text(&text), 0600);
	assert_refused(f, options_load(f, options_good), "a secret file has at most 64 KiB");

	options_write(f, "desk", "whsec_" SECRET_BASE64 "\n", 0600);
	assert_refused(f, options_load_changed(f, EXAMPLE_DIR "desk", "/dev/zero"),
		       "name a regular file");
	assert_refused(f, options_load_changed(f, EXAMPLE_DIR "desk", "/"), "Is a directory");
}

static void test_secrets__readable_by_others_are_told(void **state)
{
	struct options_fixture *f = *state;

	options_write(f, "crm", CLEAR_KEY "\n", 0644);
	assert_loads(f, options_load(f, options_good));
	assert_int_equal(f->warnings.count, 1);
	assert_non_null(
		strstr(buf_text(&f->warnings.text), ":15: [source \"crm\"] key_file: others"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, options_setup, options_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_secrets__are_loaded_and_stripped),
		TEST(test_secrets__find_the_source_of_a_key),
		TEST(test_secrets__come_from_credentials),
		TEST(test_secrets__of_an_ai_stand_in_for_the_common_one),
		cmocka_unit_test(test_secrets__are_checked_and_never_told),
		TEST(test_secrets__have_bounds),
		TEST(test_secrets__readable_by_others_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
