-- The tables of maaxd. Ids are 63-bit integers in time order (include/base/ids.h); times are
-- microseconds since the epoch of the steady clock (include/base/clock.h). Nothing on the path of a
-- callback is indexed by a random value. What can be very big is the last column of its table, so that the
-- small ones are found without walking through it. A CHECK of more than two words is spelt with OR: for IN, SQLite
-- builds a temporary B-tree at each insert and update, a sixth of the work of a callback.

-- A thread of messages with one customer.
CREATE TABLE conversations (
	id              INTEGER PRIMARY KEY,
	source          TEXT NOT NULL CHECK (length(source) BETWEEN 1 AND 64),
	key             TEXT CHECK (length(key) BETWEEN 1 AND 256), -- the caller's own thread key
	ai              TEXT NOT NULL,        -- label of the [ai] section
	platform        TEXT NOT NULL,
	seq             INTEGER NOT NULL DEFAULT 0, -- last number given to a message or answer
	in_flight       INTEGER,              -- message that holds the conversation's slot at Maax
	slot_until      INTEGER,              -- when the slot is freed though no answer came
	conversation_id TEXT,                 -- Maax's, pinned as soon as anything tells it
	prospect_id     TEXT,                 -- Maax's, likewise
	created_at      INTEGER NOT NULL,
	paused_at       INTEGER,              -- since when a person has it: nothing is submitted; NULL: not paused
	pause_reason    TEXT                  -- why, in words
) STRICT;

-- find or create by the caller's key
CREATE UNIQUE INDEX conversations_by_key ON conversations (source, key) WHERE key IS NOT NULL;
-- emergencies name Maax's conversation
CREATE INDEX conversations_by_conversation_id ON conversations (conversation_id) WHERE conversation_id IS NOT NULL;
-- lists of one source, newest first
CREATE INDEX conversations_by_source ON conversations (source);
-- the timer that frees slots
CREATE INDEX conversations_by_slot ON conversations (slot_until) WHERE slot_until IS NOT NULL;

-- Contact values (e-mail, phone …, lower case, as given) of a conversation: emergencies may name one.
CREATE TABLE contacts (
	value        TEXT NOT NULL CHECK (length(value) BETWEEN 1 AND 320),
	conversation INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
	PRIMARY KEY (value, conversation)
) STRICT, WITHOUT ROWID;

-- erasing a conversation
CREATE INDEX contacts_by_conversation ON contacts (conversation);

-- A customer's message.
CREATE TABLE messages (
	id              INTEGER PRIMARY KEY,
	conversation    INTEGER NOT NULL REFERENCES conversations (id),
	source          TEXT NOT NULL,
	seq             INTEGER NOT NULL,     -- place in the conversation
	state           TEXT NOT NULL CHECK (state = 'held' OR state = 'queued' OR state = 'submitting'
	                                     OR state = 'waiting' OR state = 'answered' OR state = 'overdue'
	                                     OR state = 'failed' OR state = 'cancelled'),
	ai              TEXT NOT NULL,
	platform        TEXT NOT NULL CHECK (platform = 'website' OR platform = 'email' OR platform = 'sms'),
	message_content TEXT NOT NULL,
	prospect_info   TEXT NOT NULL,        -- JSON object
	service_type    TEXT,                 -- NULL: the [ai] section's
	output_format   TEXT,                 -- NULL: the [ai] section's, else by platform
	metadata        TEXT,                 -- JSON object of the caller's, echoed in deliveries
	created_at      INTEGER NOT NULL,
	due_at          INTEGER,              -- queued: next submit (NULL: an earlier one goes first);
	                                      -- waiting and uncertain: when it is queued again
	deadline_at     INTEGER,              -- when silence becomes an event; NULL: it was, or need not
	overdue_at      INTEGER,              -- when it did
	submitted_at    INTEGER,              -- last submit
	submits         INTEGER NOT NULL DEFAULT 0, -- submits that may have reached Maax
	tries           INTEGER NOT NULL DEFAULT 0, -- refused submits since it was queued
	is_uncertain    INTEGER NOT NULL DEFAULT 0 CHECK (is_uncertain IN (0, 1)),
	was_resent      INTEGER NOT NULL DEFAULT 0 CHECK (was_resent IN (0, 1)),
	answers         INTEGER NOT NULL DEFAULT 0, -- answers this message's token has brought
	incoming_message_id TEXT,             -- Maax's
	run             INTEGER,              -- run of the daemon that is submitting it
	reason          TEXT,                 -- of held, failed and cancelled, in words
	replayed_at     INTEGER,              -- last replay of its submit by an operator: its age counts from then
	is_redacted     INTEGER NOT NULL DEFAULT 0, -- texts were purged by age
	send_response_url TEXT,               -- the caller's own, of the drop-in API: its callbacks are
	followup_url    TEXT                  -- relayed there; NULL: of other messages
) STRICT;

