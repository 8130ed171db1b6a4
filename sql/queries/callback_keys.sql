-- The keys of callback URLs: their ids and what they must check to.

-- name: CALLBACK_KEYS_INSERT
-- Used in callback_keys_insert().
INSERT INTO callback_keys (id, check_value, created_at)
VALUES (?1, ?2, ?3)

-- name: CALLBACK_KEYS_LIST
-- Used in callback_keys_list().
SELECT id, check_value, created_at
FROM callback_keys
ORDER BY id
LIMIT ?1

-- name: CALLBACK_KEYS_REMOVE
-- Used in callback_keys_remove().
DELETE FROM callback_keys
WHERE id = ?1
