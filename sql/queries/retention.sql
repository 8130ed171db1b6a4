-- What age and people's wishes take away. Ids are in time order, so an age is a range of ids, and a sweep
-- goes through it in steps: RETENTION_…_END tells where a step ends, the statement of the sweep does the rest.

-- name: RETENTION_CALLBACKS_END
-- Used in retention_step().
SELECT max(id)
FROM (SELECT id FROM callbacks WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT ?3)

-- name: RETENTION_CALLBACKS_PURGE
-- Used in retention_step().
UPDATE callbacks
SET body = NULL, query = NULL, is_purged = 1
WHERE id > ?1 AND id <= ?2 AND is_purged = 0 AND state <> 'received'

-- name: RETENTION_CALLBACKS_DELETE
-- Used in retention_step().
DELETE FROM callbacks
WHERE id > ?1 AND id <= ?2 AND state <> 'received'

-- name: RETENTION_INBOUND_END
-- Used in retention_step().
SELECT max(id)
FROM (SELECT id FROM inbound WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT ?3)

-- name: RETENTION_INBOUND_PURGE
-- Used in retention_step().
UPDATE inbound
SET body = NULL, query = NULL
WHERE id > ?1 AND id <= ?2 AND body IS NOT NULL AND state <> 'received'

-- name: RETENTION_INBOUND_DELETE
-- Used in retention_step().
DELETE FROM inbound
WHERE id > ?1 AND id <= ?2 AND state <> 'received'

-- name: RETENTION_ATTEMPTS_END
-- Used in retention_step().
SELECT max(id)
FROM (SELECT id FROM attempts WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT ?3)

-- name: RETENTION_ATTEMPTS_PURGE
-- Used in retention_step().
UPDATE attempts
SET response = NULL
WHERE id > ?1 AND id <= ?2 AND response IS NOT NULL

-- name: RETENTION_ATTEMPTS_DELETE
-- Used in retention_step().
DELETE FROM attempts
WHERE id > ?1 AND id <= ?2

-- name: RETENTION_MESSAGES_END
-- Used in retention_step().
SELECT max(id)
FROM (SELECT id FROM messages WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT ?3)

-- name: RETENTION_MESSAGES_REDACT
-- Used in retention_step(). A message that Maax may still get, or that waits, keeps its text.
UPDATE messages
SET message_content = '', prospect_info = '{}', metadata = NULL, is_redacted = 1
WHERE id > ?1 AND id <= ?2 AND is_redacted = 0
	AND (state = 'answered' OR state = 'overdue' OR state = 'failed' OR state = 'cancelled')

-- name: RETENTION_MESSAGES_DELETE
-- Used in retention_step().
DELETE FROM messages
WHERE id > ?1 AND id <= ?2 AND state <> 'queued' AND state <> 'submitting' AND state <> 'waiting'

-- name: RETENTION_ANSWERS_END
-- Used in retention_step().
SELECT max(id)
FROM (SELECT id FROM answers WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT ?3)

-- name: RETENTION_ANSWERS_REDACT
-- Used in retention_step().
UPDATE answers
SET text = NULL, html = NULL, history = NULL, is_redacted = 1
WHERE id > ?1 AND id <= ?2 AND is_redacted = 0

-- name: RETENTION_ANSWERS_DELETE
-- Used in retention_step().
DELETE FROM answers
WHERE id > ?1 AND id <= ?2

-- name: RETENTION_DELIVERIES_END
-- Used in retention_step().
SELECT max(id)
FROM (SELECT id FROM deliveries WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT ?3)

-- name: RETENTION_DELIVERIES_DELETE
-- Used in retention_step().
DELETE FROM deliveries
WHERE id > ?1 AND id <= ?2 AND state NOT IN ('pending', 'sending')

-- name: RETENTION_EVENTS_END
-- Used in retention_step().
SELECT max(id)
FROM (SELECT id FROM events WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT ?3)

-- name: RETENTION_EVENTS_DELETE
-- Used in retention_step().
DELETE FROM events
WHERE id > ?1 AND id <= ?2

-- name: RETENTION_CONVERSATIONS_END
-- Used in retention_step().
SELECT max(id)
FROM (SELECT id FROM conversations WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT ?3)

-- name: RETENTION_CONTACTS_REDACT
-- Used in retention_step(). Contacts go when no text of their conversation is left.
DELETE FROM contacts
WHERE conversation > ?1 AND conversation <= ?2
	AND NOT EXISTS (SELECT 1 FROM messages WHERE conversation = contacts.conversation AND is_redacted = 0)

