/*
 * Every command: usage, help, options and completions, in one table. The man page is checked
 * against it, the completions are made of it. A command more is one row here and one function.
 */
#include <stdio.h>
#include <string.h>

#include "ctl/ctl.h"

#define STATES "held queued submitting waiting answered overdue failed cancelled"

const struct verb_option ctl_common_options[] = {
	{ "json", NULL, NULL, "print JSON, one object a line" },
	{ "utc", NULL, NULL, "print times in UTC" },
	{ "socket", "PATH", NULL, "admin socket (" CTL_SOCKET ", or $MAAXCTL_SOCKET)" },
	{ "help", NULL, NULL, "print help" },
	{ "version", NULL, NULL, "print the version" },
	{ NULL, NULL, NULL, NULL },
};

#define DRY_RUN \
	{ \
		"dry-run", NULL, NULL, "say what would be done, and do nothing" \
	}
#define YES \
	{ \
		"yes", NULL, NULL, "do not ask (-y)" \
	}
#define SINCE \
	{ \
		"since", "TIME", NULL, "from then on: 2h, 7d, yesterday, 2026-11-01, RFC 3339" \
	}
#define UNTIL \
	{ \
		"until", "TIME", NULL, "up to then" \
	}
#define LIMIT \
	{ \
		"limit", "N", NULL, "at most so many (-n)" \
	}
#define END \
	{ \
		NULL, NULL, NULL, NULL \
	}

static const struct verb_option list_options[] = {
	{ "state", "STATE", STATES, "only in this state" },
	{ "source", "NAME", NULL, "only of this source" },
	{ "contact", "ADDRESS", NULL, "only of this customer: e-mail, phone …" },
	{ "conversation", "ID", NULL, "only of this conversation" },
	SINCE,
	UNTIL,
	LIMIT,
	END,
};

static const struct verb_option conversation_options[] = {
	{ "source", "NAME", NULL, "only of this source" },
	{ "contact", "ADDRESS", NULL, "only of this customer: e-mail, phone …" },
	{ "paused", NULL, NULL, "only those that a person has taken over" },
	SINCE,
	UNTIL,
	LIMIT,
	END,
};

static const struct verb_option tail_options[] = {
	{ "follow", NULL, NULL, "go on with what comes (-f)" },
	{ "source", "NAME", NULL, "only of this source" },
	LIMIT,
	END,
};

static const struct verb_option replay_options[] = {
	{ "stage", "STAGE", "submit map deliver",
	  "map (again, by today's configuration), deliver, or submit: Maax is asked again" },
	{ "state", "STATE", "overdue failed cancelled unmapped unmatched",
	  "with --stage submit: of messages (failed); with map: of callbacks (unmapped)" },
	{ "source", "NAME", NULL, "only of this source" },
	{ "contact", "ADDRESS", NULL, "only of this customer (--stage submit)" },
	{ "destination", "NAME", NULL, "only to this destination (--stage deliver)" },
	{ "again", NULL, NULL, "with --stage deliver: what was delivered, as new deliveries" },
	SINCE,
	UNTIL,
	YES,
	DRY_RUN,
	END,
};

static const struct verb_option retry_options[] = {
	{ "destination", "NAME", NULL, "only what waits for this destination" },
	DRY_RUN,
	END,
};

static const struct verb_option hold_options[] = {
	{ "reason", "TEXT", NULL, "why" },
	DRY_RUN,
	END,
};

static const struct verb_option destination_options[] = {
	{ "email", "ADDRESS", NULL, "of the customer in the sample" },
	{ "phone", "NUMBER", NULL, "likewise" },
	{ "metadata", "JSON", NULL, "metadata of the message in the sample" },
	{ "type", "TYPE",
	  "answer.received followup.received emergency.received answer.overdue message.failed",
	  "what the sample tells of (answer.received)" },
	END,
};

static const struct verb_option dry_options[] = { DRY_RUN, END };

