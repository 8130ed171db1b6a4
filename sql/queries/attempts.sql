-- Attempts.

-- name: ATTEMPTS_INSERT
-- Used in attempts_insert().
INSERT INTO attempts (id, kind, message, delivery, answer, outcome, status, detail, started_at,
	finished_at, content_type, response)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)

-- name: ATTEMPTS_OF_MESSAGE
-- Used in attempts_of_message().
SELECT id, kind, message, delivery, answer, outcome, status, detail, started_at, finished_at,
	content_type, response
FROM attempts
WHERE message = ?1
ORDER BY id
LIMIT ?2

-- name: ATTEMPTS_REPLY
-- Used in attempts_reply().
SELECT id, kind, message, delivery, answer, outcome, status, detail, started_at, finished_at,
	content_type, response
FROM attempts
WHERE message = ?1 AND kind = 'submit' AND outcome IN ('OK', 'PERMFAIL')
ORDER BY id DESC
LIMIT 1
