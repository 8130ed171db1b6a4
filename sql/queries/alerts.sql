-- What is wrong and was told, and what the checks of it look at. Every count stops at a limit.

-- name: ALERTS_INSERT
-- Used in alerts_insert().
INSERT INTO alerts (kind, name, reason, since)
VALUES (?1, ?2, ?3, ?4)

-- name: ALERTS_REMOVE
-- Used in alerts_remove().
DELETE FROM alerts
WHERE kind = ?1 AND name = ?2

-- name: ALERTS_LIST
-- Used in alerts_list().
SELECT kind, name, reason, since
FROM alerts
ORDER BY kind, name
LIMIT ?1

-- name: ALERTS_LAST_ANSWER
-- Used in alerts_last_answer().
SELECT received_at
FROM (SELECT kind, received_at FROM answers WHERE id >= ?1 ORDER BY id DESC LIMIT ?2)
WHERE kind = 'answer'
LIMIT 1

-- name: ALERTS_OVERDUE
-- Used in alerts_overdue(): the oldest come first, as they are overdue first.
SELECT count(*), min(id)
FROM (SELECT id, state FROM messages WHERE id >= ?1 ORDER BY id LIMIT ?2)
WHERE state = 'overdue'

-- name: ALERTS_CALLBACKS
-- Used in alerts_has_callbacks(). The term state <> 'matched' lets the partial index serve.
SELECT id
FROM callbacks
WHERE state <> 'matched' AND state = ?1 AND id >= ?2
LIMIT 1

-- name: ALERTS_INBOUND
-- Used in alerts_has_unmapped().
SELECT id
FROM inbound
WHERE source = ?1 AND state <> 'accepted' AND state = 'unmapped' AND id >= ?2
LIMIT 1