-- the messages of a conversation, and how many it had lately
CREATE INDEX messages_by_conversation ON messages (conversation);
-- lists of one source, newest first, and its limits
CREATE INDEX messages_by_source ON messages (source);
-- what can be submitted now, per AI
CREATE INDEX messages_queued_due ON messages (ai, due_at) WHERE state = 'queued' AND due_at IS NOT NULL;
-- the next of a conversation
CREATE INDEX messages_queued ON messages (conversation) WHERE state = 'queued';
-- uncertain submits whose wait ends
CREATE INDEX messages_uncertain_due ON messages (due_at) WHERE state = 'waiting' AND due_at IS NOT NULL;
-- silence
CREATE INDEX messages_deadline ON messages (deadline_at) WHERE deadline_at IS NOT NULL;
-- how many conversations are overdue
CREATE INDEX messages_overdue ON messages (conversation) WHERE state = 'overdue';
-- orphans at start
CREATE INDEX messages_submitting ON messages (run) WHERE state = 'submitting';

-- One raw receipt at a callback URL.
CREATE TABLE callbacks (
	id           INTEGER PRIMARY KEY,
	kind         TEXT NOT NULL CHECK (kind = 'answer' OR kind = 'followup' OR kind = 'emergency'),
	state        TEXT NOT NULL CHECK (state = 'received' OR state = 'matched' OR state = 'duplicate'
	                                  OR state = 'unmatched' OR state = 'unmapped' OR state = 'dropped'),
	message      INTEGER,                 -- of the token, or attached by an operator; its row may be gone
	ai           TEXT,                    -- of an emergency's URL
	answer       INTEGER,                 -- what it became
	method       TEXT NOT NULL,
	content_type TEXT,
	query        TEXT,
	body_size    INTEGER NOT NULL,
	digest       BLOB NOT NULL CHECK (length(digest) = 16), -- of content type, query and body
	reason       TEXT,                    -- why unmatched, unmapped or dropped
	received_at  INTEGER NOT NULL,
	is_purged    INTEGER NOT NULL DEFAULT 0, -- query and body were purged by age
	body         BLOB                     -- NULL: purged, or the same bytes as an earlier one of this token
) STRICT;

-- repeats and bounds of one token, and the story of one message
CREATE INDEX callbacks_by_message ON callbacks (message) WHERE message IS NOT NULL;
CREATE INDEX callbacks_by_ai ON callbacks (ai) WHERE ai IS NOT NULL;
-- what needs a person's eye, and what is not correlated yet
CREATE INDEX callbacks_unsettled ON callbacks (state) WHERE state <> 'matched';

-- What came back: an answer, a follow-up, an emergency, or a notice written by a person.
CREATE TABLE answers (
	id            INTEGER PRIMARY KEY,
	conversation  INTEGER REFERENCES conversations (id), -- NULL: an emergency that matched none
	message       INTEGER,                -- its row may have gone before, by age
	callback      INTEGER,                -- likewise
	kind          TEXT NOT NULL CHECK (kind = 'answer' OR kind = 'followup' OR kind = 'emergency'
	                                   OR kind = 'notice'),
	seq           INTEGER,                -- place in the conversation
	text          TEXT,                   -- plain text; NULL: nothing mapped
	html          TEXT,                   -- safe HTML; NULL: none
	digest        BLOB CHECK (length(digest) = 16), -- of what came, where it is not text
	is_late       INTEGER NOT NULL CHECK (is_late IN (0, 1)),
	is_extra      INTEGER NOT NULL CHECK (is_extra IN (0, 1)),
	is_heuristic  INTEGER NOT NULL DEFAULT 0 CHECK (is_heuristic IN (0, 1)),
	ai            TEXT NOT NULL,
	history_state TEXT CHECK (history_state = 'pending' OR history_state = 'fetched'
	                          OR history_state = 'failed'), -- emergencies
	received_at   INTEGER NOT NULL,
	is_redacted   INTEGER NOT NULL DEFAULT 0, -- texts were purged by age
	history       BLOB                    -- Maax's reply as it came
) STRICT;

