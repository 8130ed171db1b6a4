/*
 * Payloads: what receivers of webhooks and event streams read, made from rows. Maax's ids stand
 * under Maax's names; what is absent is null, not missing (DESIGN.md section 8).
 */
#ifndef MAAXD_PAYLOAD_H
#define MAAXD_PAYLOAD_H

#include "core.h"
#include "store/answers.h"

struct json_object;

/* Which rows a payload tells of; 0 where there is none. */
struct payload_subject {
	const char *type; /* what happened, as event_type_name(); borrowed */
	int64_t conversation;
	int64_t message;
	int64_t answer;
	const char *alert; /* JSON, of an alert, which has no rows; NULL: of other types */
};

/*
 * {"source","conversation":{…},"message":{…},"answer":{…},"overdue_text"}; an answer has `raw` and,
 * for emergencies, `history`; a message has `prospect_info` as it was given. `overdue_text` is that
 * of the source when the answer is overdue, else null. Of an alert, all these are null, and `alert`
 * is {"kind","name","reason","since"}. 0 with the object, which is the caller's, or
 * negative errno (-ENOENT: none of the rows is left).
 */
MUST_CHECK int payload_data(const struct core *core, const struct payload_subject *subject,
			    struct json_object **ret_data);

/* One answer as JSON, with raw as Maax sent it when `with_raw`. 0 or negative errno. */
MUST_CHECK int payload_answer(const struct core *core, const struct answer *answer, bool with_raw,
			      struct json_object **ret_answer);

#endif