-- name: RETENTION_CONVERSATIONS_DELETE
-- Used in retention_step(). One with anything left in it stays.
DELETE FROM conversations
WHERE id > ?1 AND id <= ?2
	AND NOT EXISTS (SELECT 1 FROM messages WHERE conversation = conversations.id)
	AND NOT EXISTS (SELECT 1 FROM answers WHERE conversation = conversations.id)

-- name: RETENTION_OLDEST
-- Used in retention_oldest(). Those before ?1 are what no pass could take away.
SELECT min(
	coalesce((SELECT min(id) FROM messages WHERE id >= ?1), 9223372036854775807),
	coalesce((SELECT min(id) FROM callbacks WHERE id >= ?1), 9223372036854775807),
	coalesce((SELECT min(id) FROM inbound WHERE id >= ?1), 9223372036854775807),
	coalesce((SELECT min(id) FROM events WHERE id >= ?1), 9223372036854775807),
	coalesce((SELECT min(id) FROM attempts WHERE id >= ?1), 9223372036854775807))

-- name: RETENTION_SHRINK
-- Used in retention_shrink(): gives up to that many free pages back to the file system.
PRAGMA incremental_vacuum(256)

-- name: RETENTION_FREE_PAGES
-- Used in retention_sizes().
PRAGMA freelist_count

-- name: RETENTION_PAGES
-- Used in retention_sizes().
PRAGMA page_count

-- name: ERASE_CONTACTS_FIND
-- Used in erase_find().
SELECT conversation
FROM contacts
WHERE value = ?1 AND conversation > ?2
ORDER BY conversation
LIMIT ?3

-- name: ERASE_COUNT
-- Used in erase_count().
SELECT
	(SELECT count(*) FROM (SELECT 1 FROM messages WHERE conversation = ?1 LIMIT ?2)),
	(SELECT count(*) FROM (SELECT 1 FROM answers WHERE conversation = ?1 LIMIT ?2))

-- name: ERASE_NOTE
-- Used in erase_conversation().
INSERT INTO erased (message)
SELECT id FROM messages WHERE conversation = ?1
ON CONFLICT DO NOTHING

-- name: ERASE_HAS
-- Used in erase_has().
SELECT message
FROM erased
WHERE message = ?1

-- name: ERASE_ATTEMPTS
-- Used in erase_conversation().
DELETE FROM attempts
WHERE message IN (SELECT id FROM messages WHERE conversation = ?1)

-- name: ERASE_ATTEMPTS_OF_EMERGENCIES
-- Used in erase_conversation().
DELETE FROM attempts
WHERE message IS NULL AND answer IN (SELECT id FROM answers WHERE conversation = ?1)

-- name: ERASE_DELIVERIES
-- Used in erase_conversation().
DELETE FROM deliveries
WHERE message IN (SELECT id FROM messages WHERE conversation = ?1)

-- name: ERASE_DELIVERIES_OF_EMERGENCIES
-- Used in erase_conversation().
DELETE FROM deliveries
WHERE message IS NULL AND answer IN (SELECT id FROM answers WHERE conversation = ?1)

-- name: ERASE_EVENTS
-- Used in erase_conversation().
DELETE FROM events
WHERE message IN (SELECT id FROM messages WHERE conversation = ?1)

-- name: ERASE_EVENTS_OF_EMERGENCIES
-- Used in erase_conversation().
DELETE FROM events
WHERE message IS NULL AND conversation = ?1

-- name: ERASE_CALLBACKS
-- Used in erase_conversation().
DELETE FROM callbacks
WHERE message IN (SELECT id FROM messages WHERE conversation = ?1)

-- name: ERASE_CALLBACKS_OF_EMERGENCIES
-- Used in erase_conversation().
DELETE FROM callbacks
WHERE id IN (SELECT callback FROM answers WHERE conversation = ?1)

-- name: ERASE_INBOUND
-- Used in erase_conversation().
DELETE FROM inbound
WHERE message IN (SELECT id FROM messages WHERE conversation = ?1)

-- name: ERASE_ANSWERS
-- Used in erase_conversation().
DELETE FROM answers
WHERE conversation = ?1

-- name: ERASE_MESSAGES
-- Used in erase_conversation().
DELETE FROM messages
WHERE conversation = ?1

-- name: ERASE_CONVERSATION
-- Used in erase_conversation(). Its contacts go with it.
DELETE FROM conversations
WHERE id = ?1
