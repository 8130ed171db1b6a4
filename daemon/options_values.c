/* Values of the configuration, by type: read from text, written back as text, freed. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/condition.h"
#include "base/json.h"
#include "base/template.h"
#include "options_table.h"

#define MAX_WORDS 64

struct type_ops {
	int (*parse)(const struct option *option, const char *text, void *place, char **ret_why);
	int (*format)(const struct option *option, const void *place, struct buf *out);
	void (*done)(void *place); /* NULL: nothing to free */
};

struct unit {
	const char *name;
	uint64_t value;
};

/* Largest first; the last one divides everything. */
static const struct unit time_units[] = {
	{ "d", USEC_PER_DAY }, { "h", USEC_PER_HOUR },	{ "m", USEC_PER_MINUTE },
	{ "s", USEC_PER_SEC }, { "ms", USEC_PER_MSEC },
};

static const struct unit size_units[] = {
	{ "G", 1024 * MIB },
	{ "M", MIB },
	{ "K", KIB },
	{ "", 1 },
};

#define UNIT_TEXT_SIZE 32

/* Writes a number in the largest unit that divides it. Returns `out`. */
static const char *format_units(const struct unit *units, size_t count, uint64_t value,
				char out[static UNIT_TEXT_SIZE])
{
	size_t i = 0;

	while (i + 1 < count && value % units[i].value != 0)
		i++;
	if (value == 0)
		i = 0;
	snprintf(out, UNIT_TEXT_SIZE, "%" PRIu64 "%s", value / units[i].value, units[i].name);
	return out;
}

static const char *format_duration_text(usec_t length, char out[static UNIT_TEXT_SIZE])
{
	if (length == 0)
		return "0s";
	return format_units(time_units, ARRAY_SIZE(time_units), length, out);
}

static const char *format_size_text(uint64_t bytes, char out[static UNIT_TEXT_SIZE])
{
	if (bytes == 0)
		return "0";
	return format_units(size_units, ARRAY_SIZE(size_units), bytes, out);
}

/* Strings. */

static int parse_text(const struct option *option, const char *text, void *place, char **ret_why)
{
	int r = option_check_text(option, text, ret_why);
	size_t len = strlen(text);
	char *value;

	if (r < 0)
		return r;
	while (option->type == OPT_BASE_URL && len > 0 && text[len - 1] == '/')
		len--;
	value = xstrndup(text, len);
	memcpy(place, &value, sizeof(value));
	return 0;
}

static char *text_at(const void *place)
{
	char *text;

	memcpy(&text, place, sizeof(text));
	return text;
}

static int format_text(const struct option *option, const void *place, struct buf *out)
{
	const char *text = text_at(place);

	(void)option;
	return buf_add_text(out, text ? text : "");
}

static void text_done(void *place)
{
	char *none = NULL;

	free(text_at(place));
	memcpy(place, &none, sizeof(none));
}

/* Numbers. */

static int parse_number(const struct option *option, const char *text, void *place, char **ret_why)
{
	uint64_t *number = place;
	size_t len = strlen(text);
	unsigned long long value;

	if (len == 0 || len > 19 || strspn(text, "0123456789") != len)
		return option_refuse(ret_why,
				     "not a number from %" PRIu64 " to %" PRIu64 ": \"%.40s\"",
				     option->min, option->max, text);
	value = strtoull(text, NULL, 10); /* 19 digits fit */
	if (value < option->min || value > option->max)
		return option_refuse(ret_why, "%llu is out of range: from %" PRIu64 " to %" PRIu64,
				     value, option->min, option->max);
	*number = value;
	return 0;
}

static int format_number(const struct option *option, const void *place, struct buf *out)
{
	const uint64_t *number = place;

	(void)option;
	return buf_add_format(out, "%" PRIu64, *number);
}

static int parse_size(const struct option *option, const char *text, void *place, char **ret_why)
{
	char low[UNIT_TEXT_SIZE], high[UNIT_TEXT_SIZE];
	uint64_t *size = place;
	uint64_t value;

	if (words_size(text, &value) < 0 || value < option->min || value > option->max)
		return option_refuse(ret_why,
				     "\"%.40s\" is not a size from %s to %s: write 64M, 16K or 512",
				     text, format_size_text(option->min, low),
				     format_size_text(option->max, high));
	*size = value;
	return 0;
}

