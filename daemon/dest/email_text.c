/* Makes subject, texts and thread of a mail. See email_text.h. */
#include "dest/email_text.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/template.h"

#define MAX_TEXT MIB

static const char *text_at(struct json_object *payload, const char *pointer)
{
	struct json_object *value = json_at(payload, pointer);

	return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

static const char *alert_kind(const struct parcel *parcel)
{
	return text_at(parcel->payload, "/data/alert/kind");
}

static bool is_cleared(const struct parcel *parcel)
{
	const char *type = text_at(parcel->payload, "/type");

	return type && streq(type, "alert.cleared");
}

static int event_of(const struct parcel *parcel)
{
	const char *type = text_at(parcel->payload, "/type");

	return type ? event_type_parse(type) : -EINVAL;
}

/* Whether it is part of the talk with the customer. */
static bool is_talk(const struct parcel *parcel)
{
	int event = event_of(parcel);

	return event == EVENT_ANSWER || event == EVENT_FOLLOWUP ||
	       (event == EVENT_OVERDUE && text_at(parcel->payload, "/data/overdue_text"));
}

/* ---- subject ---- */

/* Skips "Re:", "RE: ", "Re[2]:" and "AW:", as often as they are there. */
static const char *skip_reply_marks(const char *subject)
{
	static const char *const marks[] = { "re", "aw" };
	bool was_mark = true;

	while (was_mark) {
		was_mark = false;
		subject += strspn(subject, " \t");
		for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
			const char *end = subject + strlen(marks[i]);

			if (strncasecmp(subject, marks[i], strlen(marks[i])) != 0)
				continue;
			if (*end == '[')
				end += strcspn(end, "]") + (strchr(end, ']') != NULL);
			if (*end != ':')
				continue;
			subject = end + 1;
			was_mark = true;
		}
	}
	return subject;
}

static char *own_subject(const struct parcel *parcel)
{
	const char *id = text_at(parcel->payload, "/data/message/id");
	const char *conversation = text_at(parcel->payload, "/data/conversation/id");

	switch (event_of(parcel)) {
	case EVENT_EMERGENCY:
		return xasprintf("Emergency: %s", conversation ? conversation : "no conversation");
	case EVENT_OVERDUE:
		return xasprintf("No answer yet: %s", id ? id : "a message");
	case EVENT_FAILED:
		return xasprintf("Message failed: %s", id ? id : "a message");
	default:
		if (!alert_kind(parcel))
			return xstrdup("Our answer to your message");
		return xasprintf("maaxd: %s %s", alert_kind(parcel),
				 is_cleared(parcel) ? "cleared" : "raised");
	}
}

static char *default_subject(const struct parcel *parcel)
{
	const char *subject = text_at(parcel->payload, "/data/message/metadata/mail/subject");

	if (!is_talk(parcel))
		return own_subject(parcel);
	if (subject)
		subject = skip_reply_marks(subject);
	return subject && subject[0] ? xasprintf("Re: %s", subject) : own_subject(parcel);
}

/* ---- thread ---- */

/* The mail that it answers, and those before it. */
static void set_thread(const struct parcel *parcel, struct email_text *text)
{
	const char *id = text_at(parcel->payload, "/data/message/metadata/mail/message_id");
	const char *references = text_at(parcel->payload, "/data/message/metadata/mail/references");

	if (!id || !is_talk(parcel))
		return;
	text->references = xasprintf("%s %s", references ? references : "", id);
	text->draft.in_reply_to = id;
	text->draft.references = text->references;
}

static char *message_id(const char *from, const char *delivery)
{
	CLEANUP(words_done) struct words address = { 0 };
	const char *why;

	if (mail_addresses(from, &address, &why) < 0) /* it was checked at load */
		return xasprintf("%s@localhost", delivery);
	return xasprintf("%s@%s", delivery, strrchr(address.word[0], '@') + 1);
}

/* ---- texts ---- */

