/* What is in a mail: subject, texts and thread, from a payload. For email.c only. */
#ifndef MAAXD_DEST_EMAIL_TEXT_H
#define MAAXD_DEST_EMAIL_TEXT_H

#include "base/mail_draft.h"
#include "dest/destination.h"

#define EMAIL_MAX_LINE KIB

/* A mail and the strings that it borrows from. */
struct email_text {
	struct mail_draft draft;
	char *to;
	char *subject;
	char *text;
	char *message_id;
	char *references;
};

/* 0, or -ENOENT (a place without a value), -E2BIG, -ENOMEM with *ret_why (heap, or NULL). */
MUST_CHECK int email_text_make(const struct config_destination *destination,
			       const struct parcel *parcel, struct email_text *ret_text,
			       char **ret_why);
void email_text_done(struct email_text *text);

#endif
