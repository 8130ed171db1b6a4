/*
 * History: what Maax knows of an emergency's conversation, fetched once it is known which, and
 * attached raw (POST {base_url}/conversations/{id}/; its reply is not documented, so nothing in it
 * is believed).
 *
 * The emergency's deliveries wait for the first try (announce_answer's delay) and then go in any
 * case. On failure: HISTORY_TRIES tries by submit_schedule, then `failed`. Work left by a run
 * before is taken up at start.
 */
#ifndef MAAXD_HISTORY_H
#define MAAXD_HISTORY_H

#include "core.h"

struct history;

MUST_CHECK int history_new(struct core *core, struct history **ret_history);
struct history *history_free(struct history *history);
void history_start(struct history *history);

/* wake_fn for TOPIC_HISTORY, after the commit. */
void history_woken(int64_t answer, void *ctx);

/* Requests under way, and verdicts not written yet: a stop waits for them, not for later tries. */
size_t history_running(const struct history *history);

#endif