static const struct verb_option unmatched_options[] = {
	{ "state", "STATE", "unmatched unmapped received duplicate matched dropped",
	  "list these instead of unmatched and unmapped ones" },
	LIMIT,
	DRY_RUN,
	END,
};

static const struct verb_option inbound_options[] = {
	{ "state", "STATE", "received accepted dropped unmapped",
	  "only these; with replay: those (unmapped)" },
	{ "source", "NAME", NULL, "only of this source" },
	LIMIT,
	END,
};

static const struct verb_option send_options[] = {
	{ "source", "NAME", NULL, "as this source; needed when there are several" },
	{ "platform", "NAME", "website email sms", "website, email or sms (website)" },
	{ "name", "NAME", NULL, "first name of the customer (maaxctl)" },
	{ "email", "ADDRESS", NULL, "its e-mail address (maaxctl@example.org)" },
	{ "phone", "NUMBER", NULL, "its phone number" },
	{ "key", "KEY", NULL, "conversation key: the same one stays one conversation" },
	{ "wait", NULL, NULL, "wait for the answer, 90 s at most" },
	END,
};

static const struct verb_option simulate_options[] = {
	{ "msg", "ID", NULL, "of this message; the newest without it" },
	{ "text", "TEXT", NULL, "what it says" },
	{ "dup", NULL, NULL, "post it twice" },
	END,
};

static const struct verb_option listen_options[] = {
	{ "forward-to", "URL", NULL, "where to; required" },
	{ "secret", "WHSEC", NULL, "signing secret; a new one is made and printed without it" },
	{ "source", "NAME", NULL, "only of this source" },
	END,
};

static const struct verb_option key_options[] = {
	{ "label", "TEXT", NULL, "with add: what it is for" },
	DRY_RUN,
	END,
};

static const struct verb_option erase_options[] = { YES, DRY_RUN, END };

static const struct verb_option answer_options[] = {
	{ "msg", "ID", NULL, "the message it goes with; the conversation's newest without it" },
	{ "settle", NULL, NULL, "cancel what still waits for Maax" },
	DRY_RUN,
	END,
};

