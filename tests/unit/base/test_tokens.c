/* base/tokens: minting and verifying, rotation, and the key file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sign.h"
#include "base/tokens.h"

#define KEY_1 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define KEY_2 "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA="

struct fixture {
	char dir[64];
	char path[80];
};

static int setup(void **state)
{
	struct fixture *f = xnew(struct fixture);

	snprintf(f->dir, sizeof(f->dir), "/tmp/maaxd-test-tokens-XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	snprintf(f->path, sizeof(f->path), "%s/callback-keys", f->dir);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	int r;

	unlink(f->path);
	r = rmdir(f->dir); /* fails when a test left a file behind */
	free(f);
	return r;
}

static void write_file(const char *path, const char *text, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	assert_int_equal(close(fd), 0);
}

static void load(const struct fixture *f, const char *text, struct tokens *ret_tokens)
{
	char *why = NULL;

	write_file(f->path, text, strlen(text));
	assert_int_equal(tokens_load(f->path, ret_tokens, &why), 0);
	assert_null(why);
}

static void assert_refused(const struct fixture *f, const char *text, size_t len, const char *hint)
{
	CLEANUP(freep) char *why = NULL;
	struct tokens tokens = { .count = 77 };

	write_file(f->path, text, len);
	assert_int_equal(tokens_load(f->path, &tokens, &why), -EBADMSG);
	assert_non_null(why);
	if (!strstr(why, hint))
		fail_msg("'%s' does not say '%s'", why, hint);
	assert_null(strstr(why, "AAEC")); /* no key in a message */
	assert_int_equal(tokens.count, 77);
}

static struct tokens ring_of(unsigned count)
{
	struct tokens tokens = { .count = count };

	for (unsigned i = 0; i < count; i++) {
		snprintf(tokens.keys[i].id, sizeof(tokens.keys[i].id), "key%caaaa", 'a' + (int)i);
		memset(tokens.keys[i].key, (int)i + 1, TOKENS_KEY_SIZE);
	}
	return tokens;
}

static int verify(const struct tokens *tokens, const char *purpose, const char *text)
{
	char subject[TOKENS_MAX_SUBJECT + 1];

	return tokens_verify(tokens, purpose, text, strlen(text), subject);
}

/* ---- tokens ---------------------------------------------------------------------------------- */

static void test_tokens_mint__is_subject_key_id_and_truncated_hmac(void **state)
{
	struct tokens tokens = ring_of(2);
	uint8_t digest[SIGN_SHA256_SIZE];
	CLEANUP(freep) char *mac = NULL;
	CLEANUP(freep) char *expected = NULL;
	char text[TOKENS_TEXT_SIZE];

	(void)state;
	sign_hmac_sha256(tokens.keys[0].key, TOKENS_KEY_SIZE, "answer.msg_1", 12, digest);
	mac = sign_base64url(digest, 16);
	expected = xasprintf("msg_1.keyaaaaa.%s", mac);
	assert_string_equal(tokens_mint(&tokens, "answer", "msg_1", text), expected);
	assert_ptr_equal(tokens_mint(&tokens, "answer", "msg_1", text), text);
}

static void test_tokens_verify__gives_the_subject_back(void **state)
{
	char longest[TOKENS_MAX_SUBJECT + 1];
	const char *const subjects[] = { "m", "msg_0123456789abc", "sales-team_2", longest };
	struct tokens tokens = ring_of(1);

	(void)state;
	memset(longest, 'x', TOKENS_MAX_SUBJECT);
	longest[TOKENS_MAX_SUBJECT] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(subjects); i++) {
		char text[TOKENS_TEXT_SIZE], subject[TOKENS_MAX_SUBJECT + 1] = "";

		tokens_mint(&tokens, "answer", subjects[i], text);
		assert_int_equal(tokens_verify(&tokens, "answer", text, strlen(text), subject), 0);
		assert_string_equal(subject, subjects[i]);
	}
}

static void test_tokens_verify__needs_no_terminator(void **state)
{
	struct tokens tokens = ring_of(1);
	char text[TOKENS_TEXT_SIZE], subject[TOKENS_MAX_SUBJECT + 1];
	size_t len = strlen(tokens_mint(&tokens, "answer", "msg_1", text));
	CLEANUP(freep) char *exact = xcalloc(len, 1);

	(void)state;
	memcpy(exact, text, len);
	assert_int_equal(tokens_verify(&tokens, "answer", exact, len, subject), 0);
	assert_string_equal(subject, "msg_1");
}

