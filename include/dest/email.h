/*
 * E-mail: an answer as a mail to the customer, or what happened as a mail to an operator, over
 * SMTP.
 *
 * What a mail has unless the section says otherwise: the answer as plain text, and beside it as
 * HTML when there is some (multipart/alternative); for answer.overdue the overdue_text of the
 * source; for the rest, and without one, a few lines for an operator. A message that came by mail
 * (metadata /mail: message_id, references, subject) is answered in its thread. Message-ID is
 * DELIVERY@DOMAIN, the same in every try. Auto-Submitted is auto-replied.
 *
 * `to` has a place: it goes to the customer. A customer is never told of emergency.received and
 * message.failed, nor of answer.overdue without an overdue_text, unless there is a `body`.
 *
 *   2xx                          OK
 *   4xx                          TEMPFAIL; 421 and 450 to 452 are slow ones
 *   5xx to the mail              PERMFAIL
 *   5xx to the login (530-538),
 *     connection, TLS            TEMPFAIL: an operator mends it
 *   no value for a place, no
 *     usable address             PERMFAIL
 */
#ifndef MAAXD_DEST_EMAIL_H
#define MAAXD_DEST_EMAIL_H

#include "dest/destination.h"

struct fetch_result;

extern const struct destination_ops email_ops;

/* Whether a destination of this kind has something to say of an event; see above. */
bool email_has_text(const struct config_destination *destination, enum event_type type,
		    const char *overdue_text);

/* What the end of a transfer means; the verdict is the caller's. */
void email_judge(const struct fetch_result *result, struct verdict *ret_verdict);

#endif
