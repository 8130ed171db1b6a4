/*
 * Fills a fresh state directory with messages that wait for their answers, as intake and submit
 * leave them, and writes the path of each callback URL to a file. usage: prepare STATE_DIR COUNT
 * PATHS_FILE
 */
#include <stdio.h>
#include <string.h>

#include "base/base.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/tokens.h"
#include "store/conversations.h"
#include "store/db.h"
#include "store/messages.h"

#define BATCH 500

static void check(int r, const char *what)
{
	if (r >= 0)
		return;
	fprintf(stderr, "prepare: %s: %s\n", what, strerror(-r));
	exit(1);
}

static int64_t insert_waiting(struct db *db)
{
	usec_t now = clock_now();
	struct conversation conversation = {
		.id = ids_next(),
		.source = (char *)"crm",
		.ai = (char *)"sales",
		.platform = (char *)"website",
		.created_at = now,
	};
	struct message message = {
		.id = ids_next(),
		.conversation = conversation.id,
		.source = (char *)"crm",
		.seq = 1,
		.state = MESSAGE_WAITING,
		.ai = (char *)"sales",
		.platform = (char *)"website",
		.message_content = (char *)"Do you ship to Norway, and how long does it take?",
		.prospect_info = (char *)"{\"first_name\":\"Ada\",\"email\":\"ada@example.org\"}",
		.created_at = now,
		.deadline_at = now + USEC_PER_DAY,
		.submitted_at = now,
		.submits = 1,
	};
	int64_t seq = 0;

	check(conversations_insert(db, &conversation), "conversation");
	check(conversations_next_seq(db, conversation.id, &seq), "seq");
	check(messages_insert(db, &message), "message");
	check(conversations_take_slot(db, conversation.id, message.id, now + USEC_PER_DAY), "slot");
	return message.id;
}

int main(int argc, char **argv)
{
	CLEANUP(freep) char *db_path = NULL;
	CLEANUP(freep) char *key_path = NULL;
	CLEANUP(freep) char *why = NULL;
	struct tokens tokens = { 0 };
	struct db *db = NULL;
	FILE *paths;
	long count;

	if (argc != 4)
		return 2;
	count = strtol(argv[2], NULL, 10);
	db_path = xasprintf("%s/maaxd.db", argv[1]);
	key_path = xasprintf("%s/callback-keys", argv[1]);
	paths = fopen(argv[3], "w");
	if (!paths)
		return 1;
	check(tokens_create(key_path, &tokens), "key file");
	check(db_open(db_path, &db, &why), why ? why : "database");
	ids_seed(0, 0);
	for (long i = 0; i < count; i++) {
		char subject[IDS_TEXT_SIZE];
		char token[TOKENS_TEXT_SIZE];

		if (i % BATCH == 0)
			check(unit_begin(db), "begin");
		ids_format(ID_MESSAGE, insert_waiting(db), subject);
		fprintf(paths, "/cb/answer/%s\n", tokens_mint(&tokens, "answer", subject, token));
		if (i % BATCH == BATCH - 1 || i == count - 1) {
			check(unit_commit(db), "unit");
			check(db_flush(db), "commit");
		}
	}
	db_close(db);
	return fclose(paths) == 0 ? 0 : 1;
}
