-- The timeline.

-- name: EVENTS_INSERT
-- Used in events_insert().
INSERT INTO events (id, type, source, conversation, message, answer, seq, state, detail)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)

-- name: EVENTS_OF_MESSAGE
-- Used in events_of_message().
SELECT id, type, source, conversation, message, answer, seq, state, detail
FROM events
WHERE message = ?1
ORDER BY id
LIMIT ?2

-- name: EVENTS_AFTER
-- Used in events_after().
SELECT id, type, source, conversation, message, answer, seq, state, detail
FROM events
WHERE id > ?1
ORDER BY id
LIMIT ?2

-- name: EVENTS_LAST
-- Used in events_last().
SELECT max(id)
FROM events

-- name: EVENTS_FIRST
-- Used in events_first().
SELECT min(id)
FROM events

-- name: EVENTS_FLOOR
-- Used in events_before(): where a bounded walk ends.
SELECT min(id)
FROM (SELECT id FROM events WHERE id < ?1 AND id >= ?2 ORDER BY id DESC LIMIT ?3)

-- name: EVENTS_BEFORE
-- Used in events_before().
SELECT id, type, source, conversation, message, answer, seq, state, detail
FROM events
WHERE id < ?1 AND id >= ?2
	AND (?3 IS NULL OR source = ?3)
ORDER BY id DESC
LIMIT ?4
