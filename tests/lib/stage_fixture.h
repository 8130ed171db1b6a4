/*
 * What a stage is given, around a database of the test's own: a small configuration, wake, loop and
 * metrics. Time stands still at STAGE_NOW until stage_set_time().
 */
#ifndef TESTS_LIB_STAGE_FIXTURE_H
#define TESTS_LIB_STAGE_FIXTURE_H

#include "core.h"
#include "lib/store_fixture.h"
#include "options.h"
#include "store/answers.h"
#include "store/conversations.h"
#include "store/deliveries.h"
#include "store/events.h"

#define STAGE_NOW (1767322800 * USEC_PER_SEC) /* 2026-01-02T03:00:00Z */
#define STAGE_DEADLINE (180 * USEC_PER_SEC)   /* answer_deadline */

/*
 * AIs `sales` (123) and `care`; source `crm` of sales, to the destinations `desk` (everything) and
 * `pager` (emergencies); source `shop` of care, to `desk`. Tests may change any of it.
 */
struct stage {
	struct store_fixture *store;
	struct config config;
	struct config_ai ais[2];
	struct config_destination destinations[2];
	const struct config_destination *routes[2];
	struct config_source sources[2];
	struct core core;
};

int stage_setup(void **state); /* for cmocka; `state` is the struct stage */
int stage_teardown(void **state);

void stage_set_time(usec_t at);

/* Ends the batch as the daemon does: what is woken before the commit, the commit, the rest. */
void stage_flush(struct stage *stage);

/* Rows for tests to begin with, committed: of source crm, waiting at Maax since STAGE_NOW. */
void stage_add_conversation(struct stage *stage, int64_t id);
void stage_add_message(struct stage *stage, int64_t id, int64_t conversation);

/* Rows that must be there; the caller's. */
struct message stage_message(struct stage *stage, int64_t id);
struct conversation stage_conversation(struct stage *stage, int64_t id);

/* "TYPE DESTINATION; …" of all deliveries that are pending, oldest first. A heap string. */
char *stage_deliveries(struct stage *stage);
/* "TYPE STATE DETAIL; …" of all events, oldest first; "-" for what an event has not. */
char *stage_events(struct stage *stage);

#endif
