/* The configuration as text: the example, and the one in force. Both come from the option table. */
#include <errno.h>
#include <string.h>

#include "options_table.h"

/* Further sections of the example, after the first of their kind: keys that are set there. */
struct example {
	enum section section;
	const char *label;
	const char *comment;
	const char *text;
};

static const struct example examples[] = {
	{ SECTION_LISTENER, "admin",
	  "# For maaxctl and the monitoring: a socket that only root and admin_group may use.\n",
	  "listen = unix:/run/maaxd/admin.sock\n"
	  "serve = admin metrics\n" },
};

/* The other kinds of a section, commented out: the keys that the first one does not have. */
struct kind_example {
	enum section section;
	unsigned kind;
	const char *label;
	const char *comment;
	const char *text; /* lines "key = value" that it sets */
};

static const struct kind_example kind_examples[] = {
	{ SECTION_SOURCE, SOURCE_HOOK, "sms",
	  "# Text messages from Twilio: its webhook goes to public_url/in/sms/SECRET.\n",
	  "ai = sales\n"
	  "destinations = desk\n"
	  "url_secret_file = /etc/maaxd/sms-secrets\n"
	  "platform = sms\n"
	  "map_text = ${/Body}\n"
	  "map_phone = ${/From | digits}\n"
	  "map_first_name = ${/ProfileName \"there\"}\n"
	  "map_conversation_key = ${/From | digits}\n"
	  "map_dedupe = ${/MessageSid}\n"
	  "signature = twilio\n"
	  "signature_secret_file = /etc/maaxd/twilio-auth-token\n"
	  "reply_content_type = text/xml\n"
	  "reply_body = <Response/>\n" },
	{ SECTION_SOURCE, SOURCE_HOOK, "form",
	  "# A form on a web page that posts {\"text\", \"name\", \"email\"}: the defaults fit.\n",
	  "ai = sales\n"
	  "destinations = desk\n"
	  "platform = website\n"
	  "url_secret_file = /etc/maaxd/form-secrets\n" },
	{ SECTION_SOURCE, SOURCE_MAIL, "support",
	  "# Mails, from a pipe in .forward, Postfix or Sieve: maaxctl ingest support\n",
	  "ai = sales\n"
	  "destinations = desk\n"
	  "platform = email\n" },
	{ SECTION_DESTINATION, DESTINATION_COMMAND, "run",
	  "# A program of your own gets each answer.\n", "" },
	{ SECTION_DESTINATION, DESTINATION_EMAIL, "mail",
	  "# A mail to the customer, in the thread of the mail that it answers.\n",
	  "events = answer followup overdue\n" },
};

