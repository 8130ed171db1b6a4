-- The one transaction of a loop turn, and the savepoints in it. One savepoint name is enough: SQLite
-- takes the innermost of that name.

-- name: BEGIN
-- Used in unit_begin() and db_probe().
BEGIN IMMEDIATE

-- name: COMMIT
-- Used in db_flush().
COMMIT

-- name: ROLLBACK
-- Used in db_flush() and db_probe().
ROLLBACK

-- name: SAVEPOINT
-- Used in unit_begin().
SAVEPOINT unit

-- name: RELEASE
-- Used in unit_commit() and unit_abort().
RELEASE unit

-- name: ROLLBACK_TO
-- Used in unit_abort().
ROLLBACK TO unit

-- name: PROBE
-- Used in db_probe(). Always rolled back.
INSERT INTO holds (kind, name, reason, since)
VALUES ('destination', '', '', 0)

-- name: MAX_ID
-- Used in db_max_id().
SELECT max(
	coalesce((SELECT max(id) FROM conversations), 0),
	coalesce((SELECT max(id) FROM messages), 0),
	coalesce((SELECT max(id) FROM callbacks), 0),
	coalesce((SELECT max(id) FROM answers), 0),
	coalesce((SELECT max(id) FROM deliveries), 0),
	coalesce((SELECT max(id) FROM attempts), 0),
	coalesce((SELECT max(id) FROM events), 0),
	coalesce((SELECT max(id) FROM keys), 0))
