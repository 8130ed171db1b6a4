/*
 * Unforgeable URL tokens without a database: "{subject}.{key id}.{mac}" with
 * mac = base64url(first 16 bytes of HMAC-SHA256(key, purpose "." subject)).
 * A ring holds several keys: all verify, the newest signs.
 */
#ifndef MAAXD_BASE_TOKENS_H
#define MAAXD_BASE_TOKENS_H

#include "base/base.h"

#define TOKENS_KEY_SIZE 32
#define TOKENS_KEY_ID_SIZE 9 /* 8 characters of a-z2-7 and NUL */
#define TOKENS_MAX_KEYS 16
#define TOKENS_MAX_SUBJECT 64
#define TOKENS_TEXT_SIZE (TOKENS_MAX_SUBJECT + TOKENS_KEY_ID_SIZE + 24)

struct tokens_key {
	char id[TOKENS_KEY_ID_SIZE];
	uint8_t key[TOKENS_KEY_SIZE];
};

struct tokens {
	struct tokens_key keys[TOKENS_MAX_KEYS]; /* newest first */
	size_t count;
};

/*
 * Reads a key file: a line "ID BASE64" a key, newest first, '#' comments. 0, -ENOENT, -EBADMSG with
 * *ret_why (heap, the caller's), -EPERM when others than the owner can read it, or another errno.
 */
MUST_CHECK int tokens_load(const char *path, struct tokens *ret_tokens, char **ret_why);

/* Makes a key file with one new key: O_EXCL, mode 0600, file and directory synced. */
MUST_CHECK int tokens_create(const char *path, struct tokens *ret_tokens);

/* A value that shows whether a stored key id still means the same key, and gives nothing away. */
void tokens_check_value(const struct tokens_key *key, uint8_t out[static 16]);

/* Writes the token of a subject (no dot or slash in it, ≤ TOKENS_MAX_SUBJECT bytes). Returns `out`.
 */
const char *tokens_mint(const struct tokens *tokens, const char *purpose, const char *subject,
			char out[static TOKENS_TEXT_SIZE]);

/* Checks `len` bytes of token in constant time and writes its subject. 0 or -EBADMSG. */
MUST_CHECK int tokens_verify(const struct tokens *tokens, const char *purpose, const char *text,
			     size_t len, char ret_subject[static TOKENS_MAX_SUBJECT + 1]);

#endif