static int format_size(const struct option *option, const void *place, struct buf *out)
{
	char text[UNIT_TEXT_SIZE];
	const uint64_t *size = place;

	(void)option;
	return buf_add_text(out, format_size_text(*size, text));
}

static int parse_duration(const struct option *option, const char *text, void *place,
			  char **ret_why)
{
	char low[UNIT_TEXT_SIZE], high[UNIT_TEXT_SIZE];
	usec_t *length = place;
	usec_t value;

	if (words_duration(text, &value) < 0)
		return option_refuse(ret_why,
				     "\"%.40s\" is not a length of time: write it with its unit "
				     "(ms s m h d), as in 15s",
				     text);
	if (value < option->min || value > option->max)
		return option_refuse(ret_why, "%.40s is out of range: from %s to %s", text,
				     format_duration_text(option->min, low),
				     format_duration_text(option->max, high));
	*length = value;
	return 0;
}

static int format_duration(const struct option *option, const void *place, struct buf *out)
{
	char text[UNIT_TEXT_SIZE];
	const usec_t *length = place;

	(void)option;
	return buf_add_text(out, format_duration_text(*length, text));
}

static int parse_rate(const struct option *option, const char *text, void *place, char **ret_why)
{
	struct rate_limit *limit = place;
	struct rate_limit value;

	if (words_rate(text, &value.count, &value.window) < 0)
		return option_refuse(ret_why,
				     "\"%.40s\" is not a rate: write 60/m (s m h d), or off", text);
	if (value.count > option->max)
		return option_refuse(ret_why, "%.40s is out of range: at most %" PRIu64, text,
				     option->max);
	*limit = value;
	return 0;
}

static int format_rate(const struct option *option, const void *place, struct buf *out)
{
	const struct rate_limit *limit = place;
	char text[UNIT_TEXT_SIZE];

	(void)option;
	if (limit->count == 0)
		return buf_add_text(out, "off");
	/* The window is one unit: "1h" without its 1. */
	return buf_add_format(out, "%" PRIu64 "/%s", limit->count,
			      format_duration_text(limit->window, text) + 1);
}

static int parse_schedule(const struct option *option, const char *text, void *place,
			  char **ret_why)
{
	struct retry_schedule *schedule = place;
	struct retry_schedule value;
	char high[UNIT_TEXT_SIZE];
	const char *why;

	if (retry_parse(text, &value, &why) < 0)
		return option_refuse(ret_why, "not a list of delays: %s", why);
	for (unsigned i = 0; i < value.count; i++)
		if (value.step[i] > option->max)
			return option_refuse(ret_why, "delay %u is out of range: at most %s", i + 1,
					     format_duration_text(option->max, high));
	*schedule = value;
	return 0;
}

static int format_schedule(const struct option *option, const void *place, struct buf *out)
{
	const struct retry_schedule *schedule = place;
	char text[UNIT_TEXT_SIZE];
	int r = 0;

	(void)option;
	for (unsigned i = 0; i < schedule->count && r == 0; i++)
		r = buf_add_format(out, "%s%s", i ? " " : "",
				   format_duration_text(schedule->step[i], text));
	return r;
}

/* Choices. The place is an enum, an int or an unsigned; all are as wide as unsigned. */

_Static_assert(sizeof(enum source_kind) == sizeof(unsigned) &&
		       sizeof(enum destination_kind) == sizeof(unsigned) &&
		       sizeof(enum request_encoding) == sizeof(unsigned) &&
		       sizeof(int) == sizeof(unsigned),
	       "choices are stored through an unsigned");

static int find_choice(const struct option *option, const char *word, unsigned *ret_value,
		       char **ret_why)
{
	CLEANUP(freep) char *suggestion = NULL;

	for (const struct option_choice *choice = option->choices; choice->name; choice++) {
		if (!streq(choice->name, word))
			continue;
		if (choice->is_planned)
			return option_refuse(ret_why, "\"%s\" is not built yet in this version",
					     word);
		*ret_value = choice->value;
		return 0;
	}
	suggestion = option_suggest(option->choices, word);
	return option_refuse(ret_why, "unknown value \"%.100s\": %s", word, suggestion);
}

