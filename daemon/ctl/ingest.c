/*
 * maaxctl ingest: a mail from standard input for a source of kind mail, as an MTA's pipe runs it.
 * Whatever does not work out is a reason for the MTA to keep the mail and try again (75,
 * EX_TEMPFAIL), and never one to send it back.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctl/client.h"
#include "ctl/output.h"
#include "ctl/text.h"

#define EX_TEMPFAIL 75
#define MAX_MAIL (8 * MIB) /* as the daemon takes them */

/* Reads to the end; what is behind MAX_MAIL, attachments most likely, is left out. 0 or negative
 * errno. */
static int read_mail(struct buf *mail, bool *ret_is_cut)
{
	char block[64 * KIB];
	size_t len;

	*ret_is_cut = false;
	while ((len = fread(block, 1, sizeof(block), stdin)) > 0) {
		size_t room = mail->max - mail->len;

		*ret_is_cut |= len > room;
		if (buf_add(mail, block, len < room ? len : room) < 0)
			return -ENOMEM;
	}
	return ferror(stdin) ? -EIO : 0;
}

/* What became of it. A mail that is dropped or unmapped is kept, and so is taken. */
static void print_taken(struct ctl *ctl, struct json_object *reply)
{
	struct json_object *row = json_at(reply, "/inbound");
	CLEANUP(freep) char *reason = output_text(row, "/reason");
	const char *id = output_raw(row, "/id");
	const char *state = output_raw(row, "/state");
	const char *message = output_raw(row, "/message");

	if (ctl->is_json) {
		output_json(row);
		return;
	}
	printf("%s  ", id ? id : "?");
	text_put(ctl, text_state_colour(state ? state : ""), "%s", state ? state : "?");
	printf("  %s\n", message ? message : reason);
}

int ctl_ingest(struct ctl *ctl)
{
	CLEANUP(client_reply_done) struct client_reply reply = { 0 };
	CLEANUP(buf_done) struct buf mail = BUF_INIT(MAX_MAIL);
	CLEANUP(freep) char *path = xasprintf("/admin/v1/sources/%s/ingest", ctl->arguments[0]);
	const struct client_bytes bytes = { "message/rfc822", &mail };
	bool is_cut;

	if (read_mail(&mail, &is_cut) < 0)
		return ctl_fail(EX_TEMPFAIL, "the mail could not be read from standard input");
	if (mail.len == 0)
		return ctl_fail(EX_TEMPFAIL, "no mail on standard input: maaxctl ingest SOURCE "
					     "<MESSAGE");
	if (is_cut)
		IGNORE(ctl_fail(CTL_OK, "the mail is longer than 8 MiB: what is behind that is "
					"left out"));
	if (client_post_bytes(ctl, path, &bytes, &reply) != CTL_OK)
		return EX_TEMPFAIL; /* what happened has been said */
	print_taken(ctl, reply.json);
	return CTL_OK;
}
