-- Conversations and their contacts.

-- name: CONVERSATIONS_INSERT
-- Used in conversations_insert().
INSERT INTO conversations (id, source, key, ai, platform, seq, in_flight, slot_until,
	conversation_id, prospect_id, created_at, paused_at, pause_reason)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)

-- name: CONVERSATIONS_GET
-- Used in conversations_get().
SELECT id, source, key, ai, platform, seq, in_flight, slot_until, conversation_id, prospect_id,
	created_at, paused_at, pause_reason
FROM conversations
WHERE id = ?1

-- name: CONVERSATIONS_BY_KEY
-- Used in conversations_by_key().
SELECT id, source, key, ai, platform, seq, in_flight, slot_until, conversation_id, prospect_id,
	created_at, paused_at, pause_reason
FROM conversations
WHERE source = ?1 AND key = ?2

-- name: CONVERSATIONS_BY_CONVERSATION_ID
-- Used in conversations_by_conversation_id().
SELECT id, source, key, ai, platform, seq, in_flight, slot_until, conversation_id, prospect_id,
	created_at, paused_at, pause_reason
FROM conversations
WHERE conversation_id = ?1 AND ai = ?2
ORDER BY id DESC
LIMIT 1

-- name: CONVERSATIONS_OF_SOURCE
-- Used in conversations_of_source().
SELECT id, source, key, ai, platform, seq, in_flight, slot_until, conversation_id, prospect_id,
	created_at, paused_at, pause_reason
FROM conversations
WHERE conversation_id = ?1 AND source = ?2
ORDER BY id DESC
LIMIT 1

-- name: CONVERSATIONS_BY_CONTACT
-- Used in conversations_by_contact(). Of the last so many, so that an address that everybody uses is
-- no long walk.
SELECT id, source, key, ai, platform, seq, in_flight, slot_until, conversation_id, prospect_id,
	created_at, paused_at, pause_reason
FROM conversations
WHERE id = (SELECT max(recent.id)
	FROM (SELECT conversation FROM contacts WHERE value = ?1 ORDER BY conversation DESC LIMIT 100)
	CROSS JOIN conversations AS recent ON recent.id = conversation
	WHERE recent.ai = ?2)

-- name: CONVERSATIONS_LIST
-- Used in conversations_list().
SELECT id, source, key, ai, platform, seq, in_flight, slot_until, conversation_id, prospect_id,
	created_at, paused_at, pause_reason
FROM conversations
WHERE source = ?1 AND id < ?2
ORDER BY id DESC
LIMIT ?3

-- name: CONVERSATIONS_NEXT_SEQ
-- Used in conversations_next_seq(). RETURNING would build a temporary table.
UPDATE conversations
SET seq = seq + 1
WHERE id = ?1

-- name: CONVERSATIONS_SEQ
-- Used in conversations_next_seq().
SELECT seq
FROM conversations
WHERE id = ?1

-- name: CONVERSATIONS_UPDATE
-- Used in conversations_update().
UPDATE conversations
SET seq = ?2, in_flight = ?3, slot_until = ?4, conversation_id = ?5, prospect_id = ?6
WHERE id = ?1

-- name: CONVERSATIONS_PIN
-- Used in conversations_pin().
UPDATE conversations
SET conversation_id = coalesce(conversation_id, ?2), prospect_id = coalesce(prospect_id, ?3)
WHERE id = ?1
	AND (conversation_id IS NULL AND ?2 IS NOT NULL OR prospect_id IS NULL AND ?3 IS NOT NULL)

-- name: CONVERSATIONS_TAKE_SLOT
-- Used in conversations_take_slot().
UPDATE conversations
SET in_flight = ?2, slot_until = ?3
WHERE id = ?1 AND (in_flight IS NULL OR in_flight = ?2)

-- name: CONVERSATIONS_FREE_SLOT
-- Used in conversations_free_slot().
UPDATE conversations
SET in_flight = NULL, slot_until = NULL
WHERE id = ?1 AND in_flight = ?2

-- name: CONVERSATIONS_SET_PAUSE
-- Used in conversations_pause() and conversations_unpause(). 1 when it was not so already.
UPDATE conversations
SET paused_at = ?2, pause_reason = ?3
WHERE id = ?1 AND (paused_at IS NULL) <> (?2 IS NULL)

-- name: CONVERSATIONS_FLOOR
-- Used in conversations_walk(): where a bounded walk ends.
SELECT min(id)
FROM (SELECT id FROM conversations WHERE id < ?1 AND id >= ?2 ORDER BY id DESC LIMIT ?3)

-- name: CONVERSATIONS_WALK
-- Used in conversations_walk().
SELECT id, source, key, ai, platform, seq, in_flight, slot_until, conversation_id, prospect_id,
	created_at, paused_at, pause_reason
FROM conversations
WHERE id < ?1 AND id >= ?2
	AND (?3 IS NULL OR source = ?3)
	AND (?4 = 0 OR paused_at IS NOT NULL)
	AND (?5 IS NULL OR id IN (SELECT conversation FROM contacts WHERE value = ?5))
ORDER BY id DESC
LIMIT ?6

-- name: CONVERSATIONS_SLOT_DUE
-- Used in conversations_slot_due().
SELECT id, in_flight
FROM conversations
WHERE slot_until <= ?1
ORDER BY slot_until
LIMIT ?2

-- name: CONVERSATIONS_NEXT_SLOT_DUE
-- Used in conversations_next_slot_due().
SELECT min(slot_until)
FROM conversations
WHERE slot_until IS NOT NULL

-- name: CONVERSATIONS_COUNT_OPEN
-- Used in conversations_count_open().
SELECT
	(SELECT count(*) FROM (SELECT 1 FROM conversations WHERE slot_until IS NOT NULL LIMIT ?1)),
	(SELECT count(*) FROM (SELECT DISTINCT conversation FROM messages WHERE state = 'overdue' LIMIT ?1))

-- name: CONTACTS_INSERT
-- Used in contacts_insert().
INSERT INTO contacts (value, conversation)
VALUES (?1, ?2)
ON CONFLICT DO NOTHING
