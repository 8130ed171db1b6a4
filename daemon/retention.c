/* Takes away what is old. See retention.h. */
#include "retention.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/loop.h"
#include "options.h"
#include "store/retention.h"

#define STEP 200			/* rows of a step: a few milliseconds */
#define STEP_REST (50 * USEC_PER_MSEC)	/* between steps, for others */
#define STORE_RETRY (10 * USEC_PER_SEC) /* after a database that could not write */
#define FREE_KEPT (1 * MIB)		/* free space that stays in the file for what comes next */

/* What a pass does; the sweeps come first, in their order. */
enum phase { PHASE_SHRINK = RETENTION_SWEEP_MAX, PHASE_END };

struct retention {
	struct core *core;
	struct loop_source *timer;
	unsigned phase;
	int64_t after;		/* the sweep has been up to this id */
	bool is_asked;		/* for another pass, after the one under way */
	int64_t pressed_before; /* what is older goes at any age, for the size's sake; 0: nothing */
	struct retention_status status;
};

/* The age at which a sweep takes hold, 0: never. */
static usec_t sweep_age(const struct config_retention *config, enum retention_sweep sweep)
{
	switch (sweep) {
	case RETENTION_PURGE_CALLBACKS:
	case RETENTION_PURGE_INBOUND:
	case RETENTION_PURGE_ATTEMPTS:
		return config->raw;
	case RETENTION_REDACT_MESSAGES:
	case RETENTION_REDACT_ANSWERS:
	case RETENTION_REDACT_CONTACTS:
		return config->texts;
	case RETENTION_DELETE_ATTEMPTS:
	case RETENTION_DELETE_EVENTS:
		return config->details;
	case RETENTION_DELETE_DELIVERIES:
	case RETENTION_DELETE_ANSWERS:
	case RETENTION_DELETE_CALLBACKS:
	case RETENTION_DELETE_INBOUND:
	case RETENTION_DELETE_MESSAGES:
	case RETENTION_DELETE_CONVERSATIONS:
	case RETENTION_SWEEP_MAX:
		break;
	}
	return config->records;
}

/* Ids before this one are old enough for a sweep; 0: none is. */
static int64_t sweep_before(const struct retention *retention, enum retention_sweep sweep)
{
	usec_t age = sweep_age(&retention->core->config->retention, sweep);
	int64_t before = age > 0 ? ids_floor(clock_now() - age) : 0;

	if (sweep >= RETENTION_DELETE_ATTEMPTS && retention->pressed_before > before)
		before = retention->pressed_before;
	return before;
}

static void next_phase(struct retention *retention)
{
	retention->phase++;
	retention->after = 0;
}

/* One step of a sweep. 0 or negative errno. */
static int sweep_step(struct retention *retention)
{
	enum retention_sweep sweep = (enum retention_sweep)retention->phase;
	struct db *db = retention->core->db;
	int64_t before = sweep_before(retention, sweep);
	struct retention_step step = { 0 };
	int r;

	if (before == 0) {
		next_phase(retention);
		return 0;
	}
	r = unit_begin(db);
	if (r < 0)
		return r;
	r = unit_end(db, retention_step(db, sweep, retention->after, before, STEP, &step));
	if (r < 0)
		return r;
	retention->status.changed += step.changed;
	if (step.last)
		retention->after = step.last;
	else
		next_phase(retention);
	return 0;
}

static int shrink_step(struct retention *retention)
{
	struct db *db = retention->core->db;
	struct retention_sizes sizes;
	int r = retention_sizes(db, &sizes);

	if (r < 0)
		return r;
	if (sizes.free_bytes <= FREE_KEPT) {
		next_phase(retention);
		return 0;
	}
	r = unit_begin(db);
	if (r < 0)
		return r;
	r = unit_end(db, retention_shrink(db));
	if (r < 0)
		return r;
	retention->status.shrunk_bytes += (uint64_t)r * 4096;
	if (r == 0)
		next_phase(retention);
	return 0;
}

/* The file is too large: what must go next so that it shrinks, a day at a time. 1 with another pass
 * to do, 0 when it is small enough or nothing old is left, or negative errno. */
static int press(struct retention *retention)
{
	uint64_t max = retention->core->config->retention.max_size;
	int64_t young = ids_floor(clock_now() - RETENTION_YOUNG);
	struct retention_sizes sizes;
	int64_t oldest = 0;
	int64_t next;
	int r;

	if (max == 0)
		return 0;
	r = retention_sizes(retention->core->db, &sizes);
	if (r < 0 || sizes.used_bytes <= max)
		return r;
	r = retention_oldest(retention->core->db, retention->pressed_before, &oldest);
	if (r < 0 || oldest >= young)
		return r;
	next = ids_floor(ids_time(oldest) + USEC_PER_DAY);
	retention->pressed_before = next < young ? next : young;
	log_warning("retention: the database is larger than max_size: records from before its "
		    "oldest day's end go");
	return 1;
}

static int finish_pass(struct retention *retention)
{
	int r = press(retention);

	if (r < 0)
		return r;
	if (r > 0) {
		retention->phase = RETENTION_DELETE_ATTEMPTS;
		retention->after = 0;
		return 0;
	}
	retention->status.is_running = false;
	retention->status.finished_at = clock_now();
	if (retention->status.changed > 0)
		log_notice("retention: rows=%" PRIu64 " given_back_bytes=%" PRIu64,
			   retention->status.changed, retention->status.shrunk_bytes);
	return 0;
}

static int step(struct retention *retention)
{
	if (retention->phase < PHASE_SHRINK)
		return sweep_step(retention);
	if (retention->phase == PHASE_SHRINK)
		return shrink_step(retention);
	return finish_pass(retention);
}

/* When to go on: at once after a step that found nothing to do. */
static usec_t next_at(const struct retention *retention, uint64_t changed)
{
	const struct retention_status *status = &retention->status;

	if (!status->is_running)
		return clock_now() + (retention->is_asked ? 0 : RETENTION_REST);
	return clock_now() + (status->changed + status->shrunk_bytes > changed ? STEP_REST : 0);
}

static void begin_pass(struct retention *retention)
{
	retention->is_asked = false;
	retention->phase = 0;
	retention->after = 0;
	retention->pressed_before = 0;
	retention->status = (struct retention_status){
		.is_running = true,
		.number = retention->status.number + 1,
		.finished_at = retention->status.finished_at,
	};
}

static void on_timer(void *ctx)
{
	struct retention *retention = ctx;
	uint64_t changed;

	if (retention->core->is_stopping)
		return;
	if (!retention->status.is_running)
		begin_pass(retention);
	changed = retention->status.changed + retention->status.shrunk_bytes;
	if (step(retention) < 0)
		loop_set_timer(retention->timer, clock_now() + STORE_RETRY);
	else
		loop_set_timer(retention->timer, next_at(retention, changed));
}

void retention_start(struct retention *retention)
{
	retention->is_asked = true;
	if (!retention->status.is_running)
		loop_set_timer(retention->timer, clock_now());
}

void retention_get_status(const struct retention *retention, struct retention_status *ret_status)
{
	*ret_status = retention->status;
}

int retention_new(struct core *core, struct retention **ret_retention)
{
	struct retention *retention = xnew(struct retention);
	int r;

	retention->core = core;
	r = loop_add_timer(core->loop, on_timer, retention, &retention->timer);
	if (r < 0) {
		free(retention);
		return r;
	}
	*ret_retention = retention;
	return 0;
}

struct retention *retention_free(struct retention *retention)
{
	if (!retention)
		return NULL;
	loop_source_free(retention->timer);
	free(retention);
	return NULL;
}
