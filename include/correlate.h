/*
 * Correlate: what a stored callback means. Runs in the turn that stored it, before the commit, in
 * savepoints of its own, so a fault here never costs the raw bytes: several callbacks together,
 * and each by itself if one of them fails.
 *
 *   answer, follow-up   the message is the token's own, and the first answer settles it; the same
 * text again is a duplicate, a different one is an extra answer; after the deadline it is late
 *   emergency           the conversation Maax names, else the newest of the contact it names, else
 * none; it never settles a message, and is delivered in every case any verified one    proves that
 * an uncertain submit arrived: no resend
 *
 * An answer is stored as plain text and, when what came is markup, as safe HTML (mapping.h); `raw`
 * is read from the callback. Whether a text is the same again is judged on what was mapped, before
 * that.
 *
 * On failure the callback stays `received`, is logged, and is correlated again RETRY_AFTER later
 * and at start.
 */
#ifndef MAAXD_CORRELATE_H
#define MAAXD_CORRELATE_H

#include "core.h"

struct correlate;

MUST_CHECK int correlate_new(struct core *core, struct correlate **ret_correlate);
struct correlate *correlate_free(struct correlate *correlate);

/* Correlates what a run before this one left in `received`, from the next turn on. */
void correlate_start(struct correlate *correlate);

/* A wake_fn for TOPIC_CALLBACK, before the commit: collects the callback, and wakes
 * TOPIC_CALLBACKS_COLLECTED, which comes behind the others of this turn. */
void correlate_woken(int64_t callback, void *ctx);
/* A wake_fn for that, before the commit: correlates what was collected. */
void correlate_collected(int64_t unused, void *ctx);

#endif
