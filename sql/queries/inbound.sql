-- Inbound requests, raw. The term state <> 'accepted' lets the partial indexes serve.

-- name: INBOUND_INSERT
-- Used in inbound_insert().
INSERT INTO inbound (id, source, state, message, method, content_type, query, dedupe, reason, received_at,
	body_size, body)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)

-- name: INBOUND_GET
-- Used in inbound_get().
SELECT id, source, state, message, method, content_type, query, dedupe, reason, received_at, body_size,
	body
FROM inbound
WHERE id = ?1

-- name: INBOUND_MOVE
-- Used in inbound_move(). The state it must be in comes first.
UPDATE inbound
SET state = ?3, message = ?4, dedupe = ?5, reason = ?6
WHERE id = ?1 AND state = ?2

-- name: INBOUND_COUNT_SOURCE
-- Used in inbound_count_source().
SELECT count(*)
FROM (SELECT 1 FROM inbound WHERE source = ?1 AND id >= ?2 LIMIT ?3)

-- name: INBOUND_TWIN
-- Used in inbound_twin(). Only what became a message counts.
SELECT id
FROM inbound
WHERE source = ?1 AND dedupe = ?2 AND message IS NOT NULL AND id >= ?3 AND id <= ?4
ORDER BY id
LIMIT 1

-- name: INBOUND_KNOWN
-- Used in inbound_known().
SELECT message
FROM inbound
WHERE source = ?1 AND dedupe = ?2 AND message IS NOT NULL
ORDER BY id DESC
LIMIT 1

-- name: INBOUND_OF_MESSAGE
-- Used in inbound_of_message().
SELECT id, source, state, message, method, content_type, query, dedupe, reason, received_at, body_size
FROM inbound
WHERE message = ?1
ORDER BY id
LIMIT ?2

-- name: INBOUND_LIST
-- Used in inbound_list(): all, of all sources.
SELECT id, source, state, message, method, content_type, query, dedupe, reason, received_at, body_size
FROM inbound
WHERE id < ?1
ORDER BY id DESC
LIMIT ?2

-- name: INBOUND_LIST_SOURCE
-- Used in inbound_list(): all, of one source.
SELECT id, source, state, message, method, content_type, query, dedupe, reason, received_at, body_size
FROM inbound
WHERE source = ?1 AND id < ?2
ORDER BY id DESC
LIMIT ?3

-- name: INBOUND_LIST_ACCEPTED
-- Used in inbound_list(): nearly all are accepted, so no index is kept for them.
SELECT id, source, state, message, method, content_type, query, dedupe, reason, received_at, body_size
FROM inbound
WHERE state = 'accepted' AND id < ?1
ORDER BY id DESC
LIMIT ?2

-- name: INBOUND_LIST_ACCEPTED_SOURCE
-- Used in inbound_list(): the same of one source.
SELECT id, source, state, message, method, content_type, query, dedupe, reason, received_at, body_size
FROM inbound
WHERE source = ?1 AND state = 'accepted' AND id < ?2
ORDER BY id DESC
LIMIT ?3

-- name: INBOUND_LIST_UNSETTLED
-- Used in inbound_list().
SELECT id, source, state, message, method, content_type, query, dedupe, reason, received_at, body_size
FROM inbound
WHERE state <> 'accepted' AND state = ?1 AND id < ?2
ORDER BY id DESC
LIMIT ?3

-- name: INBOUND_LIST_UNSETTLED_SOURCE
-- Used in inbound_list().
SELECT id, source, state, message, method, content_type, query, dedupe, reason, received_at, body_size
FROM inbound
WHERE source = ?1 AND state <> 'accepted' AND state = ?2 AND id < ?3
ORDER BY id DESC
LIMIT ?4

-- name: INBOUND_IDS
-- Used in inbound_ids().
SELECT id
FROM inbound
WHERE state <> 'accepted' AND state = ?1 AND id > ?2
ORDER BY id
LIMIT ?3

-- name: INBOUND_IDS_SOURCE
-- Used in inbound_ids().
SELECT id
FROM inbound
WHERE source = ?1 AND state <> 'accepted' AND state = ?2 AND id > ?3
ORDER BY id
LIMIT ?4
