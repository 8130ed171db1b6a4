/* maaxctl completion: for bash and zsh, made from the table of commands. */
#include <stdio.h>
#include <string.h>

#include "ctl/ctl.h"

static void print_bash_options(const struct verb_option *options)
{
	for (; options && options->name; options++)
		printf(" --%s", options->name);
}

static void print_bash_values(const char *verb, const struct verb_option *options)
{
	for (; options && options->name; options++)
		if (options->words)
			printf("\t%s:--%s) words=\"%s\" ;;\n", verb, options->name, options->words);
}

static void print_bash(void)
{
	const struct verb *verb;

	printf("# bash completion for maaxctl, printed by `maaxctl completion bash`\n"
	       "_maaxctl() {\n"
	       "\tlocal current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} "
	       "verb= words= i\n"
	       "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	       "\t\tcase ${COMP_WORDS[i]} in\n"
	       "\t\t--socket) ((i++)) ;;\n"
	       "\t\t-*) ;;\n"
	       "\t\t*) verb=${COMP_WORDS[i]}; break ;;\n"
	       "\t\tesac\n"
	       "\tdone\n"
	       "\tcase $verb:$previous in\n");
	for (verb = ctl_verbs; verb->name; verb++)
		print_bash_values(verb->name, verb->options);
	printf("\t*)\n\t\tcase $verb in\n\t\t'') words=\"");
	for (verb = ctl_verbs; verb->name; verb++)
		printf("%s%s", verb == ctl_verbs ? "" : " ", verb->name);
	printf("\" ;;\n");
	for (verb = ctl_verbs; verb->name; verb++) {
		printf("\t\t%s) words=\"%s", verb->name, verb->words ? verb->words : "");
		print_bash_options(verb->options);
		printf("\" ;;\n");
	}
	printf("\t\tesac\n\t\twords+=\"");
	print_bash_options(ctl_common_options);
	printf("\"\n\t\t;;\n\tesac\n"
	       "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
	       "}\n"
	       "complete -F _maaxctl maaxctl\n");
}

/* A text inside '…[…]': quotes, brackets and colons mean something there. */
static void print_zsh_text(const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			printf("'\\''");
		else if (strchr("[]:\\", *text))
			printf("\\%c", *text);
		else
			putchar(*text);
	}
}

static void print_zsh_options(const struct verb_option *options)
{
	for (; options && options->name; options++) {
		printf(" \\\n\t\t\t'--%s[", options->name);
		print_zsh_text(options->help);
		printf("]");
		if (options->words)
			printf(":%s:(%s)", options->value, options->words);
		else if (options->value)
			printf(":%s: ", options->value);
		printf("'");
	}
}

static void print_zsh(void)
{
	const struct verb *verb;

	printf("#compdef maaxctl\n"
	       "# zsh completion for maaxctl, printed by `maaxctl completion zsh`\n"
	       "_maaxctl() {\n"
	       "\tlocal -a verbs\n"
	       "\tverbs=(\n");
	for (verb = ctl_verbs; verb->name; verb++) {
		printf("\t\t'%s:", verb->name);
		print_zsh_text(verb->help);
		printf("'\n");
	}
	printf("\t)\n"
	       "\tif ((CURRENT == 2)); then\n"
	       "\t\t_describe command verbs\n"
	       "\t\treturn\n"
	       "\tfi\n"
	       "\tcase $words[2] in\n");
	for (verb = ctl_verbs; verb->name; verb++) {
		printf("\t%s)\n\t\tshift words; ((CURRENT--))\n\t\t_arguments", verb->name);
		print_zsh_options(verb->options);
		print_zsh_options(ctl_common_options);
		if (verb->words)
			printf(" \\\n\t\t\t'1:argument:(%s)'", verb->words);
		printf(" \\\n\t\t\t'*: : ' ;;\n");
	}
	printf("\tesac\n"
	       "}\n"
	       "_maaxctl \"$@\"\n");
}

int ctl_completion(struct ctl *ctl)
{
	if (streq(ctl->arguments[0], "bash"))
		print_bash();
	else if (streq(ctl->arguments[0], "zsh"))
		print_zsh();
	else
		return ctl_fail(CTL_USAGE, "there are completions for bash and zsh");
	return CTL_OK;
}