/* Whole sections for tasks that many have, commented out. */
static const struct example task_examples[] = {
	{ SECTION_DESTINATION, "sms", "# An SMS to the customer, by Twilio.\n",
	  "kind = webhook\n"
	  "url = https://api.twilio.com/2010-04-01/Accounts/AC0123456789/Messages.json\n"
	  "# user:password is the account's SID and its auth token.\n"
	  "basic_file = /etc/maaxd/twilio-login\n"
	  "content_type = application/x-www-form-urlencoded\n"
	  "body = From=%2B15555550100&To=${/data/message/prospect_info/phone | digits | url}"
	  "&Body=${/data/answer/text /data/overdue_text | truncate:1500 | url}\n"
	  "events = answer followup overdue\n"
	  "only_if = exists /data/answer/text or exists /data/overdue_text\n" },
	{ SECTION_DESTINATION, "intercom",
	  "# A reply in Intercom; its conversation id came along as metadata of the message.\n",
	  "kind = webhook\n"
	  "url = https://api.intercom.io/conversations/"
	  "${/data/message/metadata/conversation_id | url}/reply\n"
	  "bearer_file = /etc/maaxd/intercom-token\n"
	  "headers = \"Accept: application/json\" \"Intercom-Version: 2.11\"\n"
	  "body = {\"message_type\": \"comment\", \"type\": \"admin\", \"admin_id\": \"814860\", "
	  "\"body\": ${/data/answer/html /data/answer/text | json}}\n"
	  "events = answer followup\n"
	  "delay = 30s\n" },
	{ SECTION_DESTINATION, "chatwoot", "# The same in Chatwoot.\n",
	  "kind = webhook\n"
	  "url = https://app.chatwoot.com/api/v1/accounts/1/conversations/"
	  "${/data/message/metadata/conversation_id | url}/messages\n"
	  "bearer_file = /etc/maaxd/chatwoot-token\n"
	  "bearer_header = api_access_token\n"
	  "body = {\"message_type\": \"outgoing\", \"content\": ${/data/answer/text | json}}\n"
	  "events = answer followup\n" },
	{ SECTION_DESTINATION, "slack", "# A line in a Slack channel when a person is needed.\n",
	  "kind = webhook\n"
	  "# The URL of an incoming webhook of Slack is a secret itself.\n"
	  "url_file = /etc/maaxd/slack-url\n"
	  "body = {\"text\": \"${/type | json_inside} ${/data/message/id | json_inside | "
	  "default:\"\"}: "
	  "${/data/answer/text /data/message/reason /data/message/message_content | truncate:500 | "
	  "json_inside | default:\"\"}\"}\n"
	  "events = emergency overdue failed\n" },
	{ SECTION_DESTINATION, "form", "# Any system that takes a form.\n",
	  "kind = webhook\n"
	  "url = https://forms.example.org/answers\n"
	  "secret_file = /etc/maaxd/desk-secret\n"
	  "content_type = application/x-www-form-urlencoded\n"
	  "body = id=${/data/message/id | url}&answer=${/data/answer/text | url}\n"
	  "events = answer followup\n" },
};

static const char example_head[] =
	"# Configuration of maaxd. Check it with `maaxd -t -c FILE`.\n"
	"#\n"
	"# Comments stand on lines of their own: whatever follows '=' is the value.\n"
	"# Lists are parted by blanks; \"double quotes\" hold blanks, and a backslash takes the\n"
	"# next character as it is. Times have a unit: ms s m h d.\n"
	"# A key that is commented out shows its default, or an example where it has none.\n"
	"# Every *_file is an absolute path, or the name of a systemd credential.\n"
	"# A section that is commented out is an example: take \"# \" away from each of its "
	"lines.\n";

/* Adds text with "# " before each of its lines, and "#" before an empty one. */
static int add_comment(struct buf *out, const char *text)
{
	int r = 0;

	while (r == 0 && *text) {
		size_t len = strcspn(text, "\n");

		r = buf_add_format(out, "#%s%.*s\n", len > 0 ? " " : "", (int)len, text);
		text += len + (text[len] == '\n');
	}
	return r;
}

static int add_heading(struct buf *out, enum section kind, const char *label)
{
	if (label)
		return buf_add_format(out, "[%s \"%s\"]\n", section_types[kind].name, label);
	return buf_add_format(out, "[%s]\n", section_types[kind].name);
}

static int add_example_key(struct buf *out, const struct option *option)
{
	bool is_shown = option->flags & (OPT_REQUIRED | OPT_SHOWN);
	bool has_default = option->fallback && option->fallback[0] != '\0';
	int r = add_comment(out, option->help);

	if (r < 0)
		return r;
	return buf_add_format(out, "%s%s = %s\n", is_shown ? "" : "# ", option->key,
			      has_default ? option->fallback : option->sample);
}

/* Sections of the kind that stand in the example after the first one. */
static int add_further_sections(struct buf *out, enum section kind)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(examples) && r == 0; i++) {
		if (examples[i].section != kind)
			continue;
		r = buf_add_format(out, "\n%s", examples[i].comment);
		if (r == 0)
			r = add_heading(out, kind, examples[i].label);
		if (r == 0)
			r = buf_add_text(out, examples[i].text);
	}
	return r;
}