-- the answers of a message, and of a conversation
CREATE INDEX answers_by_conversation ON answers (conversation, message) WHERE conversation IS NOT NULL;
-- extra answers that settled nothing yet: few
CREATE INDEX answers_extra ON answers (conversation) WHERE is_extra = 1 AND is_heuristic = 0;
-- histories still to be fetched
CREATE INDEX answers_history ON answers (id) WHERE history_state = 'pending';

-- One answer (or event of a message) for one destination.
CREATE TABLE deliveries (
	id           INTEGER PRIMARY KEY,     -- also the webhook-id, the same in every try
	type         TEXT NOT NULL CHECK (type = 'answer.received' OR type = 'followup.received'
	                                  OR type = 'emergency.received' OR type = 'answer.overdue'
	                                  OR type = 'message.failed' OR type = 'alert.raised'
	                                  OR type = 'alert.cleared'),
	destination  TEXT NOT NULL,           -- label of the [destination] section, or @caller:SOURCE:HOST
	source       TEXT,                    -- NULL: an emergency without a conversation
	conversation INTEGER,
	message      INTEGER,
	answer       INTEGER,
	callback     INTEGER,                 -- receipt that is relayed as it came; NULL: a payload of ours
	alert        TEXT,                    -- what an alert tells, as JSON; NULL: of other types
	state        TEXT NOT NULL CHECK (state = 'pending' OR state = 'sending' OR state = 'delivered'
	                                  OR state = 'dead' OR state = 'cancelled'),
	is_ordered   INTEGER NOT NULL CHECK (is_ordered IN (0, 1)), -- keeps its place among its conversation's
	due_at       INTEGER NOT NULL,        -- of an ordered one behind another: when it stops waiting for it
	tries        INTEGER NOT NULL DEFAULT 0,
	run          INTEGER,                 -- run of the daemon that is sending it
	reason       TEXT,                    -- why it is still pending, or dead, in words
	created_at   INTEGER NOT NULL,
	finished_at  INTEGER
) STRICT;

-- what is due, per destination
CREATE INDEX deliveries_due ON deliveries (destination, due_at) WHERE state = 'pending';
-- the order within a conversation
CREATE INDEX deliveries_open ON deliveries (conversation, destination)
	WHERE is_ordered = 1 AND state IN ('pending', 'sending');
-- emergencies that wait for their history
CREATE INDEX deliveries_emergency ON deliveries (answer)
	WHERE type = 'emergency.received' AND state = 'pending';
-- orphans at start
CREATE INDEX deliveries_sending ON deliveries (run) WHERE state = 'sending';
-- the story of one message
CREATE INDEX deliveries_by_message ON deliveries (message) WHERE message IS NOT NULL;
-- erasing: those of emergencies, which have no message
CREATE INDEX deliveries_by_answer ON deliveries (answer) WHERE message IS NULL;
-- dead letters, and those of the last hour
CREATE INDEX deliveries_dead ON deliveries (destination, finished_at) WHERE state = 'dead';

-- One HTTP call that was made, or was under way when the daemon died.
CREATE TABLE attempts (
	id          INTEGER PRIMARY KEY,
	kind        TEXT NOT NULL CHECK (kind = 'submit' OR kind = 'deliver' OR kind = 'history'),
	message     INTEGER,
	delivery    INTEGER,
	answer      INTEGER,
	outcome     TEXT NOT NULL CHECK (outcome = 'OK' OR outcome = 'TEMPFAIL' OR outcome = 'PERMFAIL'
	                                 OR outcome = 'UNCERTAIN'),
	status      INTEGER,                  -- HTTP status; NULL: no reply
	detail      TEXT,                     -- what happened, in words
	started_at  INTEGER NOT NULL,
	finished_at INTEGER NOT NULL,
	content_type TEXT,                    -- of the reply to a submit
	response    BLOB                      -- first bytes of the reply
) STRICT;

CREATE INDEX attempts_by_message ON attempts (message) WHERE message IS NOT NULL;
-- erasing: those of emergencies, which have no message
CREATE INDEX attempts_by_answer ON attempts (answer) WHERE message IS NULL;