/* Lines "name: value" of what is there. */
static int add_facts(struct buf *out, struct json_object *payload)
{
	static const struct {
		const char *name, *pointer;
	} facts[] = {
		{ "Alert", "/data/alert/kind" },
		{ "Of", "/data/alert/name" },
		{ "Why", "/data/alert/reason" },
		{ "Since", "/data/alert/since" },
		{ "Source", "/data/source" },
		{ "Conversation", "/data/conversation/id" },
		{ "Its key", "/data/conversation/key" },
		{ "Conversation at Maax", "/data/conversation/conversation_id" },
		{ "Message", "/data/message/id" },
		{ "State", "/data/message/state" },
		{ "Reason", "/data/message/reason" },
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(facts); i++) {
		const char *value = text_at(payload, facts[i].pointer);

		if (value)
			r = buf_add_format(out, "%s: %s\n", facts[i].name, value);
	}
	return r;
}

/* For an operator: what happened, where, and the texts that there are. */
static char *report(const struct parcel *parcel, const char *headline)
{
	CLEANUP(buf_done) struct buf out = BUF_INIT(MAX_TEXT);
	const char *question = text_at(parcel->payload, "/data/message/message_content");
	const char *answer = text_at(parcel->payload, "/data/answer/text");
	int r = buf_add_format(&out, "%s\n\n", headline);

	if (r == 0)
		r = add_facts(&out, parcel->payload);
	if (r == 0 && answer)
		r = buf_add_format(&out, "\nMaax says:\n%s\n", answer);
	if (r == 0 && question)
		r = buf_add_format(&out, "\nThe message:\n%s\n", question);
	IGNORE(r); /* what does not fit is left out */
	return buf_take(&out);
}

static int default_text(const struct parcel *parcel, char **ret_text, char **ret_why)
{
	const char *text = NULL;

	switch (event_of(parcel)) {
	case EVENT_EMERGENCY:
		*ret_text = report(parcel, "Maax reports an emergency.");
		return 0;
	case EVENT_FAILED:
		*ret_text = report(parcel, "A message could not be handed to Maax.");
		return 0;
	case EVENT_OVERDUE:
		text = text_at(parcel->payload, "/data/overdue_text");
		*ret_text = text ? xstrdup(text)
				 : report(parcel, "A message has no answer yet; its time is up.");
		return 0;
	default:
		if (alert_kind(parcel)) {
			*ret_text = report(parcel, is_cleared(parcel) ? "This is over:"
								      : "Something is wrong:");
			return 0;
		}
		text = text_at(parcel->payload, "/data/answer/text");
		if (text) {
			*ret_text = xstrdup(text);
			return 0;
		}
		*ret_why = xstrdup("no value at /data/answer/text");
		return -ENOENT;
	}
}

int email_text_make(const struct config_destination *destination, const struct parcel *parcel,
		    struct email_text *ret_text, char **ret_why)
{
	CLEANUP(email_text_done) struct email_text text = { 0 };
	struct json_object *payload = parcel->payload;
	int event = event_of(parcel);
	int r = template_render_line(destination->to, payload, EMAIL_MAX_LINE, &text.to, ret_why);

	if (r == 0 && destination->subject)
		r = template_render_line(destination->subject, payload, EMAIL_MAX_LINE,
					 &text.subject, ret_why);
	else if (r == 0)
		text.subject = default_subject(parcel);
	if (r == 0 && destination->body)
		r = template_render(destination->body, payload, MAX_TEXT, &text.text, ret_why);
	else if (r == 0)
		r = default_text(parcel, &text.text, ret_why);
	if (r < 0)
		return r;
	text.message_id = message_id(destination->from, parcel->id);
	set_thread(parcel, &text);
	text.draft.from = destination->from;
	text.draft.reply_to = destination->reply_to;
	text.draft.to = text.to;
	text.draft.subject = text.subject;
	text.draft.message_id = text.message_id;
	text.draft.date_sec = (int64_t)(clock_wall() / USEC_PER_SEC);
	text.draft.text = text.text;
	if (!destination->body && (event == EVENT_ANSWER || event == EVENT_FOLLOWUP))
		text.draft.html = text_at(payload, "/data/answer/html");
	*ret_text = text;
	text = (struct email_text){ 0 };
	return 0;
}

void email_text_done(struct email_text *text)
{
	free(text->to);
	free(text->subject);
	free(text->text);
	free(text->message_id);
	free(text->references);
	*text = (struct email_text){ 0 };
}