static int parse_choice(const struct option *option, const char *text, void *place, char **ret_why)
{
	unsigned value;
	int r = find_choice(option, text, &value, ret_why);

	if (r < 0)
		return r;
	memcpy(place, &value, sizeof(value));
	return 0;
}

/* A choice that is kept as text; "none" as an empty one, which is not the same as unset. */
static int parse_name(const struct option *option, const char *text, void *place, char **ret_why)
{
	unsigned value;
	int r = find_choice(option, text, &value, ret_why);
	char *name;

	if (r < 0)
		return r;
	name = xstrdup(streq(text, "none") ? "" : text);
	memcpy(place, &name, sizeof(name));
	return 0;
}

static int format_name(const struct option *option, const void *place, struct buf *out)
{
	const char *name = text_at(place);

	(void)option;
	if (!name)
		return 0;
	return buf_add_text(out, name[0] ? name : "none");
}

static int format_choice(const struct option *option, const void *place, struct buf *out)
{
	unsigned value;

	memcpy(&value, place, sizeof(value));
	for (const struct option_choice *choice = option->choices; choice->name; choice++)
		if (choice->value == value)
			return buf_add_text(out, choice->name);
	return -EINVAL;
}

static int split(const char *text, struct words *ret_words, char **ret_why)
{
	const char *why;

	if (words_split(text, ret_words, &why) < 0)
		return option_refuse(ret_why, "not a list: %s", why);
	if (ret_words->count > MAX_WORDS)
		return option_refuse(ret_why, "more than %d words in the list", MAX_WORDS);
	return 0;
}

static int parse_flags(const struct option *option, const char *text, void *place, char **ret_why)
{
	CLEANUP(words_done) struct words words = { 0 };
	unsigned *flags = place;
	unsigned value = 0;
	int r = split(text, &words, ret_why);

	for (size_t i = 0; i < words.count && r == 0; i++) {
		unsigned flag = 0;

		r = find_choice(option, words.word[i], &flag, ret_why);
		value |= flag;
	}
	if (r == 0)
		*flags = value;
	return r;
}

static int format_flags(const struct option *option, const void *place, struct buf *out)
{
	const unsigned *flags = place;
	const char *blank = "";
	int r = 0;

	for (const struct option_choice *choice = option->choices; choice->name && r == 0;
	     choice++) {
		if (!(*flags & choice->value))
			continue;
		r = buf_add_format(out, "%s%s", blank, choice->name);
		blank = " ";
	}
	return r;
}

/* Lists of words. */

static int parse_words(const struct option *option, const char *text, void *place, char **ret_why)
{
	CLEANUP(words_done) struct words words = { 0 };
	struct words *list = place;
	int r = split(text, &words, ret_why);

	if (r < 0)
		return r;
	for (size_t i = 0; option->type == OPT_POINTERS && i < words.count; i++)
		if (!json_pointer_is_valid(words.word[i]))
			return option_refuse(ret_why,
					     "\"%.100s\" is not a JSON Pointer: write /answer, "
					     "/data/text or #/Reply%%20Text",
					     words.word[i]);
	if (option->type == OPT_COMMAND && words.word[0][0] != '/')
		return option_refuse(ret_why,
				     "\"%.100s\" is not an absolute path, and no shell looks "
				     "for it: write it from '/' on",
				     words.word[0]);
	*list = words;
	words = (struct words){ 0 };
	return 0;
}

/* Quotes what the splitter would take apart. */
static int format_word(const char *word, struct buf *out)
{
	int r = 0;

	if (word[0] != '\0' && !strpbrk(word, " \t\"\\"))
		return buf_add_text(out, word);
	r = buf_add_text(out, "\"");
	for (; *word && r == 0; word++)
		r = buf_add_format(out, "%s%c", strchr("\"\\", *word) ? "\\" : "", *word);
	return r < 0 ? r : buf_add_text(out, "\"");
}

static int format_words(const struct option *option, const void *place, struct buf *out)
{
	const struct words *list = place;
	int r = 0;

	(void)option;
	for (size_t i = 0; i < list->count && r == 0; i++) {
		if (i > 0)
			r = buf_add_text(out, " ");
		if (r == 0)
			r = format_word(list->word[i], out);
	}
	return r;
}

