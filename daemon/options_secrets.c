/*
 * Secret files: API keys, bearer keys, signing secrets, tokens. What they hold appears in no
 * message; memory that held it is wiped.
 */
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sign.h"
#include "options_table.h"

#define MAX_FILE (64 * KIB)
#define MIN_KEY 16   /* characters of a bearer key or token */
#define MAX_KEY 1024 /* of any secret line: a header must hold it */
#define MAX_SECRETS 8
#define DIGEST_PREFIX "sha256:"

/* A secret file while it is read. */
struct secret_file {
	struct load *load;
	struct option_site site;
	char *path;
	char *text; /* NUL-terminated */
	size_t size;
};

/* One line of interest of it. */
struct secret_line {
	char *text;
	unsigned number;
};

static void secret_file_done(struct secret_file *file)
{
	if (file->text)
		explicit_bzero(file->text, file->size);
	free(file->text);
	free(file->path);
}

/* The path of a *_file value. NULL when it is a credential and there are none. */
static char *secret_path(const char *value)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");

	if (strchr(value, '/'))
		return xstrdup(value);
	return directory ? xasprintf("%s/%s", directory, value) : NULL;
}

/* Reads at most MAX_FILE bytes. 0 or negative errno. */
static int read_secret(struct secret_file *file, mode_t *ret_mode)
{
	CLEANUP(closep) int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat info;
	size_t len = 0;
	ssize_t got;

	if (fd < 0 || fstat(fd, &info) < 0)
		return -errno;
	if (!S_ISREG(info.st_mode))
		return S_ISDIR(info.st_mode) ? -EISDIR : -EINVAL;
	file->size = MAX_FILE + 2; /* one byte more shows that it is too long; one for the NUL */
	file->text = xcalloc(file->size, 1);
	while (len <= MAX_FILE && (got = read(fd, file->text + len, MAX_FILE + 1 - len)) != 0) {
		if (got < 0)
			return -errno;
		len += (size_t)got;
	}
	if (len > MAX_FILE)
		return -EFBIG;
	if (memchr(file->text, '\0', len))
		return -EBADMSG;
	*ret_mode = info.st_mode;
	return 0;
}

/* What to do about a file that cannot be read. */
static const char *advice(int error)
{
	switch (error) {
	case ENOENT:
		return "make the file";
	case EACCES:
		return "let maaxd's user read it";
	case EFBIG:
		return "a secret file has at most 64 KiB";
	case EBADMSG:
		return "write it as plain text";
	default:
		return "name a regular file";
	}
}

/* Opens the file that a key names, and tells if that fails. Nothing to do: false too. */
static bool secret_open(struct secret_file *file, struct load *load, struct option_site site,
			const char *value)
{
	mode_t mode = 0;
	int r;

	if (!value)
		return false;
	file->load = load;
	file->site = site;
	file->path = secret_path(value);
	if (!file->path) {
		load_error(load, site,
			   "\"%.100s\" is a credential's name, but there are no credentials here: "
			   "add LoadCredential= to the unit, or write an absolute path",
			   value);
		return false;
	}
	r = read_secret(file, &mode);
	if (r < 0) {
		load_error(load, site, "cannot read %.300s (%s): %s", file->path,
			   r == -EBADMSG ? "not text" : strerror(-r), advice(-r));
		return false;
	}
	if (mode & (S_IRWXG | S_IRWXO))
		load_warning(load, site, "others can read %.300s: chmod 0600 it", file->path);
	return true;
}

/* The next line that is neither empty nor a comment, without blanks around it; false at the end. */
static bool next_line(char **text, struct secret_line *line)
{
	assert(*text);
	while (**text) {
		char *start = *text;
		size_t len = strcspn(start, "\n");

		*text = start + len + (start[len] == '\n');
		line->number++;
		start[len] = '\0';
		start += strspn(start, " \t\r");
		len = strlen(start);
		while (len > 0 && strchr(" \t\r", start[len - 1]))
			start[--len] = '\0';
		if (len == 0 || start[0] == '#')
			continue;
		line->text = start;
		return true;
	}
	return false;
}

