-- Bearer keys of sources that an operator made.

-- name: KEYS_INSERT
-- Used in keys_insert().
INSERT INTO keys (id, source, label, digest, created_at, revoked_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)

-- name: KEYS_BY_DIGEST
-- Used in keys_by_digest().
SELECT id, source, label, created_at, revoked_at
FROM keys
WHERE digest = ?1 AND revoked_at IS NULL

-- name: KEYS_LIST
-- Used in keys_list().
SELECT id, source, label, created_at, revoked_at
FROM keys
WHERE id < ?1
ORDER BY id DESC
LIMIT ?2

-- name: KEYS_REVOKE
-- Used in keys_revoke().
UPDATE keys
SET revoked_at = ?2
WHERE id = ?1 AND revoked_at IS NULL