static void list_done(void *place)
{
	words_done(place);
}

/* What is compiled once and keeps the text that it came from. */

static int parse_template(const struct option *option, const char *text, void *place,
			  char **ret_why)
{
	struct template *template;
	int r = template_parse(text, &template, ret_why);

	(void)option;
	if (r == 0)
		memcpy(place, &template, sizeof(template));
	return r;
}

static int format_template(const struct option *option, const void *place, struct buf *out)
{
	struct template *template;

	(void)option;
	memcpy(&template, place, sizeof(template));
	return template ? buf_add_text(out, template_text(template)) : 0;
}

static void template_done(void *place)
{
	struct template *template, *none = NULL;

	memcpy(&template, place, sizeof(template));
	template_free(template);
	memcpy(place, &none, sizeof(none));
}

static int parse_condition(const struct option *option, const char *text, void *place,
			   char **ret_why)
{
	struct condition *condition;
	int r = condition_parse(text, &condition, ret_why);

	(void)option;
	if (r == 0)
		memcpy(place, &condition, sizeof(condition));
	return r;
}

static int format_condition(const struct option *option, const void *place, struct buf *out)
{
	struct condition *condition;

	(void)option;
	memcpy(&condition, place, sizeof(condition));
	return condition ? buf_add_text(out, condition_text(condition)) : 0;
}

static void condition_done(void *place)
{
	struct condition *condition, *none = NULL;

	memcpy(&condition, place, sizeof(condition));
	condition_free(condition);
	memcpy(place, &none, sizeof(none));
}

static const struct type_ops type_ops[OPT_TYPE_MAX] = {
	[OPT_TEXT] = { parse_text, format_text, text_done },
	[OPT_NAME] = { parse_name, format_name, text_done },
	[OPT_PATH] = { parse_text, format_text, text_done },
	[OPT_FILE] = { parse_text, format_text, text_done },
	[OPT_URL] = { parse_text, format_text, text_done },
	[OPT_BASE_URL] = { parse_text, format_text, text_done },
	[OPT_LISTEN] = { parse_text, format_text, text_done },
	[OPT_MODE] = { parse_text, format_text, text_done },
	[OPT_NUMBER] = { parse_number, format_number, NULL },
	[OPT_SIZE] = { parse_size, format_size, NULL },
	[OPT_DURATION] = { parse_duration, format_duration, NULL },
	[OPT_RATE] = { parse_rate, format_rate, NULL },
	[OPT_SCHEDULE] = { parse_schedule, format_schedule, NULL },
	[OPT_CHOICE] = { parse_choice, format_choice, NULL },
	[OPT_FLAGS] = { parse_flags, format_flags, NULL },
	[OPT_WORDS] = { parse_words, format_words, list_done },
	[OPT_POINTERS] = { parse_words, format_words, list_done },
	[OPT_COMMAND] = { parse_words, format_words, list_done },
	[OPT_STRING] = { parse_text, format_text, text_done },
	[OPT_TEMPLATE] = { parse_template, format_template, template_done },
	[OPT_CONDITION] = { parse_condition, format_condition, condition_done },
};

int option_parse(const struct option *option, const char *text, void *section, char **ret_why)
{
	if (text[strspn(text, " \t")] == '\0' && !(option->flags & OPT_EMPTY))
		return option_refuse(ret_why, "no value: give one%s",
				     option->flags & OPT_REQUIRED ? "" : " or remove the line");
	return type_ops[option->type].parse(option, text, (char *)section + option->place, ret_why);
}

int option_format(const struct option *option, const void *section, struct buf *out)
{
	return type_ops[option->type].format(option, (const char *)section + option->place, out);
}

bool option_is_set(const struct option *option, const void *section)
{
	void (*done)(void *place) = type_ops[option->type].done;

	/* All but these are pointers, and NULL when they are not set. */
	return !done || done == list_done || text_at((const char *)section + option->place) != NULL;
}

void option_done(const struct option *option, void *section)
{
	if (type_ops[option->type].done)
		type_ops[option->type].done((char *)section + option->place);
}
