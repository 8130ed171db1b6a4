-- Answers, follow-ups, emergencies and notices.

-- name: ANSWERS_INSERT
-- Used in answers_insert().
INSERT INTO answers (id, conversation, message, callback, kind, seq, text, html, digest, is_late,
	is_extra, is_heuristic, ai, history_state, received_at, history)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)

-- name: ANSWERS_GET
-- Used in answers_get().
SELECT id, conversation, message, callback, kind, seq, text, html, is_late, is_extra, is_heuristic,
	ai, history_state, received_at, history
FROM answers
WHERE id = ?1

-- name: ANSWERS_SAME
-- Used in answers_same().
SELECT id
FROM answers
WHERE conversation = ?1 AND message IS ?2 AND kind = ?3
	AND (digest = ?5 OR (digest IS NULL AND text = ?4))
LIMIT 1

-- name: ANSWERS_OF_MESSAGE
-- Used in answers_of_message().
SELECT id, conversation, message, callback, kind, seq, text, html, is_late, is_extra, is_heuristic,
	ai, history_state, received_at
FROM answers
WHERE conversation = ?1 AND message = ?2
ORDER BY id
LIMIT ?3

-- name: ANSWERS_WITHOUT_MESSAGE
-- Used in answers_of_message().
SELECT id, conversation, message, callback, kind, seq, text, html, is_late, is_extra, is_heuristic,
	ai, history_state, received_at
FROM answers
WHERE conversation = ?1 AND message IS NULL
ORDER BY id
LIMIT ?2

-- name: ANSWERS_UNUSED_EXTRA
-- Used in answers_unused_extra().
SELECT id, conversation, message, callback, kind, seq, text, html, is_late, is_extra, is_heuristic,
	ai, history_state, received_at
FROM answers
WHERE conversation = ?1 AND is_extra = 1 AND is_heuristic = 0
ORDER BY id DESC
LIMIT 1

-- name: ANSWERS_SET_HEURISTIC
-- Used in answers_set_heuristic().
UPDATE answers
SET is_heuristic = 1
WHERE id = ?1

-- name: ANSWERS_SET_HISTORY
-- Used in answers_set_history().
UPDATE answers
SET history_state = ?2, history = ?3
WHERE id = ?1

-- name: ANSWERS_HISTORY_PENDING
-- Used in answers_history_pending().
SELECT id
FROM answers
WHERE history_state = 'pending' AND id > ?1
ORDER BY id
LIMIT ?2
