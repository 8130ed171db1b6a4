-- Deliveries.

-- name: DELIVERIES_INSERT
-- Used in deliveries_insert().
INSERT INTO deliveries (id, type, destination, source, conversation, message, answer, callback,
	alert, state, is_ordered, due_at, tries, run, reason, created_at, finished_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)

-- name: DELIVERIES_GET
-- Used in deliveries_get().
SELECT id, type, destination, source, conversation, message, answer, callback, alert, state, is_ordered,
	due_at, tries, run, reason, created_at, finished_at
FROM deliveries
WHERE id = ?1

-- name: DELIVERIES_MOVE
-- Used in deliveries_move(). The state it must be in comes first.
UPDATE deliveries
SET state = ?3, due_at = ?4, tries = ?5, run = ?6, reason = ?7, finished_at = ?8
WHERE id = ?1 AND state = ?2

-- name: DELIVERIES_UPDATE
-- Used in deliveries_update().
UPDATE deliveries
SET due_at = ?2, reason = ?3
WHERE id = ?1

-- name: DELIVERIES_RELEASE
-- Used in deliveries_release().
UPDATE deliveries
SET due_at = ?2
WHERE answer = ?1 AND type = 'emergency.received' AND state = 'pending' AND tries = 0

-- name: DELIVERIES_DUE
-- Used in deliveries_due().
SELECT id
FROM deliveries
WHERE state = 'pending' AND destination = ?1 AND due_at <= ?2
ORDER BY due_at
LIMIT ?3

-- name: DELIVERIES_NEXT_DUE
-- Used in deliveries_next_due().
SELECT min(due_at)
FROM deliveries
WHERE state = 'pending' AND destination = ?1

-- name: DELIVERIES_OPEN
-- Used in deliveries_open().
SELECT id, type, destination, source, conversation, message, answer, callback, alert, state, is_ordered,
	due_at, tries, run, reason, created_at, finished_at
FROM deliveries
WHERE is_ordered = 1 AND state IN ('pending', 'sending') AND conversation = ?1 AND destination = ?2
	AND id > ?3
ORDER BY id
LIMIT ?4

-- name: DELIVERIES_ORPHANS
-- Used in deliveries_orphans().
SELECT id
FROM deliveries
WHERE state = 'sending' AND run IS NOT ?1
LIMIT ?2

-- name: DELIVERIES_OF_MESSAGE
-- Used in deliveries_of_message().
SELECT id, type, destination, source, conversation, message, answer, callback, alert, state, is_ordered,
	due_at, tries, run, reason, created_at, finished_at
FROM deliveries
WHERE message = ?1
ORDER BY id
LIMIT ?2

-- name: DELIVERIES_IS_RELAYED
-- Used in deliveries_is_relayed().
SELECT id
FROM deliveries
WHERE message = ?1 AND callback = ?2
LIMIT 1

-- name: DELIVERIES_NEXT_DESTINATION
-- Used in deliveries_next_destination(), to go from one name to the next.
SELECT min(destination)
FROM deliveries
WHERE state = 'pending' AND destination > ?1

-- name: DELIVERIES_COUNT
-- Used in deliveries_count(). Ids are in time order, so the smallest is the oldest.
SELECT pending.count,
	(SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE state = 'dead' AND destination = ?1 LIMIT ?2)),
	(SELECT created_at FROM deliveries WHERE id = pending.oldest)
FROM (SELECT count(*) AS count, min(id) AS oldest
	FROM (SELECT id FROM deliveries WHERE state = 'pending' AND destination = ?1 LIMIT ?2)) AS pending

-- name: DELIVERIES_DIED
-- Used in deliveries_died(). Alerts of a broken destination must not cause alerts.
SELECT coalesce(sum(alert IS NULL), 0)
FROM (SELECT alert
	FROM deliveries
	WHERE state = 'dead' AND destination = ?1 AND finished_at >= ?2
	ORDER BY finished_at DESC
	LIMIT ?3)

-- name: DELIVERIES_NEXT_DEAD
-- Used in deliveries_next_dead(), to go from one name to the next.
SELECT min(destination)
FROM deliveries
WHERE state = 'dead' AND destination > ?1

-- name: DELIVERIES_FLOOR
-- Used in deliveries_walk(): where a bounded walk ends.
SELECT min(id)
FROM (SELECT id FROM deliveries WHERE id < ?1 AND id >= ?2 ORDER BY id DESC LIMIT ?3)

-- name: DELIVERIES_WALK
-- Used in deliveries_walk().
SELECT id, type, destination, source, conversation, message, answer, callback, alert, state, is_ordered,
	due_at, tries, run, reason, created_at, finished_at
FROM deliveries
WHERE id < ?1 AND id >= ?2
	AND (?3 IS NULL OR state = ?3)
	AND (?4 IS NULL OR destination = ?4)
	AND (?5 IS NULL OR source = ?5)
ORDER BY id DESC
LIMIT ?6