/* The name of a kind, as `kind =` takes it. */
static const char *kind_name(enum section section, unsigned kind)
{
	const struct option_choice *choice = option_find(section, "kind")->choices;

	while (choice->value != kind)
		choice++;
	return choice->name;
}

/* The kind of the first example of a section. */
static unsigned first_kinds(enum section section)
{
	const struct option *option = option_find(section, "kind");

	for (const struct option_choice *choice = option ? option->choices : NULL;
	     choice && choice->name; choice++)
		if (streq(choice->name, option->sample))
			return OPT_KIND(choice->value);
	return OPT_KINDS;
}

/* The value of a key in lines "key = value"; NULL when none sets it. */
static const char *find_value(const char *lines, const char *key, size_t *ret_len)
{
	size_t key_len = strlen(key);

	for (; *lines; lines += strcspn(lines, "\n"), lines += *lines == '\n') {
		if (strncmp(lines, key, key_len) != 0 || strncmp(lines + key_len, " = ", 3) != 0)
			continue;
		*ret_len = strcspn(lines, "\n") - key_len - 3;
		return lines + key_len + 3;
	}
	return NULL;
}

/* A key with its help, and the value that `text` has for it, else its default or sample. */
static int add_key_of_kind(struct buf *out, const struct option *option, const char *text)
{
	size_t len = 0;
	const char *value = find_value(text, option->key, &len);
	int r;

	if (!value)
		return add_example_key(out, option);
	r = add_comment(out, option->help);
	return r < 0 ? r : buf_add_format(out, "%s = %.*s\n", option->key, (int)len, value);
}

/* The keys of a section that are for one of `kinds`, or for all; `but` leaves out what those know.
 */
static int add_example_keys(struct buf *out, enum section section, unsigned kinds, unsigned but,
			    const char *text)
{
	const char *blank_line = but ? "\n" : "";
	int r = 0;

	for (size_t i = 0; i < option_count && r == 0; i++) {
		if (options[i].section != section || !option_is_for(&options[i], kinds) ||
		    (but && option_is_for(&options[i], but)))
			continue;
		r = buf_add_text(out, blank_line);
		blank_line = "\n";
		if (r == 0)
			r = add_key_of_kind(out, &options[i], text);
	}
	return r;
}

/* Those lines of an example whose keys were explained before. */
static int add_known_lines(struct buf *out, const struct kind_example *example, unsigned known)
{
	int r = 0;

	for (size_t i = 0; i < option_count && r == 0; i++) {
		const struct option *option = &options[i];
		size_t len = 0;
		const char *value = NULL;

		if (option->section == example->section && option_is_for(option, known))
			value = find_value(example->text, option->key, &len);
		if (value)
			r = buf_add_format(out, "%s = %.*s\n", option->key, (int)len, value);
	}
	return r;
}

/* A section of another kind: what it sets, and the keys that no section before has explained. */
static int add_kind_section(struct buf *out, const struct kind_example *example, unsigned known)
{
	CLEANUP(buf_done) struct buf text = BUF_INIT(64 * KIB);
	int r = add_heading(&text, example->section, example->label);

	if (r == 0)
		r = buf_add_format(&text, "kind = %s\n",
				   kind_name(example->section, example->kind));
	if (r == 0)
		r = add_known_lines(&text, example, known);
	if (r == 0)
		r = add_example_keys(&text, example->section, OPT_KIND(example->kind), known,
				     example->text);
	if (r == 0)
		r = buf_add_format(out, "\n%s", example->comment);
	return r < 0 ? r : add_comment(out, buf_text(&text));
}

