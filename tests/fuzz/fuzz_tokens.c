/* Tokens of callback URLs, and the file of their keys. The first byte chooses. */
#include "fuzz/fuzz.h"

#include <errno.h>

#include "base/ids.h"
#include "base/tokens.h"

static const struct tokens ring = {
	.count = 2,
	.keys = { { .id = "aaaaaaaa", .key = { 1, 2, 3 } }, { .id = "bbbbbbbb", .key = { 4 } } },
};

/* What verifies can only have been minted: the subject leads to the same token again. */
static void check_verify(const char *text, size_t len)
{
	struct tokens one = { .count = 1 };
	char subject[TOKENS_MAX_SUBJECT + 1], token[TOKENS_TEXT_SIZE];
	bool is_same = false;
	int64_t id;

	if (tokens_verify(&ring, "answer", text, len, subject) < 0)
		return;
	for (size_t i = 0; i < ring.count; i++) {
		one.keys[0] = ring.keys[i];
		tokens_mint(&one, "answer", subject, token);
		is_same |= strlen(token) == len && memcmp(token, text, len) == 0;
	}
	MUST(is_same);
	if (ids_parse(ID_MESSAGE, subject, strlen(subject), &id) == 0)
		MUST(id >= 0);
}

/* A minted one verifies; with one byte changed it does not. */
static void check_mint(const uint8_t *data, size_t size)
{
	char subject[TOKENS_MAX_SUBJECT + 1] = { 0 }, token[TOKENS_TEXT_SIZE];
	char back[TOKENS_MAX_SUBJECT + 1];
	size_t len, at;

	if (size < 3)
		return;
	at = data[0];
	len = size - 2 < TOKENS_MAX_SUBJECT ? size - 2 : TOKENS_MAX_SUBJECT;
	for (size_t i = 0; i < len; i++)
		subject[i] = (char)('0' + data[2 + i] % 75);
	len = strlen(tokens_mint(&ring, "answer", subject, token));
	MUST(tokens_verify(&ring, "answer", token, len, back) == 0 && streq(subject, back));
	MUST(tokens_verify(&ring, "followup", token, len, back) == -EBADMSG);
	if (data[1] == 0)
		return;
	token[at % len] ^= (char)data[1];
	MUST(tokens_verify(&ring, "answer", token, len, back) == -EBADMSG);
}

static void check_file(const uint8_t *data, size_t size)
{
	struct tokens tokens = { 0 };
	CLEANUP(freep) char *why = NULL;
	char path[FUZZ_PATH_SIZE], token[TOKENS_TEXT_SIZE];
	CLEANUP(closep) int fd = fuzz_file(data, size, path);
	int r = tokens_load(path, &tokens, &why);

	(void)fd;
	MUST(r == 0 || r == -EBADMSG);
	MUST((r == 0) == (why == NULL) && (r == 0) == (tokens.count > 0));
	if (r == 0)
		tokens_mint(&tokens, "answer", "x", token);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };
	int64_t id;

	if (size < 1)
		return 0;
	input.data++;
	input.size--;

	CLEANUP(freep) char *text = fuzz_rest(&input);
	switch (data[0] % 4) {
	case 0:
		check_verify(text, input.size);
		break;
	case 1:
		check_mint(input.data, input.size);
		break;
	case 2:
		check_file(input.data, input.size);
		break;
	default:
		if (ids_parse(ID_CALLBACK, text, input.size, &id) == 0)
			MUST(id >= 0);
		break;
	}
	return 0;
}
