/* maaxd.ini(5), made from the option table: man(7) text, checked in as systemd/man/maaxd.ini.5. */
#include <string.h>

#include "options_table.h"

/* What a value of a type looks like. */
static const char *const type_texts[OPT_TYPE_MAX] = {
	[OPT_TEXT] = "text without blanks",
	[OPT_NAME] = "one of a list",
	[OPT_PATH] = "absolute path",
	[OPT_FILE] = "absolute path, or name of a credential",
	[OPT_URL] = "URL",
	[OPT_BASE_URL] = "URL",
	[OPT_LISTEN] = "ADDRESS:PORT or unix:/PATH",
	[OPT_MODE] = "octal number",
	[OPT_NUMBER] = "number",
	[OPT_SIZE] = "bytes, with K, M or G",
	[OPT_DURATION] = "length of time",
	[OPT_RATE] = "COUNT/s, /m, /h or /d, or off",
	[OPT_SCHEDULE] = "list of lengths of time",
	[OPT_CHOICE] = "one of a list",
	[OPT_FLAGS] = "list of words",
	[OPT_WORDS] = "list",
	[OPT_POINTERS] = "list of JSON Pointers",
	[OPT_COMMAND] = "absolute path of a program, and its arguments",
	[OPT_STRING] = "text on one line",
	[OPT_TEMPLATE] = "text with places, ${/pointer}",
	[OPT_CONDITION] = "condition",
};

static const char head[] =
	".\\\" Made by maaxd --print-man. Do not edit.\n"
	".TH MAAXD.INI 5 \"\" \"maaxd\" \"File formats\"\n"
	".SH NAME\n"
	"maaxd.ini \\- configuration of maaxd\n"
	".SH SYNOPSIS\n"
	".I /etc/maaxd/maaxd.ini\n"
	".SH DESCRIPTION\n"
	"The file has sections, \\fB[kind]\\fR or \\fB[kind \"name\"]\\fR, of lines "
	"\\fIkey\\fR \\fB=\\fR \\fIvalue\\fR.\n"
	"Comments begin with # and stand on lines of their own: whatever follows = is the value.\n"
	"Lists are parted by blanks; double quotes hold blanks, a backslash takes the next "
	"character as it is.\n"
	"Lengths of time have a unit: ms, s, m, h or d.\n"
	"Unknown keys are errors. \\fBmaaxd \\-t\\fR checks the file.\n"
	"A SIGHUP reads it again; what needs a restart says so below.\n"
	".PP\n"
	"Secrets are never in the file. Every key that ends in _file names one that holds them: "
	"an\n"
	"absolute path, or the name of a systemd credential.\n";

static const char tail[] = ".SH FILES\n"
			   "An example with every key: \\fImaaxd \\-\\-example\\-config\\fR.\n"
			   ".SH SEE ALSO\n"
			   ".BR maaxd (8),\n"
			   ".BR maaxctl (1)\n";

/* Text as man(7) wants it: backslashes, and a dot or quote that begins a line. */
static int add_escaped(struct buf *out, const char *text)
{
	bool is_start = true;
	int r = 0;

	for (; *text && r == 0; text++) {
		if (is_start && (*text == '.' || *text == '\''))
			r = buf_add_text(out, "\\&");
		is_start = *text == '\n';
		if (r == 0 && *text == '\\')
			r = buf_add_text(out, "\\e");
		else if (r == 0 && *text == '-')
			r = buf_add_text(out, "\\-");
		else if (r == 0)
			r = buf_add(out, text, 1);
	}
	return r;
}

static int add_choices(struct buf *out, const struct option *option)
{
	const char *between = "";
	int r = option->choices ? buf_add_text(out, " (") : 0;

	for (const struct option_choice *choice = option->choices; choice && choice->name && r == 0;
	     choice++) {
		if (choice->is_planned)
			continue;
		r = buf_add_format(out, "%s%s", between, choice->name);
		between = ", ";
	}
	return r == 0 && option->choices ? buf_add_text(out, ")") : r;
}

/* "Only with kind api, hook." */
static int add_kinds(struct buf *out, const struct option *option)
{
	const struct option *kind = option_find(option->section, "kind");
	const char *between = " Only with kind ";
	int r = 0;

	if (!kind || !(option->flags & OPT_KINDS))
		return 0;
	for (const struct option_choice *choice = kind->choices; choice->name && r == 0; choice++) {
		if (choice->is_planned || !option_is_for(option, OPT_KIND(choice->value)))
			continue;
		r = buf_add_format(out, "%s%s", between, choice->name);
		between = ", ";
	}
	return r == 0 ? buf_add_text(out, ".") : r;
}

static int add_facts(struct buf *out, const struct option *option)
{
	int r = buf_add_format(out, "\n.br\nValue: %s", type_texts[option->type]);

	if (r == 0)
		r = add_choices(out, option);
	if (r == 0)
		r = buf_add_text(out, ".");
	if (r == 0 && option->flags & OPT_REQUIRED)
		r = buf_add_text(out, " Required.");
	else if (r == 0 && option->fallback && option->fallback[0]) {
		r = buf_add_text(out, " Default: ");
		if (r == 0)
			r = add_escaped(out, option->fallback);
		if (r == 0)
			r = buf_add_text(out, ".");
	}
	if (r == 0)
		r = add_kinds(out, option);
	if (r == 0 && option->flags & OPT_RESTART)
		r = buf_add_text(out, " Needs a restart.");
	return r == 0 ? buf_add_text(out, "\n") : r;
}

static int add_option(struct buf *out, const struct option *option)
{
	int r = buf_add_format(out, ".TP\n.B %s\n", option->key);

	if (r == 0)
		r = add_escaped(out, option->help);
	return r == 0 ? add_facts(out, option) : r;
}

static int add_section(struct buf *out, enum section section)
{
	const struct section_type *type = &section_types[section];
	int r = buf_add_format(out, ".SS [%s%s]\n", type->name, type->has_label ? " \"NAME\"" : "");

	if (r == 0)
		r = add_escaped(out, type->help);
	if (r == 0)
		r = buf_add_text(out, "\n");
	for (size_t i = 0; i < option_count && r == 0; i++)
		if (options[i].section == section)
			r = add_option(out, &options[i]);
	return r;
}

int config_print_man(struct buf *out)
{
	int r = buf_add_text(out, head);

	if (r == 0)
		r = buf_add_text(out, ".SH SECTIONS\n");
	for (enum section section = 0; section < SECTION_MAX && r == 0; section++)
		r = add_section(out, section);
	return r == 0 ? buf_add_text(out, tail) : r;
}
