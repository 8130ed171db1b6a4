/* The command line. See ctl.h. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/words.h"
#include "ctl/ctl.h"

#define MAX_NAMES 64

int ctl_fail(int status, const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fputs("maaxctl: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return status;
}

bool ctl_has(const struct ctl *ctl, const char *option)
{
	for (size_t i = 0; i < ctl->option_count; i++)
		if (streq(ctl->options[i].name, option))
			return true;
	return false;
}

const char *ctl_option(const struct ctl *ctl, const char *option)
{
	for (size_t i = 0; i < ctl->option_count; i++)
		if (streq(ctl->options[i].name, option))
			return ctl->options[i].value;
	return NULL;
}

static const struct verb *find_verb(const char *name)
{
	for (const struct verb *verb = ctl_verbs; verb->name; verb++)
		if (streq(verb->name, name))
			return verb;
	return NULL;
}

static int unknown_verb(const char *name)
{
	const char *names[MAX_NAMES];
	size_t count = 0;
	const char *closest;

	for (const struct verb *verb = ctl_verbs; verb->name && count < MAX_NAMES; verb++)
		names[count++] = verb->name;
	closest = words_closest(name, names, count);
	if (closest)
		return ctl_fail(CTL_USAGE, "there is no command \"%s\": did you mean \"%s\"?", name,
				closest);
	return ctl_fail(CTL_USAGE, "there is no command \"%s\": see maaxctl help", name);
}

static const struct verb_option *find_in(const struct verb_option *options, const char *name,
					 size_t len)
{
	for (; options && options->name; options++)
		if (strlen(options->name) == len && strncmp(options->name, name, len) == 0)
			return options;
	return NULL;
}

/* Short forms of the common ones, and -f. */
static const char *long_form(const char *argument)
{
	static const struct {
		const char *letter, *name;
	} forms[] = { { "-h", "--help" },
		      { "-V", "--version" },
		      { "-f", "--follow" },
		      { "-n", "--limit" },
		      { "-y", "--yes" } };

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		if (streq(forms[i].letter, argument))
			return forms[i].name;
	return argument;
}

/* One option; *index moves on when its value is the next word. */
static int take_option(struct ctl *ctl, int argc, char **argv, int *index)
{
	const char *name = long_form(argv[*index]) + 2;
	size_t len = strcspn(name, "=");
	const char *value = name[len] == '=' ? name + len + 1 : NULL;
	const struct verb_option *option = find_in(ctl_common_options, name, len);

	if (!option && ctl->verb)
		option = find_in(ctl->verb->options, name, len);
	if (!option && !ctl->verb)
		return ctl_fail(CTL_USAGE,
				"there is no option %s before a command: see maaxctl help",
				argv[*index]);
	if (!option)
		return ctl_fail(CTL_USAGE, "%s has no option %s: see maaxctl help %s",
				ctl->verb->name, argv[*index], ctl->verb->name);
	if (!option->value && value)
		return ctl_fail(CTL_USAGE, "--%s takes no value", option->name);
	if (option->value && !value) {
		if (*index + 1 >= argc)
			return ctl_fail(CTL_USAGE, "--%s wants a value: %s", option->name,
					option->value);
		value = argv[++*index];
	}
	if (ctl->option_count == CTL_MAX_OPTIONS)
		return ctl_fail(CTL_USAGE, "too many options");
	ctl->options[ctl->option_count].name = option->name;
	ctl->options[ctl->option_count++].value = value;
	return CTL_OK;
}

static int take_word(struct ctl *ctl, const char *word)
{
	if (!ctl->verb) {
		ctl->verb = find_verb(word);
		return ctl->verb ? CTL_OK : unknown_verb(word);
	}
	if (ctl->count == CTL_MAX_ARGUMENTS)
		return ctl_fail(CTL_USAGE, "too many arguments: see maaxctl help %s",
				ctl->verb->name);
	ctl->arguments[ctl->count++] = word;
	return CTL_OK;
}

static void apply_common(struct ctl *ctl)
{
	const char *path = ctl_option(ctl, "socket");
	const char *no_colour = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");

	if (!path)
		path = getenv("MAAXCTL_SOCKET");
	ctl->socket = path && path[0] ? path : CTL_SOCKET;
	ctl->is_json = ctl_has(ctl, "json");
	ctl->is_utc = ctl_has(ctl, "utc");
	ctl->has_colour = !ctl->is_json && isatty(STDOUT_FILENO) && !(no_colour && no_colour[0]) &&
			  !(terminal && streq(terminal, "dumb"));
}

int ctl_parse(struct ctl *ctl, int argc, char **argv)
{
	bool is_plain = false; /* after -- nothing is an option */
	int r = CTL_OK;

	*ctl = (struct ctl){ 0 };
	for (int i = 1; i < argc && r == CTL_OK; i++) {
		if (!is_plain && streq(argv[i], "--"))
			is_plain = true;
		else if (!is_plain && argv[i][0] == '-' && argv[i][1] != '\0' &&
			 strncmp(long_form(argv[i]), "--", 2) == 0)
			r = take_option(ctl, argc, argv, &i);
		else if (!is_plain && argv[i][0] == '-' && argv[i][1] != '\0')
			r = ctl_fail(CTL_USAGE, "there is no option %s: see maaxctl help", argv[i]);
		else
			r = take_word(ctl, argv[i]);
	}
	apply_common(ctl);
	if (r != CTL_OK || ctl_has(ctl, "help") || ctl_has(ctl, "version"))
		return r;
	if (!ctl->verb)
		return ctl_fail(CTL_USAGE, "which command? see maaxctl help");
	if (ctl->count < ctl->verb->min || ctl->count > ctl->verb->max)
		return ctl_fail(CTL_USAGE, "usage: maaxctl %s %s", ctl->verb->name,
				ctl->verb->usage);
	return CTL_OK;
}
