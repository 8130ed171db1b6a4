-- Callbacks, the raw receipts. The term state <> 'matched' lets the partial index serve.

-- name: CALLBACKS_INSERT
-- Used in callbacks_insert().
INSERT INTO callbacks (id, kind, state, message, ai, answer, method, content_type, query, body_size,
	digest, reason, received_at, body)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)

-- name: CALLBACKS_GET
-- Used in callbacks_get().
SELECT id, kind, state, message, ai, answer, method, content_type, query, body_size, digest, reason,
	received_at, body IS NOT NULL, body
FROM callbacks
WHERE id = ?1

-- name: CALLBACKS_MOVE
-- Used in callbacks_move(). The state it must be in comes first.
UPDATE callbacks
SET state = ?3, message = ?4, answer = ?5, reason = ?6
WHERE id = ?1 AND state = ?2

-- name: CALLBACKS_PURGE
-- Used in callbacks_purge().
UPDATE callbacks
SET body = NULL, query = NULL, is_purged = 1
WHERE id = ?1

-- name: CALLBACKS_STORED
-- Used in callbacks_stored().
SELECT count(*), coalesce(sum(has_body), 0), coalesce(sum(has_body * body_size), 0)
FROM (SELECT body IS NOT NULL AS has_body, body_size
	FROM callbacks
	WHERE message = ?1 AND kind = ?2
	LIMIT ?3)

-- name: CALLBACKS_SAME
-- Used in callbacks_same().
SELECT id
FROM callbacks
WHERE message = ?1 AND kind = ?2 AND digest = ?3 AND body IS NOT NULL
ORDER BY id
LIMIT 1

-- name: CALLBACKS_STORED_AI
-- Used in callbacks_stored_ai(): a static URL has no end, so only what came since counts.
SELECT count(*), coalesce(sum(has_body), 0), coalesce(sum(has_body * body_size), 0)
FROM (SELECT body IS NOT NULL AS has_body, body_size
	FROM callbacks
	WHERE ai = ?1 AND id >= ?2
	LIMIT ?3)

-- name: CALLBACKS_SAME_AI
-- Used in callbacks_same_ai().
SELECT id
FROM callbacks
WHERE ai = ?1 AND id >= ?2 AND digest = ?3 AND body IS NOT NULL
ORDER BY id
LIMIT 1

-- name: CALLBACKS_OF_MESSAGE
-- Used in callbacks_of_message().
SELECT id, kind, state, message, ai, answer, method, content_type, query, body_size, digest, reason,
	received_at, body IS NOT NULL
FROM callbacks
WHERE message = ?1
ORDER BY id
LIMIT ?2

-- name: CALLBACKS_LIST_MATCHED
-- Used in callbacks_list(): nearly all are matched, so no index is kept for them.
SELECT id, kind, state, message, ai, answer, method, content_type, query, body_size, digest, reason,
	received_at, body IS NOT NULL
FROM callbacks
WHERE state = 'matched' AND id < ?1
ORDER BY id DESC
LIMIT ?2

-- name: CALLBACKS_LIST_UNSETTLED
-- Used in callbacks_list().
SELECT id, kind, state, message, ai, answer, method, content_type, query, body_size, digest, reason,
	received_at, body IS NOT NULL
FROM callbacks
WHERE state <> 'matched' AND state = ?1 AND id < ?2
ORDER BY id DESC
LIMIT ?3

-- name: CALLBACKS_UNCORRELATED
-- Used in callbacks_uncorrelated().
SELECT id
FROM callbacks
WHERE state <> 'matched' AND state = 'received' AND id > ?1
ORDER BY id
LIMIT ?2
