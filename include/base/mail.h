/*
 * A mail as a mailbox receives it (RFC 5322, MIME), read as leniently as mail has to be. The only
 * file that knows GMime. Texts are UTF-8: what the charset does not explain is taken for
 * windows-1252, and what is still no text becomes U+FFFD.
 */
#ifndef MAAXD_BASE_MAIL_H
#define MAAXD_BASE_MAIL_H

#include "base/base.h"

#define MAIL_MAX_SIZE (8 * MIB)
#define MAIL_MAX_PARTS 100
#define MAIL_MAX_REFERENCES 100
#define MAIL_MAX_ATTACHMENTS 50
#define MAIL_MAX_ID 500 /* bytes of a message id; longer ones are passed over */

struct mail_address {
	char *name;  /* NULL: none */
	char *email; /* as written; NULL: none */
};

struct mail_attachment {
	char *name; /* NULL: none */
	char *type; /* "image/png" */
};

struct mail {
	char *message_id;  /* without <>; NULL: none */
	char **references; /* ids of References, then of In-Reply-To; oldest first, none twice */
	size_t reference_count;
	struct mail_address from; /* the first of several, as all of these */
	struct mail_address reply_to;
	struct mail_address to;
	char *subject; /* NULL: none */
	char *text;    /* of the first text/plain part that is no attachment; NULL: none */
	char *html;    /* of the first text/html part, likewise */
	struct mail_attachment *attachments;
	size_t attachment_count;

	/*
	 * Which header says that no person wrote it, in words (static text); NULL: none does. These
	 * are: Auto-Submitted other than no; Precedence bulk, junk, list or auto_reply; List-Id;
	 * X-Autoreply; X-Autorespond; an empty Return-Path; X-Maaxd; a multipart/report; a sender
	 * called MAILER-DAEMON or without a name before the @.
	 */
	const char *automatic;
};

/*
 * Reads `len` bytes. An mbox "From " line before the header is skipped; a mail that was cut off is
 * read as far as it goes. 0 with the mail (mail_done()); -EBADMSG with *ret_why (static text):
 * there is no header, or it is out of bounds.
 */
MUST_CHECK int mail_parse(const void *data, size_t len, struct mail *ret_mail,
			  const char **ret_why);
void mail_done(struct mail *mail);

#endif
