/*
 * The journal of a test program. Lines are kept in a ring of bounded memory; the oldest go first.
 */
#include <errno.h>
#include <stdio.h>

#include "journal.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/sign.h"

#define MAX_BYTES (512 * MIB)
#define MAX_LINES (1u << 20) /* a power of two */
#define MAX_WAIT 60
#define MAX_REPLY_LINES 1000
#define MAX_REPLY (64 * MIB)

struct line {
	char *text;
	size_t len;
	const char *event;
};

struct waiter {
	struct journal *journal;
	struct exchange *exchange; /* NULL once answered; the timer frees the waiter */
	char *event;
	struct waiter *next, *prev;
};

struct journal {
	struct engine *engine;
	FILE *file;
	struct line *ring; /* MAX_LINES of them; line N is at N % MAX_LINES */
	uint64_t first;	   /* number of the oldest line that is kept */
	uint64_t next;	   /* number of the next one; the first ever is 1 */
	size_t bytes;
	struct waiter *waiters;
};

int journal_open(const char *path, struct engine *engine, struct journal **ret_journal)
{
	struct journal *journal;
	FILE *file = NULL;

	if (path) {
		file = fopen(path, "ae");
		if (!file)
			return -errno;
	}
	journal = xnew(struct journal);
	journal->engine = engine;
	journal->file = file;
	journal->ring = xcalloc(MAX_LINES, sizeof(*journal->ring));
	journal->first = journal->next = 1;
	*ret_journal = journal;
	return 0;
}

static struct line *line_at(struct journal *journal, uint64_t number)
{
	return &journal->ring[number % MAX_LINES];
}

static void drop_oldest(struct journal *journal)
{
	struct line *line = line_at(journal, journal->first++);

	journal->bytes -= line->len;
	free(line->text);
	line->text = NULL;
}

static void free_waiter(struct waiter *waiter)
{
	if (waiter->prev)
		waiter->prev->next = waiter->next;
	else
		waiter->journal->waiters = waiter->next;
	if (waiter->next)
		waiter->next->prev = waiter->prev;
	free(waiter->event);
	free(waiter);
}

void journal_close(struct journal *journal)
{
	while (journal->waiters)
		free_waiter(journal->waiters);
	while (journal->first < journal->next)
		drop_oldest(journal);
	if (journal->file)
		fclose(journal->file);
	free(journal->ring);
	free(journal);
}

static void reply_lines(struct exchange *exchange, const struct buf *lines)
{
	const struct server_reply reply = {
		.status = 200,
		.content_type = "application/x-ndjson",
		.body = lines->data,
		.len = lines->len,
	};

	exchange_reply(exchange, &reply);
}

static void wake_waiters(struct journal *journal, const struct line *line)
{
	for (struct waiter *waiter = journal->waiters; waiter; waiter = waiter->next) {
		CLEANUP(buf_done) struct buf lines = BUF_INIT(MAX_REPLY);

		if (!waiter->exchange || (waiter->event && !streq(waiter->event, line->event)))
			continue;
		IGNORE(buf_add(&lines, line->text, line->len)); /* else: empty, and asked again */
		reply_lines(TAKE(waiter->exchange), &lines);
	}
}

void journal_add(struct journal *journal, const char *event, struct json_object *entry)
{
	struct json_object *root = json_object_new_object();
	CLEANUP(freep) char *text = NULL;
	struct line *line;

	json_put_int(root, "seq", (int64_t)journal->next);
	json_put_time(root, "at", clock_wall());
	json_put_string(root, "event", event);
	json_object_object_foreach(entry, name, value)
		json_object_object_add(root, name, json_object_get(value));
	json_object_put(entry);
	text = json_format(root, NULL);
	json_object_put(root);

	line = line_at(journal, journal->next);
	if (journal->next - journal->first == MAX_LINES)
		drop_oldest(journal);
	journal->next++;
	line->text = xasprintf("%s\n", text);
	line->len = strlen(line->text);
	line->event = event;
	journal->bytes += line->len;
	while (journal->bytes > MAX_BYTES)
		drop_oldest(journal);
	if (line->text && journal->file) {
		fwrite(line->text, 1, line->len, journal->file);
		fflush(journal->file);
	}
	if (line->text)
		wake_waiters(journal, line);
}

static void collect(struct journal *journal, uint64_t after, const char *event, struct buf *lines)
{
	uint64_t number = after + 1 > journal->first ? after + 1 : journal->first;
	unsigned count = 0;

	for (; number < journal->next && count < MAX_REPLY_LINES; number++) {
		const struct line *line = line_at(journal, number);

		if (event && !streq(event, line->event))
			continue;
		if (buf_add(lines, line->text, line->len) < 0)
			return;
		count++;
	}
}

static void on_wait_over(void *ctx)
{
	struct waiter *waiter = ctx;
	const struct buf none = BUF_INIT(0);

	if (waiter->exchange)
		reply_lines(TAKE(waiter->exchange), &none);
	free_waiter(waiter);
}

static void wait_for_line(struct journal *journal, struct exchange *exchange, const char *event,
			  unsigned seconds)
{
	struct waiter *waiter = xnew(struct waiter);

	waiter->journal = journal;
	waiter->exchange = exchange;
	waiter->event = xstrdup_null(event);
	waiter->next = journal->waiters;
	if (journal->waiters)
		journal->waiters->prev = waiter;
	journal->waiters = waiter;
	engine_after(journal->engine, seconds * USEC_PER_SEC, on_wait_over, waiter);
}

static uint64_t param_number(struct json_object *params, const char *name, uint64_t max)
{
	const char *text = json_get_string(params, name);
	uint64_t number = text ? strtoull(text, NULL, 10) : 0;

	return number < max ? number : max;
}

void journal_serve(struct journal *journal, struct exchange *exchange)
{
	CLEANUP(json_putp) struct json_object *params = exchange_params(exchange);
	CLEANUP(buf_done) struct buf lines = BUF_INIT(MAX_REPLY);
	const char *event = json_get_string(params, "event");
	unsigned wait = (unsigned)param_number(params, "wait", MAX_WAIT);

	collect(journal, param_number(params, "after", journal->next), event, &lines);
	if (lines.len == 0 && wait > 0)
		wait_for_line(journal, exchange, event, wait);
	else
		reply_lines(exchange, &lines);
}

void journal_put_digest(struct json_object *entry, const void *data, size_t len)
{
	uint8_t digest[SIGN_SHA256_SIZE];
	CLEANUP(freep) char *hex = NULL;

	sign_sha256(data, len, digest);
	hex = sign_hex(digest, sizeof(digest));
	json_put_string(entry, "sha256", hex);
}
