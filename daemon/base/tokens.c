/*
 * Unforgeable URL tokens. The ids of the keys are public, they stand in every URL; only what comes
 * from a key itself is compared in constant time. Key files are strict: a key that was read
 * slightly wrong would refuse every callback in silence.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/sign.h"
#include "base/tokens.h"

#define KEY_ID_LEN ((size_t)TOKENS_KEY_ID_SIZE - 1)
#define KEY_TEXT_LEN 44 /* base64 of TOKENS_KEY_SIZE bytes */
#define MAC_SIZE 16
#define MAC_TEXT_LEN 22				     /* base64url of MAC_SIZE bytes */
#define TAIL_LEN (1 + KEY_ID_LEN + 1 + MAC_TEXT_LEN) /* ".{key id}.{mac}" */
#define MAX_PURPOSE 32
#define MAX_FILE (8 * KIB)

static const char key_id_alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

_Static_assert(TOKENS_TEXT_SIZE == TOKENS_MAX_SUBJECT + TAIL_LEN + 1, "a token fits exactly");

/* ---- the key file ---------------------------------------------------------------------------- */

/* Reads one "ID BASE64" line into the ring. NULL, or what is wrong with it. */
static const char *read_key(const char *line, size_t len, struct tokens *tokens)
{
	struct tokens_key *key = &tokens->keys[tokens->count];

	if (tokens->count == TOKENS_MAX_KEYS)
		return "too many keys";
	if (len != KEY_ID_LEN + 1 + KEY_TEXT_LEN || line[KEY_ID_LEN] != ' ')
		return "expected an id of 8 characters, one blank and a key of 44";
	memcpy(key->id, line, KEY_ID_LEN);
	key->id[KEY_ID_LEN] = '\0';
	if (strspn(key->id, key_id_alphabet) != KEY_ID_LEN)
		return "an id has only the characters a-z and 2-7";
	for (size_t i = 0; i < tokens->count; i++)
		if (streq(tokens->keys[i].id, key->id))
			return "this id was there before";
	if (sign_base64_decode(line + KEY_ID_LEN + 1, KEY_TEXT_LEN, key->key, sizeof(key->key)) !=
	    TOKENS_KEY_SIZE)
		return "the key is not base64 of 32 bytes";
	tokens->count++;
	return NULL;
}

static int read_keys(const char *text, size_t len, struct tokens *tokens, char **ret_why)
{
	const char *end = text + len;

	for (unsigned number = 1; text < end; number++) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t line_len = (size_t)((newline ? newline : end) - text);
		const char *why = NULL;

		if (line_len > 0 && *text != '#')
			why = read_key(text, line_len, tokens);
		if (why) {
			*ret_why = xasprintf("line %u: %s", number, why);
			return -EBADMSG;
		}
		text += line_len + (newline ? 1 : 0);
	}
	if (tokens->count == 0) {
		*ret_why = xstrdup("it holds no key");
		return -EBADMSG;
	}
	return 0;
}

