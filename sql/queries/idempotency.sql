-- Replies to requests that carried an Idempotency-Key.

-- name: IDEMPOTENCY_INSERT
-- Used in idempotency_insert().
INSERT INTO idempotency (source, key, fingerprint, message, response, created_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)

-- name: IDEMPOTENCY_GET
-- Used in idempotency_get().
SELECT source, key, fingerprint, message, response, created_at
FROM idempotency
WHERE source = ?1 AND key = ?2

-- name: IDEMPOTENCY_PRUNE
-- Used in idempotency_prune().
DELETE FROM idempotency
WHERE (source, key) IN
	(SELECT source, key FROM idempotency WHERE created_at < ?1 ORDER BY created_at LIMIT ?2)