static void test_tokens_verify__takes_older_keys_and_mints_with_the_newest(void **state)
{
	struct tokens old = ring_of(1), both = ring_of(2), newest = ring_of(2);
	char text[TOKENS_TEXT_SIZE];

	(void)state;
	both.keys[1] = old.keys[0];
	both.keys[0] = ring_of(3).keys[2];
	newest = both;
	newest.count = 1;

	tokens_mint(&old, "answer", "msg_1", text);
	assert_int_equal(verify(&both, "answer", text), 0);
	assert_int_equal(verify(&newest, "answer", text), -EBADMSG);
	tokens_mint(&both, "answer", "msg_1", text);
	assert_int_equal(verify(&newest, "answer", text), 0);
	assert_int_equal(verify(&old, "answer", text), -EBADMSG);
}

static void test_tokens_verify__is_bound_to_purpose_subject_and_key(void **state)
{
	struct tokens tokens = ring_of(2), other = ring_of(2);
	char text[TOKENS_TEXT_SIZE];

	(void)state;
	tokens_mint(&tokens, "answer", "msg_1", text);
	assert_int_equal(verify(&tokens, "followup", text), -EBADMSG);
	assert_int_equal(verify(&tokens, "", text), -EBADMSG);
	text[4] = '2';
	assert_int_equal(verify(&tokens, "answer", text), -EBADMSG);
	text[4] = '1';
	memset(other.keys[0].key, 99, TOKENS_KEY_SIZE); /* the same id, another key */
	assert_int_equal(verify(&other, "answer", text), -EBADMSG);
	text[6 + 3] = 'b'; /* the other key's id */
	assert_int_equal(verify(&tokens, "answer", text), -EBADMSG);
}

static void test_tokens_verify__refuses_every_changed_byte(void **state)
{
	struct tokens tokens = ring_of(3);
	char text[TOKENS_TEXT_SIZE];
	size_t len = strlen(tokens_mint(&tokens, "answer", "msg_0123456789abc", text));

	(void)state;
	for (size_t i = 0; i < len; i++) {
		char original = text[i];

		for (int c = 0; c < 256; c++) {
			char subject[TOKENS_MAX_SUBJECT + 1] = "untouched";

			text[i] = (char)c;
			if (text[i] == original)
				continue;
			assert_int_equal(tokens_verify(&tokens, "answer", text, len, subject),
					 -EBADMSG);
			assert_string_equal(subject, "untouched");
		}
		text[i] = original;
	}
	assert_int_equal(verify(&tokens, "answer", text), 0);
}

static void test_tokens_verify__refuses_every_other_length(void **state)
{
	struct tokens tokens = ring_of(1);
	char text[TOKENS_TEXT_SIZE], padded[4 * TOKENS_TEXT_SIZE], subject[TOKENS_MAX_SUBJECT + 1];
	size_t len = strlen(tokens_mint(&tokens, "answer", "msg_1", text));

	(void)state;
	for (size_t i = 0; i < len; i++) {
		assert_int_equal(tokens_verify(&tokens, "answer", text, i, subject), -EBADMSG);
		assert_int_equal(
			tokens_verify(&tokens, "answer", text + i + 1, len - i - 1, subject),
			-EBADMSG);
	}
	memset(padded, 'a', sizeof(padded));
	memcpy(padded + sizeof(padded) - len, text, len);
	assert_int_equal(tokens_verify(&tokens, "answer", padded, sizeof(padded), subject),
			 -EBADMSG);
	memcpy(padded, text, len);
	assert_int_equal(tokens_verify(&tokens, "answer", padded, len + 1, subject), -EBADMSG);
}