PRINTF_LIKE(3, 4)
static void file_error(const struct secret_file *file, unsigned line, const char *format, ...)
{
	char text[300];
	va_list args;

	va_start(args, format);
	IGNORE(vsnprintf(text, sizeof(text), format, args));
	va_end(args);
	if (line > 0)
		load_error(file->load, file->site, "%.300s line %u: %s", file->path, line, text);
	else
		load_error(file->load, file->site, "%.300s %s", file->path, text);
}

/* A secret that goes into a header: printable, without blanks, of a sensible length. */
static bool check_word(const struct secret_file *file, const struct secret_line *line, size_t min)
{
	size_t len = strlen(line->text);

	if (len < min || len > MAX_KEY) {
		file_error(file, line->number, "must have %zu to %d characters: make a new one",
			   min, MAX_KEY);
		return false;
	}
	for (const char *p = line->text; *p; p++) {
		if (!isgraph((unsigned char)*p)) {
			file_error(file, line->number,
				   "must be printable ASCII without blanks: check for what was "
				   "pasted along");
			return false;
		}
	}
	return true;
}

/* A password: blanks within it are its own. */
static bool check_password(const struct secret_file *file, const struct secret_line *line,
			   size_t min)
{
	size_t len = strlen(line->text);

	if (len < min || len > MAX_KEY) {
		file_error(file, line->number, "must have %zu to %d characters", min, MAX_KEY);
		return false;
	}
	for (const char *p = line->text; *p; p++) {
		if (iscntrl((unsigned char)*p)) {
			file_error(file, line->number,
				   "has a control character: check for what was pasted along");
			return false;
		}
	}
	return true;
}

typedef bool check_fn(const struct secret_file *file, const struct secret_line *line, size_t min);

/* The single secret of a file as a heap string, or NULL when there is none or it is bad. */
static char *load_checked(struct load *load, struct option_site site, const char *value, size_t min,
			  check_fn *check)
{
	CLEANUP(secret_file_done) struct secret_file file = { 0 };
	struct secret_line line = { 0 }, second;
	char *text;

	if (!secret_open(&file, load, site, value))
		return NULL;
	text = file.text;
	if (!next_line(&text, &line)) {
		file_error(&file, 0, "is empty: write the secret into it, on one line");
		return NULL;
	}
	second = line;
	if (next_line(&text, &second)) {
		file_error(&file, second.number, "a second line: the file holds one secret only");
		return NULL;
	}
	return check(&file, &line, min) ? xstrdup(line.text) : NULL;
}

static char *load_single(struct load *load, struct option_site site, const char *value, size_t min)
{
	return load_checked(load, site, value, min, check_word);
}

/* Tells if another source, or this one, has the key already: it must say whose message it is. */
static bool is_taken(const struct secret_file *file, const struct secret_line *line,
		     const uint8_t *digest)
{
	const struct config *config = file->load->config;

	for (size_t i = 0; i < config->source_count; i++) {
		const struct config_source *source = &config->sources[i];

		for (size_t k = 0; k < source->key_count; k++) {
			if (!sign_equal(source->keys[k], digest, SIGN_SHA256_SIZE))
				continue;
			file_error(file, line->number,
				   "the key is one of [source \"%s\"] already: give each its own",
				   source->name);
			return true;
		}
	}
	return false;
}

static bool parse_source_key(const struct secret_file *file, const struct secret_line *line,
			     uint8_t digest[static SIGN_SHA256_SIZE])
{
	size_t prefix_len = strlen(DIGEST_PREFIX);
	const char *hex = line->text + prefix_len;

	if (strncmp(line->text, DIGEST_PREFIX, prefix_len) != 0) {
		if (!check_word(file, line, MIN_KEY))
			return false;
		sign_sha256(line->text, strlen(line->text), digest);
		return true;
	}
	if (sign_hex_decode(hex, strlen(hex), digest, SIGN_SHA256_SIZE) == SIGN_SHA256_SIZE)
		return true;
	file_error(file, line->number,
		   "not sha256: and 64 hex digits: take the output of sha256sum");
	return false;
}

