-- What is held until it works again or an operator says so.

-- name: HOLDS_SET
-- Used in holds_set().
INSERT INTO holds (kind, name, reason, since)
VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (kind, name) DO UPDATE SET reason = excluded.reason

-- name: HOLDS_REMOVE
-- Used in holds_remove().
DELETE FROM holds
WHERE kind = ?1 AND name = ?2

-- name: HOLDS_LIST
-- Used in holds_list().
SELECT kind, name, reason, since
FROM holds
ORDER BY kind, name
LIMIT ?1
