/*
 * What a test program has seen and done, as JSON lines with sequence numbers, in memory and
 * optionally in a file. Tests read it over HTTP and can wait for the next line.
 */
#ifndef MAAXD_TESTS_SIM_JOURNAL_H
#define MAAXD_TESTS_SIM_JOURNAL_H

#include "engine.h"
#include "server.h"

#include "base/base.h"
#include "base/json.h"

struct journal;

/* `path` may be NULL. 0 or a negative errno. */
MUST_CHECK int journal_open(const char *path, struct engine *engine, struct journal **ret_journal);
/* After engine and server have stopped. */
void journal_close(struct journal *journal);

/* Appends `entry` (taken) under the name `event` (static text). With the lock held. */
void journal_add(struct journal *journal, const char *event, struct json_object *entry);

/* Puts "sha256" of a body, in hex, into an entry: for bytes that are no text. */
void journal_put_digest(struct json_object *entry, const void *data, size_t len);

/*
 * Answers `GET …?after=N&event=NAME&wait=SECONDS`: the lines numbered above N, all or those of one
 * event, at most 1000; if there are none yet, those that come within the wait, else nothing.
 */
void journal_serve(struct journal *journal, struct exchange *exchange);

#endif