/* Reads a whole private file. The number of bytes; `size` of them mean that it is too long. */
static ssize_t read_private(int fd, char *out, size_t size)
{
	size_t len = 0;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_mode & (S_IRWXG | S_IRWXO))
		return -EPERM;
	while (len < size) {
		ssize_t n = read(fd, out + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

int tokens_load(const char *path, struct tokens *ret_tokens, char **ret_why)
{
	struct tokens tokens = { 0 };
	char text[MAX_FILE + 1] = { 0 };
	CLEANUP(closep) int fd = -1;
	ssize_t len;
	int r;

	/* O_NONBLOCK: a named pipe must not hold up the start. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	len = read_private(fd, text, sizeof(text));
	if (len < 0)
		return (int)len;
	if ((size_t)len > MAX_FILE) {
		*ret_why = xstrdup("it is too long for a key file");
		r = -EBADMSG;
	} else {
		r = read_keys(text, (size_t)len, &tokens, ret_why);
	}
	if (r == 0)
		*ret_tokens = tokens;
	explicit_bzero(text, sizeof(text));
	explicit_bzero(&tokens, sizeof(tokens));
	return r;
}

static void new_key(struct tokens_key *key)
{
	uint8_t dice[KEY_ID_LEN];

	sign_random(dice, sizeof(dice));
	for (size_t i = 0; i < KEY_ID_LEN; i++)
		key->id[i] = key_id_alphabet[dice[i] % 32];
	key->id[KEY_ID_LEN] = '\0';
	sign_random(key->key, sizeof(key->key));
}

/* Writes and syncs the key file under a name of its own; `temporary` ends in XXXXXX. */
static int write_temporary(char *temporary, const struct tokens_key *key)
{
	CLEANUP(freep) char *encoded = sign_base64(key->key, sizeof(key->key));
	CLEANUP(freep)
	char *text = xasprintf("# Keys of callback URLs, newest first. Whoever loses one loses the "
			       "answers to every open URL.\n%s %s\n",
			       key->id, encoded);
	CLEANUP(closep) int fd = mkostemp(temporary, O_CLOEXEC); /* O_EXCL and 0600 */
	int r = fd < 0 ? -errno : file_write_all(fd, text, strlen(text));

	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	explicit_bzero(text, strlen(text));
	explicit_bzero(encoded, strlen(encoded));
	if (r < 0 && fd >= 0)
		unlink(temporary);
	return r;
}

int tokens_create(const char *path, struct tokens *ret_tokens)
{
	CLEANUP(freep) char *temporary = xasprintf("%s.XXXXXX", path);
	struct tokens tokens = { .count = 1 };
	int r;

	new_key(&tokens.keys[0]);
	r = write_temporary(temporary, &tokens.keys[0]);
	if (r == 0) {
		/* link() is exclusive as O_EXCL is, and the name never stands for half a file, so a
		 * crash here needs no operator. */
		if (link(temporary, path) < 0)
			r = -errno;
		unlink(temporary);
	}
	if (r == 0)
		r = file_sync_directory_of(path);
	if (r == 0)
		*ret_tokens = tokens;
	explicit_bzero(&tokens, sizeof(tokens));
	return r;
}

/* ---- tokens ---------------------------------------------------------------------------------- */

void tokens_check_value(const struct tokens_key *key, uint8_t out[static 16])
{
	/* Without a dot: no token's mac is over such a text. */
	static const char text[] = "check value";
	uint8_t digest[SIGN_SHA256_SIZE];

	sign_hmac_sha256(key->key, sizeof(key->key), text, sizeof(text) - 1, digest);
	memcpy(out, digest, 16);
}

/* What a subject may be: neither dot nor slash, no blank or control, plain ASCII. */
static bool is_subject(const char *text, size_t len)
{
	if (len == 0 || len > TOKENS_MAX_SUBJECT)
		return false;
	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~' || text[i] == '.' || text[i] == '/')
			return false;
	return true;
}

static void compute_mac(const struct tokens_key *key, const char *purpose, const char *subject,
			size_t subject_len, uint8_t out[static SIGN_SHA256_SIZE])
{
	char text[MAX_PURPOSE + 1 + TOKENS_MAX_SUBJECT];
	size_t len = strlen(purpose);

	assert(len <= MAX_PURPOSE && !strchr(purpose, '.'));
	/* NOLINTNEXTLINE(bugprone-not-null-terminated-result): bytes for a MAC, no string */
	memcpy(text, purpose, len);
	text[len++] = '.';
	memcpy(text + len, subject, subject_len);
	sign_hmac_sha256(key->key, sizeof(key->key), text, len + subject_len, out);
}

const char *tokens_mint(const struct tokens *tokens, const char *purpose, const char *subject,
			char out[static TOKENS_TEXT_SIZE])
{
	const struct tokens_key *key = &tokens->keys[0];
	uint8_t digest[SIGN_SHA256_SIZE];
	CLEANUP(freep) char *mac = NULL;

	assert(tokens->count > 0 && is_subject(subject, strlen(subject)));
	compute_mac(key, purpose, subject, strlen(subject), digest);
	mac = sign_base64url(digest, MAC_SIZE);
	snprintf(out, TOKENS_TEXT_SIZE, "%s.%s.%s", subject, key->id, mac);
	return out;
}

int tokens_verify(const struct tokens *tokens, const char *purpose, const char *text, size_t len,
		  char ret_subject[static TOKENS_MAX_SUBJECT + 1])
{
	uint8_t mac[MAC_SIZE], digest[SIGN_SHA256_SIZE];
	size_t subject_len;
	const char *tail;
	bool is_valid = false;

	if (len <= TAIL_LEN)
		return -EBADMSG;
	subject_len = len - TAIL_LEN;
	tail = text + subject_len;
	if (!is_subject(text, subject_len) || tail[0] != '.' || tail[1 + KEY_ID_LEN] != '.')
		return -EBADMSG;
	if (sign_base64url_decode(tail + 2 + KEY_ID_LEN, MAC_TEXT_LEN, mac, MAC_SIZE) != MAC_SIZE)
		return -EBADMSG;

	for (size_t i = 0; i < tokens->count; i++) {
		if (memcmp(tokens->keys[i].id, tail + 1, KEY_ID_LEN) != 0)
			continue;
		compute_mac(&tokens->keys[i], purpose, text, subject_len, digest);
		if (sign_equal(digest, mac, MAC_SIZE))
			is_valid = true;
	}
	if (!is_valid)
		return -EBADMSG;
	memcpy(ret_subject, text, subject_len);
	ret_subject[subject_len] = '\0';
	return 0;
}
