/*
 * Which directives a message gets: those of the defaults, then of the first rule of the script that
 * fits, then those in the message itself.
 */
#ifndef MAAXD_TESTS_SIM_SCRIPT_H
#define MAAXD_TESTS_SIM_SCRIPT_H

#include "behaviour.h"

#include "base/base.h"

struct script;

struct script *script_new(void);
struct script *script_free(struct script *script);

/*
 * Replaces the rules, one a line: a substring of the message ("*": any message; in double quotes if
 * it has blanks) and directives. Empty lines and lines starting with # are skipped. 0, or -EINVAL
 * with the reason and the old rules kept.
 */
MUST_CHECK int script_set_rules(struct script *script, const char *text,
				char error[static BEHAVIOUR_MAX_ERROR]);
/* Replaces the directives that every message starts with. 0 or -EINVAL. */
MUST_CHECK int script_set_default(struct script *script, const char *directives,
				  char error[static BEHAVIOUR_MAX_ERROR]);

/*
 * The behaviour for try number `try` (from 1) of a message, and its text without the bracket, which
 * the caller frees. 0, or -EINVAL if the directives in the text are wrong.
 */
MUST_CHECK int script_choose(const struct script *script, const char *text, unsigned try,
			     struct behaviour *ret_behaviour, char **ret_text,
			     char error[static BEHAVIOUR_MAX_ERROR]);

#endif