static void load_source_keys(struct load *load, struct config_source *source)
{
	const struct option_site site = { SECTION_SOURCE, source->name, "key_file" };
	CLEANUP(secret_file_done) struct secret_file file = { 0 };
	struct secret_line line = { 0 };
	char *text;

	if (!secret_open(&file, load, site, source->key_file))
		return;
	text = file.text;
	while (next_line(&text, &line)) {
		uint8_t digest[SIGN_SHA256_SIZE];

		if (!parse_source_key(&file, &line, digest) || is_taken(&file, &line, digest))
			continue;
		source->keys = xrealloc(source->keys, source->key_count + 1, sizeof(*source->keys));
		memcpy(source->keys[source->key_count++], digest, sizeof(digest));
	}
	if (line.text == NULL)
		file_error(&file, 0, "holds no key: write one a line");
}

/* A secret of a hook's URL must look the same to everybody on the way. */
static bool check_url_secret(const struct secret_file *file, const struct secret_line *line)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				    "-._~";

	if (!check_word(file, line, MIN_KEY))
		return false;
	if (strspn(line->text, plain) == strlen(line->text))
		return true;
	file_error(file, line->number, "a secret in a URL has letters, digits and - . _ ~ only");
	return false;
}

static void load_hook_secrets(struct load *load, struct config_source *source)
{
	const struct option_site site = { SECTION_SOURCE, source->name, "url_secret_file" };
	CLEANUP(secret_file_done) struct secret_file file = { 0 };
	struct secret_line line = { 0 };
	char *text;

	if (!secret_open(&file, load, site, source->url_secret_file))
		return;
	text = file.text;
	while (next_line(&text, &line)) {
		if (!check_url_secret(&file, &line))
			continue;
		source->url_secrets = xrealloc(source->url_secrets, source->url_secret_count + 1,
					       sizeof(*source->url_secrets));
		sign_sha256(line.text, strlen(line.text),
			    source->url_secrets[source->url_secret_count++]);
	}
	if (line.text == NULL)
		file_error(&file, 0, "holds no secret: write one a line");
}

/* What a scheme needs of its secret; NULL when it is there. */
static const char *signature_secret_fault(enum signature_scheme scheme, const char *secret)
{
	struct sign_secret parsed;
	int r;

	switch (scheme) {
	case SIGNATURE_STANDARD_WEBHOOKS:
		r = sign_secret_parse(secret, &parsed);
		explicit_bzero(&parsed, sizeof(parsed));
		return r < 0 ? "not whsec_ and base64 of 24 to 64 bytes: copy it from the sender"
			     : NULL;
	case SIGNATURE_BASIC:
		return strchr(secret, ':') ? NULL : "not user:password: write both, with a colon";
	case SIGNATURE_NONE:
	case SIGNATURE_HMAC_SHA256:
	case SIGNATURE_TWILIO:
		break;
	}
	return NULL;
}

static void load_signature_secrets(struct load *load, struct config_source *source)
{
	const struct option_site site = { SECTION_SOURCE, source->name, "signature_secret_file" };
	CLEANUP(secret_file_done) struct secret_file file = { 0 };
	struct words *secrets = &source->signature_secrets;
	struct secret_line line = { 0 };
	char *text;

	if (!secret_open(&file, load, site, source->signature_secret_file))
		return;
	text = file.text;
	secrets->word = xcalloc(MAX_SECRETS + 1, sizeof(*secrets->word));
	while (next_line(&text, &line)) {
		const char *fault = signature_secret_fault(source->signature, line.text);

		if (fault)
			file_error(&file, line.number, "%s", fault);
		else if (secrets->count == MAX_SECRETS)
			file_error(&file, line.number, "more than %d secrets: remove the oldest",
				   MAX_SECRETS);
		else if (check_word(&file, &line, 1))
			secrets->word[secrets->count++] = xstrdup(line.text);
	}
	if (line.text == NULL)
		file_error(&file, 0, "holds no secret: write one a line");
}

/* At most MAX_SECRETS of them, into an array that is the section's. */
static void load_signing_secrets(struct load *load, struct option_site site, const char *value,
				 struct sign_secret **secrets, size_t *count)
{
	CLEANUP(secret_file_done) struct secret_file file = { 0 };
	struct secret_line line = { 0 };
	char *text;

