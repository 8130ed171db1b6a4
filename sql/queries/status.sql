-- What an operator's overview counts. Every count walks the newest rows only and stops at a limit.

-- name: STATUS_MESSAGES
-- Used in status_messages().
SELECT count(*), min(id), coalesce(sum(state = 'held'), 0), coalesce(sum(state = 'queued'), 0),
	coalesce(sum(state = 'submitting'), 0), coalesce(sum(state = 'waiting'), 0),
	coalesce(sum(state = 'answered'), 0), coalesce(sum(state = 'overdue'), 0),
	coalesce(sum(state = 'failed'), 0), coalesce(sum(state = 'cancelled'), 0),
	coalesce(sum(state = 'answered' AND overdue_at IS NOT NULL), 0)
FROM (SELECT id, state, overdue_at FROM messages WHERE id >= ?1 ORDER BY id DESC LIMIT ?2)

-- name: STATUS_CALLBACKS
-- Used in status_callbacks().
SELECT coalesce(sum(state = 'received'), 0), coalesce(sum(state = 'matched'), 0),
	coalesce(sum(state = 'duplicate'), 0), coalesce(sum(state = 'unmatched'), 0),
	coalesce(sum(state = 'unmapped'), 0), coalesce(sum(state = 'dropped'), 0)
FROM (SELECT state FROM callbacks WHERE id >= ?1 ORDER BY id DESC LIMIT ?2)

-- name: STATUS_DELIVERIES
-- Used in status_deliveries().
SELECT coalesce(sum(state = 'pending'), 0), coalesce(sum(state = 'sending'), 0),
	coalesce(sum(state = 'delivered'), 0), coalesce(sum(state = 'dead'), 0),
	coalesce(sum(state = 'cancelled'), 0)
FROM (SELECT state FROM deliveries WHERE id >= ?1 ORDER BY id DESC LIMIT ?2)

-- name: STATUS_LAST_SUBMIT
-- Used in status_last_submit(). Deliveries write attempts too, so the walk is bounded.
SELECT outcome, status, started_at, finished_at
FROM (SELECT kind, outcome, status, started_at, finished_at
	FROM attempts
	WHERE id > 0
	ORDER BY id DESC
	LIMIT ?1)
WHERE kind = 'submit'
LIMIT 1

-- name: STATUS_ANSWERS
-- Used in status_answers(): each first answer's message and time, the newest first.
SELECT message, received_at
FROM (SELECT message, received_at, kind, is_extra
	FROM answers
	WHERE id >= ?1
	ORDER BY id DESC
	LIMIT ?2)
WHERE kind = 'answer' AND is_extra = 0 AND message IS NOT NULL

-- name: STATUS_OLDEST_OPEN
-- Used in status_oldest_open(): the message that has waited longest for its answer.
SELECT created_at
FROM messages
WHERE deadline_at IS NOT NULL
ORDER BY deadline_at
LIMIT 1

-- name: STATUS_OLDEST
-- Used in status_oldest().
SELECT min(id)
FROM messages
