/*
 * A mail that is to be sent, made with GMime: headers encoded (RFC 2047) and folded, texts UTF-8 in
 * quoted-printable, CR LF throughout. Nothing that is handed in can add a header or a recipient.
 */
#ifndef MAAXD_BASE_MAIL_DRAFT_H
#define MAAXD_BASE_MAIL_DRAFT_H

#include "base/base.h"
#include "base/buf.h"
#include "base/words.h"

#define MAIL_DRAFT_MAX_ADDRESSES 5
#define MAIL_DRAFT_MAX_REFERENCES 30

struct mail_draft {
	const char *from;	 /* "Name <address>", as all addresses; one */
	const char *to;		 /* up to MAIL_DRAFT_MAX_ADDRESSES, parted by commas */
	const char *reply_to;	 /* one; NULL: none */
	const char *subject;	 /* one line */
	const char *message_id;	 /* without <> */
	const char *in_reply_to; /* a message id, as a header has it; NULL: none */
	const char *references;	 /* message ids, likewise, oldest first; NULL: none */
	int64_t date_sec;	 /* of the wall clock */
	const char *text;
	const char *html; /* the same, for those who can show it; NULL: none */
};

/* The whole message. 0, -EINVAL (an address) with *ret_why (static text), or -E2BIG. */
MUST_CHECK int mail_draft_format(const struct mail_draft *draft, struct buf *out,
				 const char **ret_why);

/*
 * The bare addresses in a list, each once. 0 with at least one and MAIL_DRAFT_MAX_ADDRESSES at
 * most, or -EINVAL with *ret_why (static text): a group, an address without a domain or with
 * anything but printable ASCII in it.
 */
MUST_CHECK int mail_addresses(const char *text, struct words *ret_addresses, const char **ret_why);

#endif
