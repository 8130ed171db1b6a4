/*
 * The table of directives: it drives parsing and --help alike.
 */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>

#include "behaviour.h"

#define MAX_SIZE (8 * MIB)

enum kind {
	KIND_FLAG,
	KIND_NUMBER,
	KIND_DURATION,
	KIND_SIZE,
	KIND_TEXT,
	KIND_CHOICE,
	KIND_SPECIAL, /* set by a function */
};

typedef int special_fn(struct behaviour *behaviour, const char *value);

struct directive {
	const char *name;
	enum kind kind;
	size_t offset;
	unsigned min, max;	    /* of a number; max is the room of a text */
	const char *const *choices; /* NULL-terminated; the value is the index */
	special_fn *special;
	const char *help;
};

static const char *const reply_body_names[] = { "none",	    "ids",  "incoming_id",
						"not-json", "huge", NULL };
static const char *const shape_names[] = { "flat",	     "nested",	    "form",    "multipart",
					   "text",	     "json-string", "array",   "bom",
					   "query",	     "xml",	    "garbage", "huge",
					   "unknown-fields", "empty",	    NULL };
static const char *const method_names[] = { "POST", "PUT", "GET", NULL };

static int set_ids(struct behaviour *behaviour, const char *value)
{
	if (value)
		return -EINVAL;
	behaviour->reply_body = REPLY_BODY_IDS;
	return 0;
}

static int set_reset_after_store(struct behaviour *behaviour, const char *value)
{
	if (value)
		return -EINVAL;
	behaviour->reset = behaviour->store = true;
	return 0;
}

static int set_callback(struct behaviour *behaviour, const char *value)
{
	if (!value || (!streq(value, "answer") && !streq(value, "none")))
		return -EINVAL;
	behaviour->callbacks = streq(value, "answer") ? 1 : 0;
	return 0;
}

static int set_older(struct behaviour *behaviour, const char *value)
{
	if (!value || (!streq(value, "older") && !streq(value, "own")))
		return -EINVAL;
	behaviour->older = streq(value, "older");
	return 0;
}

static int set_order(struct behaviour *behaviour, const char *value)
{
	if (!value || (!streq(value, "swap") && !streq(value, "kept")))
		return -EINVAL;
	behaviour->swap = streq(value, "swap");
	return 0;
}

static int set_followup(struct behaviour *behaviour, const char *value)
{
	CLEANUP(freep) char *list = xstrdup_null(value);
	char *rest = list;
	unsigned count = 0;

	if (!value)
		return -EINVAL;
	for (char *item = strsep(&rest, ","); item; item = strsep(&rest, ",")) {
		if (count == BEHAVIOUR_MAX_FOLLOWUPS)
			return -EINVAL;
		if (words_duration(item, &behaviour->followup[count++]) < 0)
			return -EINVAL;
	}
	behaviour->followup_count = count;
	return 0;
}

static int set_emergency(struct behaviour *behaviour, const char *value)
{
	behaviour->emergency = true;
	behaviour->emergency_delay = 0;
	return value ? words_duration(value, &behaviour->emergency_delay) : 0;
}

#define PLACE(member) offsetof(struct behaviour, member)
#define FLAG(name, member, help) \
	{ \
		name, KIND_FLAG, PLACE(member), 0, 0, NULL, NULL, help \
	}
#define NUMBER(name, member, min, max, help) \
	{ \
		name, KIND_NUMBER, PLACE(member), min, max, NULL, NULL, help \
	}
#define DURATION(name, member, help) \
	{ \
		name, KIND_DURATION, PLACE(member), 0, 0, NULL, NULL, help \
	}
#define SIZE(name, member, help) \
	{ \
		name, KIND_SIZE, PLACE(member), 0, 0, NULL, NULL, help \
	}
#define TEXT(name, member, help) \
	{ \
		name, KIND_TEXT, PLACE(member), 0, sizeof(((struct behaviour *)0)->member), NULL, \
			NULL, help \
	}
#define CHOICE(name, member, choices, help) \
	{ \
		name, KIND_CHOICE, PLACE(member), 0, 0, choices, NULL, help \
	}
#define SPECIAL(name, function, help) \
	{ \
		name, KIND_SPECIAL, 0, 0, 0, NULL, function, help \
	}