static int add_kind_sections(struct buf *out, enum section section)
{
	unsigned known = first_kinds(section);
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(kind_examples) && r == 0; i++) {
		if (kind_examples[i].section != section)
			continue;
		r = add_kind_section(out, &kind_examples[i], known);
		known |= OPT_KIND(kind_examples[i].kind);
	}
	return r;
}

static int add_task_section(struct buf *out, const struct example *example)
{
	CLEANUP(buf_done) struct buf text = BUF_INIT(64 * KIB);
	int r = add_heading(&text, example->section, example->label);

	if (r == 0)
		r = buf_add_text(&text, example->text);
	if (r == 0)
		r = buf_add_format(out, "\n%s", example->comment);
	return r < 0 ? r : add_comment(out, buf_text(&text));
}

static int add_example_section(struct buf *out, enum section kind)
{
	const struct section_type *type = &section_types[kind];
	int r = buf_add_text(out, "\n");

	if (r == 0)
		r = add_comment(out, type->help);
	if (r == 0)
		r = add_heading(out, kind, type->example);
	if (r == 0)
		r = add_example_keys(out, kind, first_kinds(kind), 0, "");
	if (r == 0)
		r = add_kind_sections(out, kind);
	for (size_t i = 0; i < ARRAY_SIZE(task_examples) && r == 0; i++)
		if (task_examples[i].section == kind)
			r = add_task_section(out, &task_examples[i]);
	return r < 0 ? r : add_further_sections(out, kind);
}

int config_print_example(struct buf *out)
{
	int r = buf_add_text(out, example_head);

	for (int kind = 0; kind < SECTION_MAX && r == 0; kind++)
		r = add_example_section(out, (enum section)kind);
	return r;
}

/* Whether a value is what the key has when it is not written, whichever way either is spelt. */
static bool is_default(const struct option *option, const char *value)
{
	CLEANUP(buf_done) struct buf text = BUF_INIT(64 * KIB);
	CLEANUP(freep) char *why = NULL;
	CLEANUP(freep) char *section = NULL;
	bool is_same;

	if (!option->fallback)
		return false;
	section = xcalloc(1, section_types[option->section].size);
	is_same = option_parse(option, option->fallback, section, &why) == 0 &&
		  option_format(option, section, &text) == 0 && streq(buf_text(&text), value);
	option_done(option, section);
	return is_same;
}

static int add_pair(struct buf *out, const char *prefix, const char *key, const char *value)
{
	return buf_add_format(out, "%s%s =%s%s\n", prefix, key, value[0] ? " " : "", value);
}

static int add_key(struct buf *out, const struct option *option, const void *section)
{
	CLEANUP(buf_done) struct buf value = BUF_INIT(64 * KIB);
	int r;

	if (!option_is_set(option, section))
		return add_pair(out, "# ", option->key, "");
	r = option_format(option, section, &value);
	if (r < 0)
		return r;
	if (is_default(option, buf_text(&value)))
		return add_pair(out, "# ", option->key, option->fallback);
	return add_pair(out, "", option->key, buf_text(&value));
}

static int add_section(struct buf *out, const struct config *config, enum section kind,
		       size_t index)
{
	const void *section = section_at(config, kind, index);
	unsigned kinds = section_kinds(kind, section);
	int r = buf_add_text(out, "\n");

	if (r == 0)
		r = add_heading(out, kind, section_name(config, kind, index));
	for (size_t i = 0; i < option_count && r == 0; i++)
		if (options[i].section == kind && option_is_for(&options[i], kinds))
			r = add_key(out, &options[i], section);
	return r;
}

int config_print(const struct config *config, struct buf *out)
{
	int r = buf_add_format(out,
			       "# The configuration in force, from %s.\n"
			       "# A key that is commented out is at its default.\n",
			       config->path);

	for (int kind = 0; kind < SECTION_MAX; kind++)
		for (size_t i = 0; i < section_count(config, (enum section)kind) && r == 0; i++)
			r = add_section(out, config, (enum section)kind, i);
	return r;
}