static void test_tokens_verify__refuses_odd_shapes(void **state)
{
	static const char *const bad[] = {
		"",
		".",
		"..",
		".keyaaaaa.AAAAAAAAAAAAAAAAAAAAAA",
		"msg_1.keyaaaaa.",
		"msg_1.keyaaaaa.AAAAAAAAAAAAAAAAAAAAA=",
		"msg_1.keyaaaaa.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"msg_1..AAAAAAAAAAAAAAAAAAAAAA",
		"msg.1.keyaaaaa.AAAAAAAAAAAAAAAAAAAAAA",
		"msg/1.keyaaaaa.AAAAAAAAAAAAAAAAAAAAAA",
		"msg 1.keyaaaaa.AAAAAAAAAAAAAAAAAAAAAA",
		"msg_1.keyaaaaa.AAAAAAAAAAAAAAAAAAAAAA/",
	};
	struct tokens tokens = ring_of(1), none = { 0 };
	char text[TOKENS_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(verify(&tokens, "answer", bad[i]), -EBADMSG);
	tokens_mint(&tokens, "answer", "msg_1", text);
	assert_int_equal(verify(&none, "answer", text), -EBADMSG);
}

static void test_tokens_verify__refuses_signed_subjects_that_could_mislead(void **state)
{
	static const char *const bad[] = { "a/b", "a.b", "a b", "a\nb", "", "\xc3\xa9" };
	struct tokens tokens = ring_of(1);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CLEANUP(freep) char *signed_text = xasprintf("answer.%s", bad[i]);
		CLEANUP(freep) char *mac = NULL;
		CLEANUP(freep) char *text = NULL;
		uint8_t digest[SIGN_SHA256_SIZE];

		sign_hmac_sha256(tokens.keys[0].key, TOKENS_KEY_SIZE, signed_text,
				 strlen(signed_text), digest);
		mac = sign_base64url(digest, 16);
		text = xasprintf("%s.keyaaaaa.%s", bad[i], mac);
		assert_int_equal(verify(&tokens, "answer", text), -EBADMSG);
	}
}

static void test_tokens_check_value__tells_keys_apart(void **state)
{
	struct tokens tokens = ring_of(2);
	uint8_t first[16], again[16], second[16];

	(void)state;
	tokens_check_value(&tokens.keys[0], first);
	tokens_check_value(&tokens.keys[0], again);
	tokens_check_value(&tokens.keys[1], second);
	assert_memory_equal(first, again, sizeof(first));
	assert_memory_not_equal(first, second, sizeof(first));
	assert_memory_not_equal(first, tokens.keys[0].key, sizeof(first));
}

/* ---- the key file ---------------------------------------------------------------------------- */

static void test_tokens_load__reads_keys_newest_first(void **state)
{
	struct tokens tokens;

	load(*state, "# a comment\n\nbbbbbb22 " KEY_2 "\n# another\naaaaaa77 " KEY_1, &tokens);
	assert_int_equal(tokens.count, 2);
	assert_string_equal(tokens.keys[0].id, "bbbbbb22");
	assert_string_equal(tokens.keys[1].id, "aaaaaa77");
	assert_int_equal(tokens.keys[0].key[0], 0xff);
	for (int i = 0; i < TOKENS_KEY_SIZE; i++)
		assert_int_equal(tokens.keys[1].key[i], i);
}