static const struct directive directives[] = {
	NUMBER("reply", status, 200, 599,
	       "=STATUS: of the reply to the submit (200); not 2xx: the message is not processed"),
	CHOICE("reply-body", reply_body, reply_body_names,
	       "=none|ids|incoming_id|not-json|huge: (incoming_id)"),
	SPECIAL("ids", set_ids, ": the same as reply-body=ids"),
	NUMBER("retry-after", retry_after, 0, 86400, "=SECONDS: a Retry-After header in the reply"),
	FLAG("retry-date", retry_is_date, ": that header as a date"),
	DURATION("reply-delay", reply_delay, "=DURATION: before the reply"),
	FLAG("stall", stall, ": never reply; the message is not processed"),
	FLAG("reset", reset, ": reset the connection instead of replying; not processed"),
	FLAG("store", store, ": process the message although it was refused, stalled or reset"),
	SPECIAL("reset-after-store", set_reset_after_store, ": reset store"),
	FLAG("before", before, ": the callback comes before the reply"),
	DURATION("delay", delay, "=DURATION: from the submit to the answer (20ms)"),
	NUMBER("callbacks", callbacks, 0, 1000, "=N: how often the identical answer is sent (1)"),
	SPECIAL("callback", set_callback, "=answer|none: the same as callbacks=1, callbacks=0"),
	FLAG("extra", extra, ": another, different answer follows"),
	TEXT("text", text, "=TEXT: of the answer (\"Answer to: \" and the message)"),
	SPECIAL("token", set_older,
		"=older: on the URL of the previous message of the conversation"),
	SPECIAL("order", set_order, "=swap: hold the answer until that of a later message is out"),
	CHOICE("shape", shape, shape_names,
	       "=flat|nested|form|multipart|text|json-string|array|bom|query|xml|garbage|huge|"
	       "unknown-fields|empty"),
	TEXT("field", field, "=NAME: the field that holds the text (message_content)"),
	CHOICE("method", method, method_names,
	       "=POST|PUT|GET: of callbacks; GET sends shape=query unless told"),
	TEXT("content-type", content_type,
	     "=TYPE: claimed whatever the body is; \"none\" for no header"),
	FLAG("without-ids", without_ids, ": callbacks carry no ids, only the text"),
	FLAG("chunked", chunked, ": callbacks use chunked transfer coding"),
	FLAG("slash", slash, ": callbacks go to the URL with a slash appended"),
	SIZE("size", size, "=BYTES: pad the text of callbacks to this size"),
	SPECIAL("followup", set_followup,
		"=DURATION[,DURATION…]: follow-ups, counted from the submit"),
	SPECIAL("emergency", set_emergency,
		"[=DURATION]: an emergency to the URL that was named last"),
	NUMBER("retry", retry, 0, 10000, "=N: repeat a failed callback up to N times (0)"),
	DURATION("retry-delay", retry_delay, "=DURATION: between such repeats (200ms)"),
	NUMBER("times", times, 1, 10000,
	       "=N: these directives are for the first N tries of a message only"),
};

void behaviour_init(struct behaviour *behaviour)
{
	*behaviour = (struct behaviour){
		.status = 200,
		.reply_body = REPLY_BODY_INCOMING_ID,
		.delay = 20 * USEC_PER_MSEC,
		.callbacks = 1,
		.shape = SHAPE_MAX, /* not told: by method */
		.field = "message_content",
		.retry_delay = 200 * USEC_PER_MSEC,
	};
}

static int set_number(const struct directive *directive, void *place, const char *value)
{
	char *end;
	unsigned long number;

	if (!value || *value < '0' || *value > '9')
		return -EINVAL;
	errno = 0;
	number = strtoul(value, &end, 10);
	if (errno || *end != '\0' || number < directive->min || number > directive->max)
		return -EINVAL;
	*(unsigned *)place = (unsigned)number;
	return 0;
}

static int set_size(uint64_t *place, const char *value)
{
	uint64_t size;

	if (!value || words_size(value, &size) < 0 || size > MAX_SIZE)
		return -EINVAL;
	*place = size;
	return 0;
}

static int set_choice(const struct directive *directive, void *place, const char *value)
{
	for (unsigned i = 0; value && directive->choices[i]; i++) {
		if (streq(directive->choices[i], value)) {
			*(unsigned *)place = i;
			return 0;
		}
	}
	return -EINVAL;
}

static int set_text(const struct directive *directive, void *place, const char *value)
{
	if (!value || strlen(value) >= directive->max)
		return -EINVAL;
	snprintf(place, directive->max, "%s", value);
	return 0;
}

static int set(struct behaviour *behaviour, const struct directive *directive, const char *value)
{
	void *place = (char *)behaviour + directive->offset;

	switch (directive->kind) {
	case KIND_FLAG:
		*(bool *)place = !value || streq(value, "yes");
		return !value || streq(value, "yes") || streq(value, "no") ? 0 : -EINVAL;
	case KIND_NUMBER:
		return set_number(directive, place, value);
	case KIND_DURATION:
		return value ? words_duration(value, place) : -EINVAL;
	case KIND_SIZE:
		return set_size(place, value);
	case KIND_TEXT:
		return set_text(directive, place, value);
	case KIND_CHOICE:
		return set_choice(directive, place, value);
	case KIND_SPECIAL:
		return directive->special(behaviour, value);
	}
	return -EINVAL;
}

static const struct directive *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(directives); i++) {
		if (streq(directives[i].name, name))
			return &directives[i];
	}
	return NULL;
}

static int apply_word(struct behaviour *behaviour, const char *word,
		      char error[static BEHAVIOUR_MAX_ERROR])
{
	CLEANUP(freep) char *name = xstrdup(word);
	char *value = strchr(name, '=');
	const struct directive *directive;

	if (value)
		*value++ = '\0';
	directive = find(name);
	if (!directive) {
		snprintf(error, BEHAVIOUR_MAX_ERROR, "no directive \"%.64s\"", name);
		return -EINVAL;
	}
	if (set(behaviour, directive, value) < 0) {
		snprintf(error, BEHAVIOUR_MAX_ERROR, "bad value in \"%.64s\": %s%s", word, name,
			 directive->help);
		return -EINVAL;
	}
	return 0;
}

int behaviour_apply(struct behaviour *behaviour, const struct words *words,
		    char error[static BEHAVIOUR_MAX_ERROR])
{
	for (size_t i = 0; i < words->count; i++) {
		int r = apply_word(behaviour, words->word[i], error);

		if (r < 0)
			return r;
	}
	return 0;
}

void behaviour_print_help(FILE *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(directives); i++)
		fprintf(out, "  %s%s\n", directives[i].name, directives[i].help);
}
