/*
 * maaxctl: a thin client of /admin/v1/ over the admin socket. It knows base/ only, and nothing that
 * the daemon does not say.
 *
 * On failure one line goes to stderr, `maaxctl: what happened: why; what to do`, and the exit
 * status says which kind it was.
 */
#ifndef MAAXD_CTL_CTL_H
#define MAAXD_CTL_CTL_H

#include "base/base.h"
#include "base/json.h"

#define CTL_SOCKET "/run/maaxd/admin.sock"
#define CTL_MAX_ARGUMENTS 8
#define CTL_MAX_OPTIONS 16

enum ctl_exit {
	CTL_OK = 0,
	CTL_FAILED = 1,	       /* maaxd refused, or it did not work out */
	CTL_USAGE = 2,	       /* the command line is wrong */
	CTL_NOT_FOUND = 3,     /* no such message, callback, destination … */
	CTL_UNREACHABLE = 69,  /* EX_UNAVAILABLE: maaxd does not answer */
	CTL_NO_PERMISSION = 77 /* EX_NOPERM */
};

struct verb;

/* The command line, taken apart. Everything is borrowed from argv. */
struct ctl {
	const struct verb *verb;
	const char *arguments[CTL_MAX_ARGUMENTS + 1];
	size_t count;
	struct {
		const char *name;
		const char *value; /* NULL of a flag */
	} options[CTL_MAX_OPTIONS];
	size_t option_count;
	const char *socket;
	bool is_json; /* NDJSON instead of text */
	bool is_utc;
	bool has_colour;
};

/* A verb's options. `--json` and its like are everybody's: verbs.c. */
struct verb_option {
	const char *name;  /* without dashes */
	const char *value; /* what to call its value; NULL: a flag */
	const char *words; /* values that there are, for completion; NULL: any */
	const char *help;
};

struct verb {
	const char *name;
	const char
		*usage; /* of the arguments: "ID", "[list|attach CALLBACK MESSAGE|drop CALLBACK]" */
	const char *help;  /* one line */
	const char *words; /* of the first argument, for completion; NULL: any */
	size_t min, max;   /* number of arguments */
	int (*run)(struct ctl *ctl);
	const struct verb_option *options; /* ends with a NULL name; NULL: none */
};

extern const struct verb ctl_verbs[]; /* ends with a NULL name */
extern const struct verb_option ctl_common_options[];

/* Takes a command line apart. CTL_OK; CTL_USAGE after saying why. ctl->verb is NULL for a bare
 * --help or --version, which are options. */
int ctl_parse(struct ctl *ctl, int argc, char **argv);
bool ctl_has(const struct ctl *ctl, const char *option);
const char *ctl_option(const struct ctl *ctl, const char *option); /* NULL: not given */

void ctl_print_help(const struct verb *verb); /* NULL: of maaxctl itself */

/* Prints `maaxctl: …` to stderr; returns `status`. */
int ctl_fail(int status, const char *format, ...) PRINTF_LIKE(2, 3);

/* ---- ids (ids.c) ---- */

/*
 * The whole id for what a person typed: as it is, or its beginning or end (with or without the
 * prefix, at least four characters) when only one of the newest 250 has it. `prefix`: "msg_",
 * "cb_", "cnv_", "dlv_", "in_". CTL_OK with a heap string; else it has been said.
 */
int ctl_find_id(struct ctl *ctl, const char *prefix, const char *text, char **ret_id);

/* ---- verbs ---- */

int ctl_status(struct ctl *ctl);
int ctl_list(struct ctl *ctl);
int ctl_conversations(struct ctl *ctl);
int ctl_show(struct ctl *ctl);
int ctl_tail(struct ctl *ctl);
int ctl_replay(struct ctl *ctl);
int ctl_retry_now(struct ctl *ctl);
int ctl_hold(struct ctl *ctl);
int ctl_resume(struct ctl *ctl);
int ctl_destination(struct ctl *ctl);
int ctl_cancel(struct ctl *ctl);
int ctl_unmatched(struct ctl *ctl);
int ctl_send(struct ctl *ctl);
int ctl_ingest(struct ctl *ctl);
int ctl_inbound(struct ctl *ctl);
int ctl_simulate(struct ctl *ctl);
int ctl_listen(struct ctl *ctl);
int ctl_urls(struct ctl *ctl);
int ctl_config(struct ctl *ctl);
int ctl_key(struct ctl *ctl);
int ctl_erase(struct ctl *ctl);
int ctl_export(struct ctl *ctl);
int ctl_db(struct ctl *ctl);
int ctl_pause(struct ctl *ctl);
int ctl_unpause(struct ctl *ctl);
int ctl_answer(struct ctl *ctl);
int ctl_completion(struct ctl *ctl);
int ctl_help(struct ctl *ctl);

#endif