/* clang-format off */
const struct verb ctl_verbs[] = {
	{ "status", "", "how it fares, on one screen; exit status 0 healthy, 1 degraded, 2 down", NULL, 0, 0, ctl_status, NULL },
	{ "tail", "", "the newest events of the timeline", NULL, 0, 0, ctl_tail, tail_options },
	{ "list", "", "messages, the newest first", NULL, 0, 0, ctl_list, list_options },
	{ "conversations", "", "conversations, the newest first", NULL, 0, 0, ctl_conversations, conversation_options },
	{ "show", "ID", "everything about one message, conversation or callback", NULL, 1, 1, ctl_show, NULL },
	{ "send", "TEXT", "send a message as a customer would", NULL, 1, 1, ctl_send, send_options },
	{ "ingest", "SOURCE", "take a mail from standard input; exit status 0 taken, 75 try again later", NULL, 1, 1, ctl_ingest, NULL },

	{ "replay", "[ID]", "do a stage again, of one message or of all that the options find", NULL, 0, 1, ctl_replay, replay_options },
	{ "retry-now", "[ID]", "try now what waits for its next try, or let a held message go", NULL, 0, 1, ctl_retry_now, retry_options },
	{ "cancel", "ID", "cancel a message or a delivery that is open", NULL, 1, 1, ctl_cancel, dry_options },
	{ "hold", "DESTINATION", "keep deliveries to a destination back", NULL, 1, 1, ctl_hold, hold_options },
	{ "resume", "DESTINATION", "end a hold: what is pending goes", NULL, 1, 1, ctl_resume, dry_options },
	{ "destination", "test NAME", "send a sample to a destination now, and tell what came of it; nothing is stored", "test", 2, 2, ctl_destination, destination_options },
	{ "unmatched", "[list | attach CALLBACK MESSAGE | drop CALLBACK]", "callbacks that fitted no message, or held no text", "list attach drop", 0, 3, ctl_unmatched, unmatched_options },
	{ "inbound", "[list | show ID | replay [ID] | drop ID]", "requests at hooks, and mails, as they came; replay maps them again", "list show replay drop", 0, 2, ctl_inbound, inbound_options },

	{ "pause", "CONVERSATION", "take a conversation over: nothing more of it goes to Maax", NULL, 1, 1, ctl_pause, hold_options },
	{ "unpause", "CONVERSATION", "give it back", NULL, 1, 1, ctl_unpause, dry_options },
	{ "answer", "CONVERSATION TEXT", "answer by hand; - reads the text from standard input", NULL, 2, 2, ctl_answer, answer_options },

	{ "key", "add SOURCE | list | revoke KEY", "bearer keys of sources; add prints the key, once", "add list revoke", 1, 2, ctl_key, key_options },
	{ "erase", "CONTACT", "erase everything of one person: e-mail address, phone number …", NULL, 1, 1, ctl_erase, erase_options },
	{ "export", "CONTACT", "print everything of one person, a JSON object a line", NULL, 1, 1, ctl_export, NULL },
	{ "db", "[prune | backup [FILE]]", "the database: sizes and what is under way, a pass of retention now, a backup", "prune backup", 0, 2, ctl_db, NULL },
	{ "urls", "", "the emergency URL of each AI, for Maax's dashboard", NULL, 0, 0, ctl_urls, NULL },
	{ "config", "", "the configuration in force, without secrets", NULL, 0, 0, ctl_config, NULL },
	{ "simulate", "answer | followup | emergency | unknown", "post a callback to ourselves, as Maax would", "answer followup emergency unknown", 1, 1, ctl_simulate, simulate_options },
	{ "listen", "", "copy what happens to a developer's URL, signed, until Ctrl-C", NULL, 0, 0, ctl_listen, listen_options },
	{ "completion", "bash | zsh", "print completions for a shell", "bash zsh", 1, 1, ctl_completion, NULL },
	{ "help", "[COMMAND]", "print help", NULL, 0, 1, ctl_help, NULL },
	{ NULL, NULL, NULL, NULL, 0, 0, NULL, NULL },
};
/* clang-format on */

static void print_options(const struct verb_option *options)
{
	for (; options && options->name; options++) {
		CLEANUP(freep)
		char *name = options->value ? xasprintf("--%s %s", options->name, options->value)
					    : xasprintf("--%s", options->name);

		printf("  %-22s %s\n", name, options->help);
	}
}

void ctl_print_help(const struct verb *verb)
{
	if (verb) {
		printf("usage: maaxctl %s%s%s%s\n\n%c%s.\n", verb->name, verb->usage[0] ? " " : "",
		       verb->usage, verb->options ? " [OPTION]…" : "",
		       (char)(verb->help[0] >= 'a' && verb->help[0] <= 'z' ? verb->help[0] - 32
									   : verb->help[0]),
		       verb->help + 1);
		if (verb->options)
			printf("\n");
		print_options(verb->options);
		printf("\n");
		print_options(ctl_common_options);
		return;
	}
	printf("usage: maaxctl COMMAND [ARGUMENT]… [OPTION]…\n\n");
	for (verb = ctl_verbs; verb->name; verb++)
		printf("  %-14s %s\n", verb->name, verb->help);
	printf("\nOptions of every command:\n");
	print_options(ctl_common_options);
	printf("\nIds may be shortened to their beginning or end while that is unique among the "
	       "newest.\n"
	       "maaxctl help COMMAND says more. Exit status: 0 done, 1 failed, 2 wrong usage,\n"
	       "3 not found, 69 maaxd does not answer, 77 no permission.\n");
}

int ctl_help(struct ctl *ctl)
{
	const char *name = ctl->arguments[0];

	if (!name) {
		ctl_print_help(NULL);
		return CTL_OK;
	}
	for (const struct verb *verb = ctl_verbs; verb->name; verb++) {
		if (streq(verb->name, name)) {
			ctl_print_help(verb);
			return CTL_OK;
		}
	}
	return ctl_fail(CTL_USAGE, "there is no command \"%s\": see maaxctl help", name);
}
