/* What several verbs print alike. See output.h. */
#include "ctl/output.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "ctl/text.h"

void output_json(struct json_object *object)
{
	CLEANUP(freep) char *text = json_format(object, NULL);

	puts(text);
}

const char *output_raw(struct json_object *object, const char *pointer)
{
	struct json_object *value = json_at(object, pointer);

	return value ? json_object_get_string(value) : NULL;
}

char *output_text(struct json_object *object, const char *pointer)
{
	const char *text = output_raw(object, pointer);

	return text_clean(text ? text : "-", 0);
}

int64_t output_int(struct json_object *object, const char *pointer)
{
	return json_object_get_int64(json_at(object, pointer));
}

bool output_bool(struct json_object *object, const char *pointer)
{
	return json_object_get_boolean(json_at(object, pointer));
}

void output_block(const char *indent, const char *text)
{
	while (text && *text) {
		size_t len = strcspn(text, "\n");
		CLEANUP(freep) char *line = xstrndup(text, len);
		CLEANUP(freep) char *clean = text_clean(line, 0);

		printf("%s%s\n", indent, clean);
		text += len + (text[len] == '\n');
	}
}

size_t output_limit(const struct ctl *ctl, size_t fallback)
{
	const char *text = ctl_option(ctl, "limit");
	char *end;
	long number;

	if (!text)
		return fallback;
	number = strtol(text, &end, 10);
	if (end != text && *end == '\0' && number >= 1 && number <= 1000000)
		return (size_t)number;
	IGNORE(ctl_fail(CTL_USAGE, "--limit %s: send a number from 1", text)); /* 0 says it */
	return 0;
}

bool output_time_option(const struct ctl *ctl, const char *option, char **ret_rfc3339)
{
	const char *text = ctl_option(ctl, option);

	*ret_rfc3339 = NULL;
	if (!text || text_since(ctl, text, clock_wall(), ret_rfc3339) == 0)
		return true;
	IGNORE(ctl_fail(CTL_USAGE,
			"--%s %s is no time: write 2h, 7d, today, yesterday, 2026-11-01, or "
			"2026-11-01T14:30:00Z",
			option, text)); /* false says it */
	return false;
}

bool output_confirm(const struct ctl *ctl, const char *question)
{
	char answer[16];

	if (ctl_has(ctl, "yes"))
		return true;
	if (!isatty(STDIN_FILENO)) {
		IGNORE(ctl_fail(CTL_FAILED, "%s Nothing was done: say --yes", question));
		return false;
	}
	fprintf(stderr, "%s [y/N] ", question);
	if (!fgets(answer, sizeof(answer), stdin))
		return false;
	return answer[0] == 'y' || answer[0] == 'Y';
}