-- The timeline, one line an event; event streams are read from it in order of id.
CREATE TABLE events (
	id           INTEGER PRIMARY KEY,
	type         TEXT NOT NULL,           -- 'message.state', or a delivery's type
	source       TEXT,
	conversation INTEGER,
	message      INTEGER,
	answer       INTEGER,
	seq          INTEGER,                 -- of the message or answer it tells of
	state        TEXT,                    -- of the message, after it
	detail       TEXT                     -- in words
) STRICT;

CREATE INDEX events_by_message ON events (message) WHERE message IS NOT NULL;
-- erasing: those of emergencies, which have no message
CREATE INDEX events_by_conversation ON events (conversation) WHERE message IS NULL AND conversation IS NOT NULL;

-- Replies to requests that carried an Idempotency-Key.
CREATE TABLE idempotency (
	source      TEXT NOT NULL,
	key         TEXT NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
	fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32), -- SHA-256 of the request body
	message     INTEGER NOT NULL,
	response    TEXT NOT NULL,
	created_at  INTEGER NOT NULL,
	PRIMARY KEY (source, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_by_age ON idempotency (created_at);

-- What is held until it works again or an operator says so.
CREATE TABLE holds (
	kind   TEXT NOT NULL CHECK (kind IN ('ai', 'destination')),
	name   TEXT NOT NULL,
	reason TEXT NOT NULL,
	since  INTEGER NOT NULL,
	PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;

-- What an operator was told of and is wrong still, so that nothing is told twice.
CREATE TABLE alerts (
	kind   TEXT NOT NULL,         -- as in the table of checks (daemon/alerts.c)
	name   TEXT NOT NULL,         -- of the section it is about; empty: of the whole daemon
	reason TEXT NOT NULL,         -- as it was told, in words
	since  INTEGER NOT NULL,
	PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;

-- The ids of the callback keys in use, and a value that shows whether a key is still the same one.
CREATE TABLE callback_keys (
	id          TEXT PRIMARY KEY,
	check_value BLOB NOT NULL CHECK (length(check_value) = 16),
	created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Messages that were erased on a person's request: what still comes for them is not kept.
CREATE TABLE erased (
	message INTEGER PRIMARY KEY
) STRICT;

-- Bearer keys of sources, made by an operator; accepted beside those of key_file.
CREATE TABLE keys (
	id         INTEGER PRIMARY KEY,
	source     TEXT NOT NULL,             -- label of the [source] section
	label      TEXT CHECK (length(label) BETWEEN 1 AND 64), -- what it is for, in the operator's words
	digest     BLOB NOT NULL CHECK (length(digest) = 32), -- SHA-256; the key itself is nowhere
	created_at INTEGER NOT NULL,
	revoked_at INTEGER                    -- NULL: it is accepted
) STRICT;

-- whose key a request carries
CREATE UNIQUE INDEX keys_by_digest ON keys (digest);

-- One raw request at an inbound hook, or one mail as it came in.
CREATE TABLE inbound (
	id           INTEGER PRIMARY KEY,
	source       TEXT NOT NULL,
	state        TEXT NOT NULL CHECK (state = 'received' OR state = 'accepted' OR state = 'dropped'
	                                  OR state = 'unmapped'),
	message      INTEGER,                 -- what it became
	method       TEXT NOT NULL,           -- MAIL: a mail
	content_type TEXT,
	query        TEXT,
	dedupe       TEXT,                    -- what is the same in repeats; of a mail its Message-ID
	reason       TEXT,                    -- why dropped or unmapped
	received_at  INTEGER NOT NULL,
	body_size    INTEGER NOT NULL,
	body         BLOB                     -- NULL: purged by age
) STRICT;

-- lists of one source, newest first, and its limit
CREATE INDEX inbound_by_source ON inbound (source);
-- what is not mapped yet, and what needs a person's eye
CREATE INDEX inbound_unsettled ON inbound (state) WHERE state <> 'accepted';
-- the same of one source
CREATE INDEX inbound_unsettled_by_source ON inbound (source, state) WHERE state <> 'accepted';
-- the story of one message
CREATE INDEX inbound_by_message ON inbound (message) WHERE message IS NOT NULL;
-- repeats, and the mails that a mail answers
CREATE INDEX inbound_by_dedupe ON inbound (source, dedupe) WHERE dedupe IS NOT NULL;