	if (!secret_open(&file, load, site, value))
		return;
	text = file.text;
	*secrets = xcalloc(MAX_SECRETS, sizeof(**secrets));
	while (next_line(&text, &line)) {
		if (*count == MAX_SECRETS) {
			file_error(&file, line.number, "more than %d secrets: remove the oldest",
				   MAX_SECRETS);
			break;
		}
		if (sign_secret_parse(line.text, &(*secrets)[*count]) < 0)
			file_error(&file, line.number,
				   "not whsec_ and base64 of %d to %d bytes: make one with `echo "
				   "whsec_$(openssl rand -base64 32)`",
				   SIGN_SECRET_MIN, SIGN_SECRET_MAX);
		else
			(*count)++;
	}
	if (line.text == NULL)
		file_error(&file, 0, "holds no secret: write one a line, the newest first");
}

static void wipe(char *secret)
{
	explicit_bzero(secret, strlen(secret));
	free(secret);
}

/* "Authorization: Basic …" of a file with user:password; NULL: none. */
static char *load_basic(struct load *load, const struct config_destination *destination)
{
	const struct option_site site = option_site_of(destination, "basic_file");
	char *login = load_checked(load, site, destination->basic_file, 1, check_password);
	char *encoded, *header = NULL;

	if (!login)
		return NULL;
	encoded = sign_base64(login, strlen(login));
	if (strchr(login, ':'))
		header = xasprintf("Authorization: Basic %s", encoded);
	else
		load_error(load, site, "the file has no ':': write user:password into it");
	wipe(encoded);
	wipe(login);
	return header;
}

/* "Authorization: Bearer …", or another header with the token alone; NULL: none. */
static char *load_bearer(struct load *load, const struct config_destination *destination)
{
	const struct option_site site = option_site_of(destination, "bearer_file");
	const char *name = destination->bearer_header;
	char *token = load_single(load, site, destination->bearer_file, 1);
	char *header;

	if (!token)
		return NULL;
	header = xasprintf("%s: %s%s", name ? name : "Authorization", name ? "" : "Bearer ", token);
	wipe(token);
	return header;
}

static void load_destination(struct load *load, struct config_destination *destination)
{
	struct option_site site = option_site_of(destination, "secret_file");

	load_signing_secrets(load, site, destination->secret_file, &destination->secrets,
			     &destination->secret_count);
	site.key = "url_file";
	destination->secret_url = load_single(load, site, destination->url_file, 1);
	site.key = "password_file";
	destination->password =
		load_checked(load, site, destination->password_file, 1, check_password);
	destination->auth_header = load_basic(load, destination);
	if (!destination->auth_header)
		destination->auth_header = load_bearer(load, destination);
}

static void load_ai_keys(struct load *load)
{
	struct config *config = load->config;
	bool is_missing = false;

	for (size_t i = 0; i < config->ai_count; i++) {
		struct config_ai *ai = &config->ais[i];

		ai->api_key = load_single(
			load, (struct option_site){ SECTION_AI, ai->name, "api_key_file" },
			ai->api_key_file, 1);
		if (!ai->api_key_file)
			is_missing = true;
	}
	if (is_missing && !config->maax.api_key_file)
		load_error(load, (struct option_site){ SECTION_MAAX, NULL, "api_key_file" },
			   "missing: name a file with the API key, here or in every [ai]");
}

void options_load_secrets(struct load *load)
{
	struct config *config = load->config;

	config->maax.api_key =
		load_single(load, (struct option_site){ SECTION_MAAX, NULL, "api_key_file" },
			    config->maax.api_key_file, 1);
	load_ai_keys(load);
	for (size_t i = 0; i < config->listener_count; i++) {
		struct config_listener *listener = &config->listeners[i];

		listener->admin_token =
			load_single(load,
				    (struct option_site){ SECTION_LISTENER, listener->name,
							  "admin_token_file" },
				    listener->admin_token_file, MIN_KEY);
	}
	for (size_t i = 0; i < config->source_count; i++) {
		struct config_source *source = &config->sources[i];

		load_source_keys(load, source);
		load_hook_secrets(load, source);
		load_signature_secrets(load, source);
		load_signing_secrets(
			load, (struct option_site){ SECTION_SOURCE, source->name, "secret_file" },
			source->secret_file, &source->secrets, &source->secret_count);
	}
	for (size_t i = 0; i < config->destination_count; i++)
		load_destination(load, &config->destinations[i]);
}
