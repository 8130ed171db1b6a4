/*
 * Ids: 63-bit integers in time order, the primary key of every table (DESIGN.md section 5).
 * 41 bits of milliseconds since 2025-01-01, 10 bits of node, 12 bits of sequence.
 * As text: a prefix and 13 characters of Crockford base32, which sort as the numbers do.
 * They are guessable, so they never authorise anything.
 */
#ifndef MAAXD_BASE_IDS_H
#define MAAXD_BASE_IDS_H

#include "base/base.h"

#define IDS_EPOCH_MSEC 1735689600000 /* 2025-01-01T00:00:00Z */
#define IDS_NODE_MAX 1023

/* Sets the node (0 to IDS_NODE_MAX) and the greatest id that exists, so that no id comes twice. */
void ids_seed(unsigned node, int64_t last);

/* A new id: greater than every one before, also when the clock was set back. */
int64_t ids_next(void);

/* The smallest id of that time: for "since" queries. And the time of an id. */
int64_t ids_floor(usec_t at);
usec_t ids_time(int64_t id);

enum id_kind {
	ID_CONVERSATION,
	ID_MESSAGE,
	ID_ANSWER,
	ID_CALLBACK,
	ID_DELIVERY,
	ID_ATTEMPT,
	ID_KEY,
	ID_KIND_MAX
};

#define IDS_TEXT_SIZE 18 /* "msg_" and 13 characters and NUL; the longest prefix has four */

/* Writes the text form. Returns `out`. */
const char *ids_format(enum id_kind kind, int64_t id, char out[static IDS_TEXT_SIZE]);

/* Reads `len` bytes of text form, any letter case, O as 0 and I, L as 1. 0 or -EINVAL. */
MUST_CHECK int ids_parse(enum id_kind kind, const char *text, size_t len, int64_t *ret_id);

#endif
