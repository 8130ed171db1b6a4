/*
 * Alerts: what needs a person, told once when it begins and once when it is over.
 *
 *   ai_held              an AI's queue is held; name: the [ai]
 *   answers_stopped      no answer within alert_silence, and ALERTS_OVERDUE_MIN messages that Maax
 *                        took since the last one are overdue
 *   destination_held     name: the [destination]
 *   dead_letters         deliveries to it died within ALERTS_WINDOW; name: the [destination], or
 *                        @caller for the URLs that callers name
 *   callbacks_unmatched, callbacks_unmapped
 *                        such callbacks came within ALERTS_WINDOW, and are so still
 *   inbound_unmapped     such requests or mails came within ALERTS_WINDOW; name: the [source]
 *   disk_low             less than disk_reserve is free
 *   queue_old            work that is due was not begun for ALERTS_QUEUE_AGE; name: the [ai] of
 *                        messages, the [destination] of deliveries
 *
 * Checked every ALERTS_EVERY. What is wrong is a row of the table alerts from when it begins until
 * it is over, so that a restart tells nothing twice. Told to the log (warning, notice) and to
 * alert_destinations, except the one that the alert is about; deliveries of alerts that die raise
 * no alert: nothing goes in circles.
 *
 * On failure (the database cannot be read or written) nothing is told, and the next check tries
 * again.
 */
#ifndef MAAXD_ALERTS_H
#define MAAXD_ALERTS_H

#include "core.h"

#define ALERTS_EVERY (2 * USEC_PER_SEC)
#define ALERTS_WINDOW USEC_PER_HOUR
#define ALERTS_QUEUE_AGE USEC_PER_MINUTE
#define ALERTS_OVERDUE_MIN 3
#define ALERTS_MAX 512 /* at a time; what is beyond is not told */

struct alerts;

MUST_CHECK int alerts_new(struct core *core, struct alerts **ret_alerts);
struct alerts *alerts_free(struct alerts *alerts);
/* Begins to check, at once. */
void alerts_start(struct alerts *alerts);

/* One round of all checks. 0 or negative errno. */
MUST_CHECK int alerts_check(struct core *core);

#endif
