/*
 * Retention: old rows lose their raw bytes, then their texts, then go; the file shrinks. One small
 * step at a time, with other work between, over all sweeps of store/retention.h; then a rest of
 * RETENTION_REST. What Maax has or is to get, and what is still to be delivered, stays at any age.
 *
 * With [retention] max_size, a database that is larger loses its oldest day of records, and again,
 * until it is not; never what is younger than RETENTION_YOUNG.
 *
 * On failure (the database cannot write) the step is repeated STORE_RETRY later.
 */
#ifndef MAAXD_RETENTION_H
#define MAAXD_RETENTION_H

#include "core.h"

#define RETENTION_REST (10 * USEC_PER_MINUTE)
#define RETENTION_YOUNG USEC_PER_HOUR

struct retention;

MUST_CHECK int retention_new(struct core *core, struct retention **ret_retention);
struct retention *retention_free(struct retention *retention);
/* Begins a pass: at the start, after a reload, and when an operator says so; after the one that is
 * under way. Its number is one more than the status has now. */
void retention_start(struct retention *retention);

struct retention_status {
	bool is_running;
	unsigned number; /* of the last pass, or the one under way, since the start; 0: none yet */
	usec_t finished_at; /* of the last pass; 0: none yet */
	uint64_t changed;   /* rows that the last pass, or the one under way, purged or deleted */
	uint64_t shrunk_bytes; /* that it gave back to the file system */
};
void retention_get_status(const struct retention *retention, struct retention_status *ret_status);

#endif
