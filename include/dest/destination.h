/*
 * Destinations: where answers go. One kind is one row of the table: how it sends a parcel, and what
 * came of it. What follows from a verdict (again later, dead, held) is deliver.h's business.
 */
#ifndef MAAXD_DEST_DESTINATION_H
#define MAAXD_DEST_DESTINATION_H

#include "base/buf.h"
#include "base/ids.h"
#include "core.h"
#include "options.h"
#include "store/states.h"

#define DESTINATION_MAX_RESPONSE (16 * KIB) /* bytes of a reply or of output that are kept */

struct json_object;

/* What is delivered: one event, in every form that a kind may want. */
struct parcel {
	char id[IDS_TEXT_SIZE];	     /* webhook-id; the same in every try */
	struct json_object *payload; /* {"type","timestamp","data"}; owned */
	int64_t callback;	     /* of a relay, instead of a payload: the receipt to pass on */
};

void parcel_done(struct parcel *parcel);

/* What came of a try. */
struct verdict {
	enum outcome outcome; /* OK; TEMPFAIL: again later; PERMFAIL: never again */
	bool is_gone;	      /* with PERMFAIL: the whole destination is no more, not this parcel */
	bool is_slow; /* 429 or timed out: the next try comes later than the schedule says */
	usec_t retry_after;
	int status;	     /* HTTP status or exit status; 0: none */
	char *detail;	     /* a few words; heap */
	struct buf response; /* first bytes of what came back */
};

void verdict_done(struct verdict *verdict);

/* Takes the verdict over. Called once, never from inside send(); the sending is no more then. */
typedef void sent_fn(struct verdict *verdict, void *ctx);

/* What to send, and who is told; `parcel` is borrowed for the call only. */
struct send_request {
	struct core *core;
	const struct config_destination *destination;
	const struct parcel *parcel;
	sent_fn *on_sent;
	void *ctx;
};

struct destination_ops;

/* A try under way: the first member of a kind's own struct. */
struct sending {
	const struct destination_ops *ops;
	sent_fn *on_sent;
	void *ctx;
};

struct destination_ops {
	/*
	 * Starts a try. 0 with *ret_sending; or negative errno, nothing was started, with *ret_why
	 * (a heap text for the operator, or NULL): -EINVAL when this parcel never can be sent there
	 * (a PERMFAIL), anything else when it cannot now.
	 */
	int (*send)(const struct send_request *request, struct sending **ret_sending,
		    char **ret_why);
	/* Ends a try without a verdict, and frees it. */
	void (*cancel)(struct sending *sending);
};

/* As the table has it for the destination's kind. */
MUST_CHECK int destination_send(const struct send_request *request, struct sending **ret_sending,
				char **ret_why);
void sending_cancel(struct sending *sending);

#endif
