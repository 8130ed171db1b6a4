/*
 * The keys of callback URLs, at start. The file is made once; the database remembers each key's id
 * and a check value. A database whose key is missing must not start in silence: every callback URL
 * that Maax still holds would be refused. --accept-lost-keys says that this is understood.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "app_private.h"
#include "base/clock.h"
#include "base/log.h"
#include "options.h"
#include "store/callback_keys.h"
#include "store/db.h"

#define MAX_KEYS 64
#define KEY_FILE "callback-keys"

struct known_keys {
	struct callback_key keys[MAX_KEYS];
	int count;
};

static void known_keys_done(struct known_keys *known)
{
	for (int i = 0; i < known->count; i++)
		callback_key_done(&known->keys[i]);
}

/* A credential of the service manager goes before the file in state_dir. */
char *app_key_path(const struct app *app)
{
	const char *credentials = getenv("CREDENTIALS_DIRECTORY");
	char *path;

	if (credentials) {
		path = xasprintf("%s/" KEY_FILE, credentials);
		if (access(path, F_OK) == 0)
			return path;
		free(path);
	}
	return xasprintf("%s/" KEY_FILE, app->config->maaxd.state_dir);
}

static const struct tokens_key *find_key(const struct tokens *tokens, const char *id)
{
	for (size_t i = 0; i < tokens->count; i++)
		if (streq(tokens->keys[i].id, id))
			return &tokens->keys[i];
	return NULL;
}

/* True when the file has the key that the database remembers. */
static bool is_present(const struct tokens *tokens, const struct callback_key *row)
{
	const struct tokens_key *key = find_key(tokens, row->id);
	uint8_t value[16];

	if (!key)
		return false;
	tokens_check_value(key, value);
	return memcmp(value, row->check_value, sizeof(value)) == 0;
}

static int refuse(const char *path, const char *id)
{
	log_error("cannot start: %s lacks the key %s that callback URLs in this database were made "
		  "with; bring the file back "
		  "from the backup, or start once with --accept-lost-keys: those URLs are then "
		  "refused",
		  path, id);
	return APP_EXIT_CONFIG;
}

static int load_file(struct app *app, const char *path, bool may_create)
{
	CLEANUP(freep) char *why = NULL;
	int r = tokens_load(path, &app->tokens, &why);

	if (r == -ENOENT && may_create) {
		log_notice("making the key of callback URLs; it belongs to the backup file=%s",
			   path);
		r = tokens_create(path, &app->tokens);
	} else if (r == -ENOENT) {
		return refuse(path, "file");
	}
	if (r == 0)
		return 0;
	log_error("cannot start: the callback keys in %s cannot be used: %s", path,
		  why		? why
		  : r == -EPERM ? "others than the owner can read it: chmod 600"
				: strerror(-r));
	return r == -EPERM || r == -EACCES ? APP_EXIT_RIGHTS : APP_EXIT_CONFIG;
}

/* Notes a key of the file that the database does not have yet. */
static int note_key(struct db *db, const struct known_keys *known, const struct tokens *tokens,
		    const struct tokens_key *key)
{
	struct callback_key row = { .id = (char *)key->id, .created_at = clock_now() };

	for (int i = 0; i < known->count; i++)
		if (streq(known->keys[i].id, key->id) && is_present(tokens, &known->keys[i]))
			return 0;
	tokens_check_value(key, row.check_value);
	return callback_keys_insert(db, &row);
}

/* Forgets lost keys and remembers new ones. 0 or negative errno. */
static int remember(struct app *app, const struct known_keys *known)
{
	struct db *db = app->core.db;
	int r = unit_begin(db);

	if (r < 0)
		return r;
	for (int i = 0; i < known->count && r >= 0; i++)
		if (!is_present(&app->tokens, &known->keys[i]))
			r = callback_keys_remove(db, known->keys[i].id);
	for (size_t i = 0; i < app->tokens.count && r >= 0; i++)
		r = note_key(db, known, &app->tokens, &app->tokens.keys[i]);
	r = unit_end(db, r);
	return r < 0 ? r : db_flush(db);
}

int app_open_keys(struct app *app, bool accept_lost_keys)
{
	CLEANUP(freep) char *path = app_key_path(app);
	CLEANUP(known_keys_done) struct known_keys known = { 0 };
	int r;

	known.count = callback_keys_list(app->core.db, MAX_KEYS, known.keys);
	if (known.count < 0) {
		log_error("cannot start: the callback keys in the database cannot be read");
		known.count = 0;
		return APP_EXIT_IO;
	}
	r = load_file(app, path, known.count == 0 || accept_lost_keys);
	if (r != 0)
		return r;
	for (int i = 0; i < known.count && !accept_lost_keys; i++)
		if (!is_present(&app->tokens, &known.keys[i]))
			return refuse(path, known.keys[i].id);
	r = remember(app, &known);
	if (r < 0)
		log_error("cannot start: the callback keys could not be noted in the database: %s",
			  strerror(-r));
	return r < 0 ? APP_EXIT_IO : 0;
}
