/*
 * How maax-sim treats one message: directives, as written in a script file or in the message.
 */
#ifndef MAAXD_TESTS_SIM_BEHAVIOUR_H
#define MAAXD_TESTS_SIM_BEHAVIOUR_H

#include <stdio.h>

#include "base/base.h"
#include "base/words.h"

#define BEHAVIOUR_MAX_FOLLOWUPS 16
#define BEHAVIOUR_MAX_ERROR 256

enum reply_body {
	REPLY_BODY_NONE,
	REPLY_BODY_IDS,
	REPLY_BODY_INCOMING_ID,
	REPLY_BODY_NOT_JSON,
	REPLY_BODY_HUGE,
};

enum shape {
	SHAPE_FLAT,
	SHAPE_NESTED,
	SHAPE_FORM,
	SHAPE_MULTIPART,
	SHAPE_TEXT,
	SHAPE_JSON_STRING,
	SHAPE_ARRAY,
	SHAPE_BOM,
	SHAPE_QUERY,
	SHAPE_XML,
	SHAPE_GARBAGE,
	SHAPE_HUGE,
	SHAPE_UNKNOWN_FIELDS,
	SHAPE_EMPTY,
	SHAPE_MAX
};

enum method { METHOD_POST, METHOD_PUT, METHOD_GET };

struct behaviour {
	/* the reply to the submit */
	unsigned status;
	unsigned reply_body; /* enum reply_body */
	unsigned retry_after;
	bool retry_is_date;
	usec_t reply_delay;
	bool stall;  /* never reply */
	bool reset;  /* RST instead of a reply */
	bool store;  /* process the message although it is not accepted */
	bool before; /* reply when the callback has been answered */
	/* the answer */
	usec_t delay;
	unsigned callbacks;
	bool extra;
	char text[1024];
	bool older;
	bool swap;
	/* how callbacks look */
	unsigned shape; /* enum shape */
	char field[64];
	unsigned method; /* enum method */
	char content_type[128];
	bool without_ids;
	bool chunked;
	bool slash;
	uint64_t size; /* the text is padded to this many bytes */
	/* what else happens */
	usec_t followup[BEHAVIOUR_MAX_FOLLOWUPS];
	unsigned followup_count;
	bool emergency;
	usec_t emergency_delay;
	unsigned retry;
	usec_t retry_delay;
	/* whether the directives apply at all */
	unsigned times; /* only to the first so many tries of a message; 0: to all */
};

void behaviour_init(struct behaviour *behaviour);

/* Applies directives. 0, or -EINVAL with the reason, which names the directive. */
MUST_CHECK int behaviour_apply(struct behaviour *behaviour, const struct words *directives,
			       char error[static BEHAVIOUR_MAX_ERROR]);

/* Lists all directives for --help. */
void behaviour_print_help(FILE *out);

#endif
