/* Words, lengths, sizes and rates as people write them in the configuration. */
#include <errno.h>
#include <string.h>

#include "base/words.h"

#define NAME_MAX_LEN 64 /* longer texts are no misspelt names */

/* A longer length is a slip of the pen; within it, a date plus a length cannot wrap. */
#define DURATION_MAX (100 * 365 * USEC_PER_DAY)

struct unit {
	const char *name;
	uint64_t value;
};

/* The one in `units` of that name, or NULL. */
static const struct unit *unit_of(const struct unit *units, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (streq(units[i].name, name))
			return &units[i];
	return NULL;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/*
 * Reads the word that starts at *text into `out` and moves *text behind it. NULL, or what is wrong.
 */
static const char *read_word(const char **text, char *out)
{
	const char *p = *text;
	bool is_quoted = false;

	for (; *p != '\0' && (is_quoted || !is_blank(*p)); p++) {
		if (*p == '"') {
			is_quoted = !is_quoted;
			continue;
		}
		if (*p == '\\' && *++p == '\0')
			return "a backslash at the end";
		*out++ = *p;
	}
	if (is_quoted)
		return "a quote is not closed";
	*out = '\0';
	*text = p;
	return NULL;
}

int words_split(const char *text, struct words *ret_words, const char **ret_why)
{
	/* A word and the blank behind it take two bytes at least. */
	size_t len = strlen(text), max = len / 2 + 1;
	CLEANUP(freep) char *scratch = xcalloc(len + 1, 1);
	CLEANUP(words_done) struct words words = { .word = xcalloc(max + 1, sizeof(char *)) };

	for (;;) {
		const char *why;

		while (is_blank(*text))
			text++;
		if (*text == '\0')
			break;
		why = read_word(&text, scratch);
		if (why) {
			*ret_why = why;
			return -EINVAL;
		}
		words.word[words.count++] = xstrdup(scratch);
	}
	*ret_words = words;
	words = (struct words){ 0 };
	return 0;
}

void words_done(struct words *words)
{
	for (size_t i = 0; i < words->count; i++)
		free(words->word[i]);
	free(words->word);
	*words = (struct words){ 0 };
}

bool words_has(const struct words *words, const char *word)
{
	for (size_t i = 0; i < words->count; i++)
		if (streq(words->word[i], word))
			return true;
	return false;
}

/* Reads the decimal digits that `text` starts with. Where they end, or NULL: none or too many. */
static const char *read_number(const char *text, uint64_t *ret_number)
{
	const char *p = text;
	uint64_t number = 0;

	for (; *p >= '0' && *p <= '9'; p++) {
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, (uint64_t)(*p - '0'), &number))
			return NULL;
	}
	if (p == text)
		return NULL;
	*ret_number = number;
	return p;
}

int words_duration(const char *text, usec_t *ret_length)
{
	static const struct unit units[] = {
		{ "ms", USEC_PER_MSEC }, { "s", USEC_PER_SEC }, { "m", USEC_PER_MINUTE },
		{ "h", USEC_PER_HOUR },	 { "d", USEC_PER_DAY },
	};
	const struct unit *unit;
	uint64_t number;
	usec_t length;
	const char *end = read_number(text, &number);

	if (!end)
		return -EINVAL;
	if (*end == '\0' && number == 0) {
		*ret_length = 0;
		return 0;
	}
	unit = unit_of(units, ARRAY_SIZE(units), end);
	if (!unit || __builtin_mul_overflow(number, unit->value, &length) || length > DURATION_MAX)
		return -EINVAL;
	*ret_length = length;
	return 0;
}

int words_size(const char *text, uint64_t *ret_bytes)
{
	static const struct unit units[] = {
		{ "", 1 },
		{ "K", KIB },
		{ "M", MIB },
		{ "G", 1024 * MIB },
	};
	const struct unit *unit;
	uint64_t number, bytes;
	const char *end = read_number(text, &number);

	if (!end)
		return -EINVAL;
	unit = unit_of(units, ARRAY_SIZE(units), end);
	if (!unit || __builtin_mul_overflow(number, unit->value, &bytes))
		return -EINVAL;
	*ret_bytes = bytes;
	return 0;
}

int words_rate(const char *text, uint64_t *ret_count, usec_t *ret_window)
{
	static const struct unit units[] = {
		{ "/s", USEC_PER_SEC },
		{ "/m", USEC_PER_MINUTE },
		{ "/h", USEC_PER_HOUR },
		{ "/d", USEC_PER_DAY },
	};
	const struct unit *unit;
	uint64_t number;
	const char *end;

	if (streq(text, "off")) {
		*ret_count = 0;
		*ret_window = 0;
		return 0;
	}
	/* "0/h" looks like "nothing may pass" but a count of 0 means no limit: refused. */
	end = read_number(text, &number);
	if (!end || number == 0)
		return -EINVAL;
	unit = unit_of(units, ARRAY_SIZE(units), end);
	if (!unit)
		return -EINVAL;
	*ret_count = number;
	*ret_window = unit->value;
	return 0;
}

/* Fewest insertions, deletions, changes and swaps of neighbours that make `a` into `b`. */
static size_t edits(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][NAME_MAX_LEN + 1];
	size_t *before = rows[0], *above = rows[1], *row = rows[2];

	for (size_t j = 0; j <= b_len; j++)
		above[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *reused = before;

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t best = above[j - 1] + (a[i - 1] != b[j - 1]);

			best = above[j] + 1 < best ? above[j] + 1 : best;
			best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			row[j] = best;
		}
		before = above;
		above = row;
		row = reused;
	}
	return above[b_len];
}

const char *words_closest(const char *text, const char *const *names, size_t count)
{
	size_t len = strlen(text), least = len / 3 + 1;
	const char *closest = NULL;

	if (len > NAME_MAX_LEN)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		size_t name_len = strlen(names[i]), distance;

		if (name_len > NAME_MAX_LEN)
			continue;
		distance = edits(text, len, names[i], name_len);
		if (distance < least) {
			least = distance;
			closest = names[i];
		}
	}
	return closest;
}