static void test_tokens_load__refuses_bad_lines_and_says_which(void **state)
{
	static const struct {
		const char *text, *hint;
	} cases[] = {
		{ "", "no key" },
		{ "# only this\n\n", "no key" },
		{ "aaaaaa77\n", "line 1" },
		{ "\n# x\naaaaaa77 " KEY_1 " \n", "line 3" },
		{ " aaaaaa77 " KEY_1 "\n", "line 1" },
		{ "aaaaaa77  " KEY_1 "\n", "line 1" },
		{ "aaaaaa77\t" KEY_1 "\n", "line 1" },
		{ "aaaaaa77 " KEY_1 "\r\n", "line 1" },
		{ "aaaaaa7 " KEY_1 "x\n", "line 1" },
		{ "aaaaaa78 " KEY_1 "\n", "a-z and 2-7" },
		{ "AAAAAA77 " KEY_1 "\n", "a-z and 2-7" },
		{ "aaaaaa77 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=\n", "32 bytes" },
		{ "aaaaaa77 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8_\n", "32 bytes" },
		{ "aaaaaa77 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==\n", "32 bytes" },
		{ "aaaaaa77 " KEY_1 "\naaaaaa77 " KEY_2 "\n", "line 2" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_refused(*state, cases[i].text, strlen(cases[i].text), cases[i].hint);
	assert_refused(*state, "aaaa\0a77 " KEY_1 "\n", 9 + 44 + 1, "a-z and 2-7");
}

static void test_tokens_load__bounds_the_keys_and_the_file(void **state)
{
	struct tokens tokens;
	char text[20 * 64] = "";
	size_t len = 0;
	CLEANUP(freep) char *big = xcalloc(9000, 1);

	for (int i = 0; i <= TOKENS_MAX_KEYS; i++) {
		if (i == TOKENS_MAX_KEYS) {
			load(*state, text, &tokens);
			assert_int_equal(tokens.count, TOKENS_MAX_KEYS);
		}
		len += (size_t)snprintf(text + len, sizeof(text) - len, "aaaaaaa%c " KEY_1 "\n",
					'a' + i);
	}
	assert_refused(*state, text, len, "too many keys");
	memset(big, '#', 9000);
	assert_refused(*state, big, 9000, "too long");
}

static void test_tokens_load__refuses_files_that_others_can_read(void **state)
{
	static const mode_t modes[] = { 0640, 0604, 0620, 0602, 0610, 0601 };
	struct fixture *f = *state;
	struct tokens tokens;
	char *why = NULL;

	load(f, "aaaaaa77 " KEY_1 "\n", &tokens);
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		assert_int_equal(chmod(f->path, modes[i]), 0);
		assert_int_equal(tokens_load(f->path, &tokens, &why), -EPERM);
	}
	assert_int_equal(chmod(f->path, 0400), 0);
	assert_int_equal(tokens_load(f->path, &tokens, &why), 0);
	assert_null(why);
}

static void test_tokens_load__needs_a_regular_file(void **state)
{
	struct fixture *f = *state;
	struct tokens tokens;
	char *why = NULL;

	assert_int_equal(tokens_load(f->path, &tokens, &why), -ENOENT);
	assert_int_equal(tokens_load(f->dir, &tokens, &why), -EINVAL);
	assert_int_equal(mkfifo(f->path, 0600), 0);
	assert_int_equal(tokens_load(f->path, &tokens, &why), -EINVAL);
	assert_null(why);
}

static void test_tokens_create__makes_a_private_file_that_loads(void **state)
{
	struct fixture *f = *state;
	struct tokens made, loaded;
	char text[TOKENS_TEXT_SIZE], *why = NULL;
	mode_t mask = umask(0);
	struct stat st;

	assert_int_equal(tokens_create(f->path, &made), 0);
	umask(mask);
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_nlink, 1);
	assert_int_equal(tokens_load(f->path, &loaded, &why), 0);
	assert_int_equal(made.count, 1);
	assert_memory_equal(&made, &loaded, sizeof(made));
	assert_int_equal(verify(&loaded, "answer", tokens_mint(&made, "answer", "msg_1", text)), 0);
}

static void test_tokens_create__never_replaces_a_file(void **state)
{
	struct fixture *f = *state;
	struct tokens first, second = { .count = 77 }, loaded;
	char *why = NULL;

	assert_int_equal(tokens_create(f->path, &first), 0);
	assert_int_equal(tokens_create(f->path, &second), -EEXIST);
	assert_int_equal(second.count, 77);
	assert_int_equal(tokens_load(f->path, &loaded, &why), 0);
	assert_memory_equal(&first, &loaded, sizeof(first));
}

static void test_tokens_create__fails_without_its_directory(void **state)
{
	struct tokens tokens = { .count = 77 };

	(void)state;
	assert_int_equal(tokens_create("/nonexistent/maaxd/callback-keys", &tokens), -ENOENT);
	assert_int_equal(tokens.count, 77);
}

#define FILE_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tokens_mint__is_subject_key_id_and_truncated_hmac),
		cmocka_unit_test(test_tokens_verify__gives_the_subject_back),
		cmocka_unit_test(test_tokens_verify__needs_no_terminator),
		cmocka_unit_test(test_tokens_verify__takes_older_keys_and_mints_with_the_newest),
		cmocka_unit_test(test_tokens_verify__is_bound_to_purpose_subject_and_key),
		cmocka_unit_test(test_tokens_verify__refuses_every_changed_byte),
		cmocka_unit_test(test_tokens_verify__refuses_every_other_length),
		cmocka_unit_test(test_tokens_verify__refuses_odd_shapes),
		cmocka_unit_test(test_tokens_verify__refuses_signed_subjects_that_could_mislead),
		cmocka_unit_test(test_tokens_check_value__tells_keys_apart),
		FILE_TEST(test_tokens_load__reads_keys_newest_first),
		FILE_TEST(test_tokens_load__refuses_bad_lines_and_says_which),
		FILE_TEST(test_tokens_load__bounds_the_keys_and_the_file),
		FILE_TEST(test_tokens_load__refuses_files_that_others_can_read),
		FILE_TEST(test_tokens_load__needs_a_regular_file),
		FILE_TEST(test_tokens_create__makes_a_private_file_that_loads),
		FILE_TEST(test_tokens_create__never_replaces_a_file),
		cmocka_unit_test(test_tokens_create__fails_without_its_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
