/*
 * What comes in at hooks and by mail: the raw request first, then what it says. Both in the unit of
 * the caller, the mapping in one of its own, so that a fault in it never costs the raw bytes.
 *
 *   accept_if is not met             dropped (rule)
 *   a mail that no person wrote      dropped (auto-submitted)
 *   one with the same map_dedupe within INBOUND_DEDUPE, or a mail with the same Message-ID ever,
 *     has become a message           dropped (duplicate)
 *   a field is missing or too long   unmapped, with the key's name
 *   else                             accepted: a message, through intake.h
 *
 * A mail goes to the conversation of the newest mail that it refers to and that has become a
 * message of this source, else to the one that map_conversation_key names.
 *
 * On failure: one whose mapping failed for our own reasons stays `received`, is logged, and is
 * mapped again INBOUND_RETRY later and at start.
 */
#ifndef MAAXD_INTAKE_INBOUND_H
#define MAAXD_INTAKE_INBOUND_H

#include "core.h"
#include "options.h"
#include "store/inbound.h"

#define INBOUND_RETRY (30 * USEC_PER_SEC)
#define INBOUND_DEDUPE USEC_PER_DAY

struct intake;
struct intake_inbound;

MUST_CHECK int intake_inbound_new(struct core *core, struct intake *intake,
				  struct intake_inbound **ret_inbound);
struct intake_inbound *intake_inbound_free(struct intake_inbound *inbound);

/* Maps what a run before this one left in `received`, from the next turn on. */
void intake_inbound_start(struct intake_inbound *inbound);

/* A request as it came; all is borrowed. */
struct intake_raw {
	const struct config_source *source;
	const char *method;	  /* INBOUND_METHOD_MAIL: a mail */
	const char *content_type; /* "" when none */
	const char *query;	  /* "" when none */
	const char *dedupe;	  /* what the sender says is the same in repeats; NULL: nothing */
	const void *body;
	size_t body_len;
	bool skips_limits;
};

enum intake_raw_result { INTAKE_RAW_STORED, INTAKE_RAW_LIMITED };

/*
 * Stores and maps. Needs an open unit. An enum intake_raw_result or negative errno. With
 * INTAKE_RAW_STORED, *ret_row has id, state, message and reason (inbound_done()); with
 * INTAKE_RAW_LIMITED nothing was stored, and *ret_retry_after says when to try again.
 */
MUST_CHECK int intake_inbound_store(struct intake_inbound *inbound, const struct intake_raw *raw,
				    struct inbound *ret_row, usec_t *ret_retry_after);

/*
 * Maps one again, or drops it by hand; needs an open unit. 1 with the row as it is then, 0 when
 * there is none, -EPERM when it is a message already, or its bytes were purged by age, or another
 * negative errno.
 */
MUST_CHECK int intake_inbound_replay(struct intake_inbound *inbound, int64_t id,
				     struct inbound *ret_row);
MUST_CHECK int intake_inbound_drop(struct intake_inbound *inbound, int64_t id,
				   struct inbound *ret_row);

#endif
