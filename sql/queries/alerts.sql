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
-- Used in alerts_last_answer(). What lies behind the limit counts as an answer.
SELECT coalesce(max(CASE WHEN kind = 'answer' AND ai = ?1 THEN id END),
	CASE WHEN count(*) = ?3 THEN min(id) END)
FROM (SELECT id, kind, ai FROM answers WHERE id >= ?2 ORDER BY id DESC LIMIT ?3)

-- name: ALERTS_OVERDUE
-- Used in alerts_overdue().
SELECT count(*), min(id)
FROM (SELECT id FROM messages WHERE state = 'overdue' AND ai = ?1 AND id >= ?2 ORDER BY id LIMIT ?3)

-- name: ALERTS_HELD
-- Used in alerts_has_held().
SELECT id
FROM messages
WHERE state = 'held' AND source = ?1
LIMIT 1

-- name: ALERTS_CALLBACKS
-- Used in alerts_has_callbacks(). The term state <> 'matched' lets the partial index serve. What is purged,
-- as what came for somebody who was erased, nobody can do anything about.
SELECT id
FROM callbacks
WHERE state <> 'matched' AND state = ?1 AND id >= ?2 AND is_purged = 0
LIMIT 1

-- name: ALERTS_INBOUND
-- Used in alerts_has_unmapped().
SELECT id
FROM inbound
WHERE source = ?1 AND state <> 'accepted' AND state = 'unmapped' AND id >= ?2
LIMIT 1
