/*
 * Webhooks as Standard Webhooks 1.0.0 has them: a signed POST, judged by its reply. Knows nothing
 * of tables.
 */
#ifndef MAAXD_DEST_WEBHOOK_H
#define MAAXD_DEST_WEBHOOK_H

#include "base/fetch.h"
#include "options.h"
#include "store/states.h"

/* What came of a try. `gone`: the receiver said 410. */
struct webhook_verdict {
	enum outcome outcome; /* OK, TEMPFAIL, or PERMFAIL (with is_gone) */
	bool is_gone;
	bool is_slow; /* 429 or timed out: the next try comes later than the schedule says */
	usec_t retry_after;
	int status;
	char *detail; /* a few words; heap */
};

void webhook_verdict_done(struct webhook_verdict *verdict);

struct webhook {
	const char *id; /* webhook-id, the same in every try */
	const char *body;
};

/*
 * Posts `body` to a destination, signed with all its secrets at the present wall clock. As
 * fetch_start().
 */
MUST_CHECK int webhook_send(struct fetcher *fetcher, const struct config_destination *destination,
			    const struct webhook *webhook, fetch_fn *on_done, void *ctx,
			    struct fetch **ret_fetch);

void webhook_judge(const struct fetch_result *result, struct webhook_verdict *ret_verdict);

#endif
