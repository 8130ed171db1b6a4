/*
 * The byte checker in front of json-c: a recursive descent over the grammar of RFC 8259, as deep as
 * JSON_MAX_DEPTH and no deeper, so hostile nesting costs neither stack nor time.
 */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "base/json.h"
#include "base/json_check.h"

struct cursor {
	const uint8_t *at;
	const uint8_t *end;
	unsigned depth;
	bool has_long_number;
	const char *why; /* set by the first failure */
};

size_t json_check_utf8(const uint8_t *data, size_t len)
{
	uint8_t first = data[0];
	if (first < 0x80)
		return 1;
	if (first < 0xC2 || first > 0xF4) /* continuation, overlong C0 C1, beyond U+10FFFF */
		return 0;

	size_t size = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
	if (len < size)
		return 0;
	for (size_t i = 1; i < size; i++) {
		if ((data[i] & 0xC0) != 0x80)
			return 0;
	}
	/* The second byte tells the overlong forms, the surrogates and the end of the range. */
	uint8_t second = data[1];
	if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
	    (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F))
		return 0;
	return size;
}

bool json_is_utf8(const void *data, size_t len)
{
	const uint8_t *at = data;
	while (len > 0) {
		size_t size = json_check_utf8(at, len);
		if (size == 0)
			return false;
		at += size;
		len -= size;
	}
	return true;
}

static bool fail(struct cursor *cursor, const char *why)
{
	cursor->why = why;
	return false;
}

/* The byte at the cursor; 0, which the grammar has nowhere, at the end. */
static uint8_t peek(const struct cursor *cursor)
{
	return cursor->at < cursor->end ? *cursor->at : 0;
}

static bool take(struct cursor *cursor, char wanted)
{
	if (peek(cursor) != (uint8_t)wanted)
		return false;
	cursor->at++;
	return true;
}

static void skip_blanks(struct cursor *cursor)
{
	while (take(cursor, ' ') || take(cursor, '\t') || take(cursor, '\n') || take(cursor, '\r'))
		;
}

static bool is_digit(uint8_t byte)
{
	return byte >= '0' && byte <= '9';
}

static bool is_hex(uint8_t byte)
{
	return is_digit(byte) || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
}

/* After the backslash. */
static bool check_escape(struct cursor *cursor, bool is_key)
{
	if (!take(cursor, 'u')) {
		uint8_t byte = peek(cursor);
		if (byte == 0 || !strchr("\"\\/bfnrt", byte))
			return fail(cursor, "unknown escape in a string");
		cursor->at++;
		return true;
	}

	unsigned digits_set = 0;
	for (unsigned i = 0; i < 4; i++) {
		uint8_t byte = peek(cursor);
		if (!is_hex(byte))
			return fail(cursor, "\\u without four hexadecimal digits");
		if (byte != '0')
			digits_set++;
		cursor->at++;
	}
	/* json-c would cut the key there, and the rest could overwrite another one. */
	if (is_key && digits_set == 0)
		return fail(cursor, "NUL in a key");
	return true;
}

/* Past what needs no look: printable ASCII but for the quote and the backslash. */
static void skip_plain(struct cursor *cursor)
{
	const uint8_t *at = cursor->at;

	while (at < cursor->end && *at >= 0x20 && *at < 0x80 && *at != '"' && *at != '\\')
		at++;
	cursor->at = at;
}

/* After the opening quote. */
static bool check_string(struct cursor *cursor, bool is_key)
{
	while (skip_plain(cursor), !take(cursor, '"')) {
		if (cursor->at == cursor->end)
			return fail(cursor, "string without an end");
		if (*cursor->at < 0x20)
			return fail(cursor, "control character in a string");
		if (take(cursor, '\\')) {
			if (!check_escape(cursor, is_key))
				return false;
			continue;
		}
		size_t size = json_check_utf8(cursor->at, (size_t)(cursor->end - cursor->at));
		if (size == 0)
			return fail(cursor, "not UTF-8");
		cursor->at += size;
	}
	return true;
}

static bool check_digits(struct cursor *cursor)
{
	const uint8_t *start = cursor->at;
	while (is_digit(peek(cursor)))
		cursor->at++;
	if (cursor->at == start)
		return fail(cursor, "malformed number");
	if (cursor->at - start >= JSON_CHECK_LONG)
		cursor->has_long_number = true;
	return true;
}

static bool check_number(struct cursor *cursor)
{
	take(cursor, '-');
	if (!take(cursor, '0') && !check_digits(cursor)) /* no digit follows a leading zero */
		return false;
	if (take(cursor, '.') && !check_digits(cursor))
		return false;
	if (take(cursor, 'e') || take(cursor, 'E')) {
		if (!take(cursor, '+'))
			take(cursor, '-');
		return check_digits(cursor);
	}
	return true;
}

static bool check_word(struct cursor *cursor, const char *word)
{
	size_t len = strlen(word);
	if ((size_t)(cursor->end - cursor->at) < len || memcmp(cursor->at, word, len) != 0)
		return fail(cursor, "not a JSON value");
	cursor->at += len;
	return true;
}

static bool check_value(struct cursor *cursor);

static bool check_member(struct cursor *cursor)
{
	skip_blanks(cursor);
	if (!take(cursor, '"'))
		return fail(cursor, "an object's key is not a string");
	if (!check_string(cursor, true))
		return false;
	skip_blanks(cursor);
	if (!take(cursor, ':'))
		return fail(cursor, "no ':' after a key");
	return check_value(cursor);
}

/* After the opening bracket of an object or array. */
static bool check_container(struct cursor *cursor, char close,
			    bool (*check_item)(struct cursor *cursor))
{
	if (cursor->depth == JSON_MAX_DEPTH)
		return fail(cursor, "nested too deep");
	cursor->depth++;

	skip_blanks(cursor);
	if (!take(cursor, close)) {
		do {
			if (!check_item(cursor))
				return false;
			skip_blanks(cursor);
		} while (take(cursor, ','));
		if (!take(cursor, close))
			return fail(cursor, "object or array without an end");
	}
	cursor->depth--;
	return true;
}

static bool check_value(struct cursor *cursor)
{
	skip_blanks(cursor);
	if (take(cursor, '{'))
		return check_container(cursor, '}', check_member);
	if (take(cursor, '['))
		return check_container(cursor, ']', check_value);
	if (take(cursor, '"'))
		return check_string(cursor, false);

	switch (peek(cursor)) {
	case 't':
		return check_word(cursor, "true");
	case 'f':
		return check_word(cursor, "false");
	case 'n':
		return check_word(cursor, "null");
	default:
		break;
	}
	if (peek(cursor) == '-' || is_digit(peek(cursor)))
		return check_number(cursor);
	return fail(cursor, cursor->at == cursor->end ? "value missing" : "not a JSON value");
}

int json_check(const void *data, size_t len, const char **ret_why)
{
	const uint8_t *at = len > 0 ? data : (const uint8_t *)"";
	struct cursor cursor = { .at = at, .end = at + len };

	if (check_value(&cursor)) {
		skip_blanks(&cursor);
		if (cursor.at == cursor.end)
			return cursor.has_long_number;
		cursor.why = "text after the value";
	}
	*ret_why = cursor.why;
	return -EBADMSG;
}
