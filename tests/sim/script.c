/*
 * Script files, and the words in brackets in a message: "Hello [sim delay=50ms shape=form]".
 */
#include <errno.h>

#include "script.h"

#define BRACKET "[sim"
#define MAX_RULES 1000

struct rule {
	char *match;		 /* NULL: any message */
	struct words words;	 /* match and directives, as written */
	struct words directives; /* borrowed from words */
};

struct script {
	struct words defaults;
	struct rule *rules;
	size_t count;
};

static void free_rules(struct rule *rules, size_t count)
{
	for (size_t i = 0; i < count; i++)
		words_done(&rules[i].words);
	free(rules);
}

struct script *script_new(void)
{
	return xnew(struct script);
}

struct script *script_free(struct script *script)
{
	if (!script)
		return NULL;
	words_done(&script->defaults);
	free_rules(script->rules, script->count);
	free(script);
	return NULL;
}

/* Splits and tries the directives, so that a mistake is told when it is made. */
static int parse(const char *text, struct words *ret_words, char error[static BEHAVIOUR_MAX_ERROR])
{
	struct words words;
	const char *why = "";
	int r = words_split(text, &words, &why);

	if (r < 0) {
		snprintf(error, BEHAVIOUR_MAX_ERROR, "%s", why);
		return r;
	}
	*ret_words = words;
	return 0;
}

static int check(const struct words *directives, char error[static BEHAVIOUR_MAX_ERROR])
{
	struct behaviour behaviour;

	behaviour_init(&behaviour);
	return behaviour_apply(&behaviour, directives, error);
}

static int parse_rule(const char *line, struct rule *ret_rule,
		      char error[static BEHAVIOUR_MAX_ERROR])
{
	struct rule rule = { 0 };
	int r = parse(line, &rule.words, error);

	if (r < 0)
		return r;
	rule.match = streq(rule.words.word[0], "*") ? NULL : rule.words.word[0];
	rule.directives.word = rule.words.word + 1;
	rule.directives.count = rule.words.count - 1;
	r = check(&rule.directives, error);
	if (r < 0) {
		words_done(&rule.words);
		return r;
	}
	*ret_rule = rule;
	return 0;
}

int script_set_rules(struct script *script, const char *text,
		     char error[static BEHAVIOUR_MAX_ERROR])
{
	CLEANUP(freep) char *copy = xstrdup(text);
	struct rule *rules = xcalloc(MAX_RULES, sizeof(*rules));
	char *rest = copy;
	size_t count = 0;

	for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
		line += strspn(line, " \t\r");
		if (*line == '\0' || *line == '#')
			continue;
		if (count == MAX_RULES) {
			snprintf(error, BEHAVIOUR_MAX_ERROR, "more than %d rules", MAX_RULES);
			free_rules(rules, count);
			return -EINVAL;
		}
		if (parse_rule(line, &rules[count], error) < 0) {
			free_rules(rules, count);
			return -EINVAL;
		}
		count++;
	}
	free_rules(script->rules, script->count);
	script->rules = rules;
	script->count = count;
	return 0;
}

int script_set_default(struct script *script, const char *directives,
		       char error[static BEHAVIOUR_MAX_ERROR])
{
	struct words words;
	int r = parse(directives, &words, error);

	if (r < 0)
		return r;
	r = check(&words, error);
	if (r < 0) {
		words_done(&words);
		return r;
	}
	words_done(&script->defaults);
	script->defaults = words;
	return 0;
}

/* Applies a layer of directives: 1; or 0 when its "times" is used up; or -EINVAL. */
static int apply_layer(struct behaviour *behaviour, const struct words *directives, unsigned try,
		       char error[static BEHAVIOUR_MAX_ERROR])
{
	struct behaviour changed = *behaviour;
	int r;

	changed.times = 0;
	r = behaviour_apply(&changed, directives, error);
	if (r < 0)
		return r;
	if (changed.times && try > changed.times)
		return 0;
	*behaviour = changed;
	return 1;
}

static int apply_rules(const struct script *script, const char *text, unsigned try,
		       struct behaviour *behaviour, char error[static BEHAVIOUR_MAX_ERROR])
{
	for (size_t i = 0; i < script->count; i++) {
		const struct rule *rule = &script->rules[i];
		int r;

		if (rule->match && !strstr(text, rule->match))
			continue;
		r = apply_layer(behaviour, &rule->directives, try, error);
		if (r != 0)
			return r;
	}
	return 0;
}

/* Where the bracket ends: at the first ']' outside of double quotes. NULL if it does not. */
static const char *bracket_end(const char *text)
{
	bool is_quoted = false;

	for (; *text; text++) {
		if (*text == '\\' && text[1])
			text++;
		else if (*text == '"')
			is_quoted = !is_quoted;
		else if (*text == ']' && !is_quoted)
			return text;
	}
	return NULL;
}

/* Finds "[sim …]" in a text: the directives, and the text without it. False if there is none. */
static bool cut_bracket(const char *text, char **ret_directives, char **ret_rest)
{
	const char *start = strstr(text, BRACKET);
	const char *inner, *end;
	size_t head;

	if (!start)
		return false;
	inner = start + strlen(BRACKET);
	end = bracket_end(inner);
	if (!end || (*inner != ' ' && *inner != ']'))
		return false;
	head = (size_t)(start - text);
	while (head > 0 && text[head - 1] == ' ')
		head--;
	*ret_directives = xstrndup(inner, (size_t)(end - inner));
	*ret_rest = xasprintf("%.*s%s", (int)head, text, end + 1);
	return true;
}

int script_choose(const struct script *script, const char *text, unsigned try,
		  struct behaviour *ret_behaviour, char **ret_text,
		  char error[static BEHAVIOUR_MAX_ERROR])
{
	CLEANUP(freep) char *directives = NULL;
	CLEANUP(freep) char *rest = NULL;
	CLEANUP(words_done) struct words words = { 0 };
	struct behaviour behaviour;
	int r;

	behaviour_init(&behaviour);
	r = apply_layer(&behaviour, &script->defaults, try, error);
	if (r >= 0)
		r = apply_rules(script, text, try, &behaviour, error);
	if (r >= 0 && cut_bracket(text, &directives, &rest)) {
		r = parse(directives, &words, error);
		if (r >= 0)
			r = apply_layer(&behaviour, &words, try, error);
	}
	if (r < 0)
		return r;
	*ret_behaviour = behaviour;
	*ret_text = rest ? TAKE(rest) : xstrdup(text);
	return 0;
}
