-- Messages.

-- name: MESSAGES_INSERT
-- Used in messages_insert().
INSERT INTO messages (id, conversation, source, seq, state, ai, platform, message_content,
	prospect_info, service_type, output_format, metadata, created_at, due_at, deadline_at, overdue_at,
	submitted_at, submits, tries, is_uncertain, was_resent, answers, incoming_message_id, run, reason,
	replayed_at, send_response_url, followup_url)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
	?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28)

-- name: MESSAGES_GET
-- Used in messages_get().
SELECT id, conversation, source, seq, state, ai, platform, message_content, prospect_info,
	service_type, output_format, metadata, created_at, due_at, deadline_at, overdue_at, submitted_at,
	submits, tries, is_uncertain, was_resent, answers, incoming_message_id, run, reason,
	replayed_at, send_response_url, followup_url
FROM messages
WHERE id = ?1

-- name: MESSAGES_MOVE
-- Used in messages_move(). The state it must be in comes first.
UPDATE messages
SET state = ?3, due_at = ?4, deadline_at = ?5, overdue_at = ?6, submitted_at = ?7, submits = ?8,
	tries = ?9, is_uncertain = ?10, was_resent = ?11, answers = ?12, incoming_message_id = ?13,
	run = ?14, reason = ?15, replayed_at = ?16
WHERE id = ?1 AND state = ?2

-- name: MESSAGES_UPDATE
-- Used in messages_update().
UPDATE messages
SET due_at = ?2, deadline_at = ?3, overdue_at = ?4, submitted_at = ?5, submits = ?6, tries = ?7,
	is_uncertain = ?8, was_resent = ?9, answers = ?10, incoming_message_id = ?11, run = ?12,
	reason = ?13, replayed_at = ?14
WHERE id = ?1

-- name: MESSAGES_DUE
-- Used in messages_due().
SELECT id
FROM messages
WHERE state = 'queued' AND ai = ?1 AND due_at <= ?2
ORDER BY due_at
LIMIT ?3

-- name: MESSAGES_NEXT_DUE
-- Used in messages_next_due().
SELECT min(due_at)
FROM messages
WHERE state = 'queued' AND ai = ?1 AND due_at IS NOT NULL

-- name: MESSAGES_UNCERTAIN_DUE
-- Used in messages_uncertain_due().
SELECT id
FROM messages
WHERE state = 'waiting' AND due_at <= ?1
ORDER BY due_at
LIMIT ?2

-- name: MESSAGES_NEXT_UNCERTAIN_DUE
-- Used in messages_next_uncertain_due().
SELECT min(due_at)
FROM messages
WHERE state = 'waiting' AND due_at IS NOT NULL

-- name: MESSAGES_FIRST_QUEUED
-- Used in messages_first_queued().
SELECT min(id)
FROM messages
WHERE state = 'queued' AND conversation = ?1

-- name: MESSAGES_ORPHANS
-- Used in messages_orphans().
SELECT id
FROM messages
WHERE state = 'submitting' AND run IS NOT ?1
LIMIT ?2

-- name: MESSAGES_DEADLINE_DUE
-- Used in messages_deadline_due().
SELECT id
FROM messages
WHERE deadline_at <= ?1
ORDER BY deadline_at
LIMIT ?2

-- name: MESSAGES_NEXT_DEADLINE
-- Used in messages_next_deadline().
SELECT min(deadline_at)
FROM messages
WHERE deadline_at IS NOT NULL

-- name: MESSAGES_COUNT_CONVERSATION
-- Used in messages_count_conversation().
SELECT count(*)
FROM (SELECT 1 FROM messages WHERE conversation = ?1 AND id >= ?2 LIMIT ?3)

-- name: MESSAGES_COUNT_SOURCE
-- Used in messages_count_source().
SELECT count(*)
FROM (SELECT 1 FROM messages WHERE source = ?1 AND id >= ?2 LIMIT ?3)

-- name: MESSAGES_LIST
-- Used in messages_list().
SELECT id, conversation, source, seq, state, ai, platform, message_content, prospect_info,
	service_type, output_format, metadata, created_at, due_at, deadline_at, overdue_at, submitted_at,
	submits, tries, is_uncertain, was_resent, answers, incoming_message_id, run, reason,
	replayed_at, send_response_url, followup_url
FROM messages
WHERE source = ?1 AND id < ?2
ORDER BY id DESC
LIMIT ?3

-- name: MESSAGES_FLOOR
-- Used in messages_walk(): where a bounded walk ends.
SELECT min(id)
FROM (SELECT id FROM messages WHERE id < ?1 AND id >= ?2 ORDER BY id DESC LIMIT ?3)

-- name: MESSAGES_WALK
-- Used in messages_walk().
SELECT id, conversation, source, seq, state, ai, platform, message_content, prospect_info,
	service_type, output_format, metadata, created_at, due_at, deadline_at, overdue_at, submitted_at,
	submits, tries, is_uncertain, was_resent, answers, incoming_message_id, run, reason,
	replayed_at, send_response_url, followup_url
FROM messages
WHERE id < ?1 AND id >= ?2
	AND (?3 IS NULL OR state = ?3)
	AND (?4 IS NULL OR source = ?4)
	AND (?5 IS NULL OR conversation = ?5)
	AND (?6 IS NULL OR conversation IN (SELECT conversation FROM contacts WHERE value = ?6))
ORDER BY id DESC
LIMIT ?7

-- name: MESSAGES_OPEN
-- Used in messages_open().
SELECT id, conversation, source, seq, state, ai, platform, message_content, prospect_info,
	service_type, output_format, metadata, created_at, due_at, deadline_at, overdue_at, submitted_at,
	submits, tries, is_uncertain, was_resent, answers, incoming_message_id, run, reason,
	replayed_at, send_response_url, followup_url
FROM messages
WHERE conversation = ?1 AND state IN ('held', 'queued', 'submitting', 'waiting', 'overdue')
ORDER BY id
LIMIT ?2

-- name: MESSAGES_NEWEST
-- Used in messages_newest().
SELECT max(id)
FROM messages
WHERE conversation = ?1

-- name: MESSAGES_OF_CONVERSATION
-- Used in messages_of_conversation().
SELECT id, conversation, source, seq, state, ai, platform, message_content, prospect_info,
	service_type, output_format, metadata, created_at, due_at, deadline_at, overdue_at, submitted_at,
	submits, tries, is_uncertain, was_resent, answers, incoming_message_id, run, reason,
	replayed_at, send_response_url, followup_url
FROM messages
WHERE conversation = ?1 AND id > ?2
ORDER BY id
LIMIT ?3

-- name: MESSAGES_COUNT_OPEN
-- Used in messages_count_open().
SELECT
	(SELECT count(*) FROM (SELECT 1 FROM messages WHERE state = 'queued' LIMIT ?1)),
	(SELECT count(*) FROM (SELECT 1 FROM messages WHERE state = 'submitting' LIMIT ?1)),
	(SELECT count(*) FROM (SELECT 1 FROM messages WHERE deadline_at IS NOT NULL LIMIT ?1))
