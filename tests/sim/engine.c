/*
 * One thread: timers in a binary heap, requests in a curl multi handle. The lock is dropped only
 * while curl waits and works; curl's handles are touched by this thread alone.
 */
#include <curl/curl.h>
#include <limits.h>

#include "engine.h"

#include "base/clock.h"

#define MAX_RUNNING 128 /* curl walks all of them at each step; the others wait in our queue */
#define MAX_REPLY (64 * KIB)
#define MAX_IDLE_HANDLES MAX_RUNNING
#define REQUEST_TIMEOUT_MSEC 30000L
#define MAX_WAIT_MSEC 60000

struct timer {
	usec_t at;
	uint64_t order; /* timers of one time run in the order they were made */
	engine_fn *fn;
	void *ctx;
};

struct transfer {
	struct outgoing *outgoing;
	CURL *easy;
	struct curl_slist *headers;
	struct buf reply;
	usec_t started_at;
	char error[CURL_ERROR_SIZE];
	struct transfer *next, *prev;
};

struct engine {
	pthread_mutex_t *lock;
	pthread_t thread;
	bool is_stopping;
	CURLM *multi;
	struct timer *heap;
	size_t timer_count, timer_size;
	uint64_t next_order;
	struct transfer *fresh;	     /* made by any thread, not yet given to curl; oldest first */
	struct transfer **fresh_end; /* where the next one is linked */
	struct transfer *running;    /* given to curl */
	size_t running_count;
	CURL *idle[MAX_IDLE_HANDLES];
	size_t idle_count;
};

/* --- timers --- */

static bool is_before(const struct timer *a, const struct timer *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void heap_push(struct engine *engine, const struct timer *timer)
{
	size_t i = engine->timer_count++;

	if (engine->timer_count > engine->timer_size) {
		engine->timer_size = engine->timer_size ? 2 * engine->timer_size : 64;
		engine->heap = xrealloc(engine->heap, engine->timer_size, sizeof(*engine->heap));
	}
	while (i > 0 && is_before(timer, &engine->heap[(i - 1) / 2])) {
		engine->heap[i] = engine->heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	engine->heap[i] = *timer;
}

static struct timer heap_pop(struct engine *engine)
{
	struct timer *heap = engine->heap;
	const struct timer top = heap[0];
	const struct timer last = heap[--engine->timer_count];
	size_t i = 0;

	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= engine->timer_count)
			break;
		if (child + 1 < engine->timer_count && is_before(&heap[child + 1], &heap[child]))
			child++;
		if (!is_before(&heap[child], &last))
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = last;
	return top;
}

static void run_timers(struct engine *engine)
{
	usec_t now = clock_boottime();

	while (engine->timer_count > 0 && engine->heap[0].at <= now) {
		struct timer timer = heap_pop(engine);

		timer.fn(timer.ctx);
	}
}

static int wait_msec(const struct engine *engine)
{
	usec_t now = clock_boottime();

	if (engine->timer_count == 0)
		return MAX_WAIT_MSEC;
	if (engine->heap[0].at <= now)
		return 0;
	return (int)usec_min((engine->heap[0].at - now + USEC_PER_MSEC - 1) / USEC_PER_MSEC,
			     MAX_WAIT_MSEC);
}

/* --- requests --- */

struct outgoing *outgoing_new(const char *method, const char *url, const char *content_type)
{
	struct outgoing *outgoing = xnew(struct outgoing);

	outgoing->method = xstrdup(method);
	outgoing->url = xstrdup(url);
	outgoing->content_type = xstrdup_null(content_type);
	outgoing->body = BUF_INIT(16 * MIB);
	return outgoing;
}

struct outgoing *outgoing_free(struct outgoing *outgoing)
{
	if (!outgoing)
		return NULL;
	free(outgoing->method);
	free(outgoing->url);
	free(outgoing->content_type);
	buf_done(&outgoing->body);
	free(outgoing);
	return NULL;
}

static size_t on_reply_data(char *data, size_t size, size_t count, void *ctx)
{
	struct transfer *transfer = ctx;
	size_t len = size * count;
	size_t room = MAX_REPLY - transfer->reply.len;

	IGNORE(buf_add(&transfer->reply, data, len < room ? len : room)); /* it fits by design */
	return len;
}

static CURL *take_easy(struct engine *engine)
{
	CURL *easy = engine->idle_count > 0 ? engine->idle[--engine->idle_count] : curl_easy_init();

	if (!easy)
		abort();
	return easy;
}

static void give_easy(struct engine *engine, CURL *easy)
{
	curl_easy_reset(easy);
	if (engine->idle_count < MAX_IDLE_HANDLES)
		engine->idle[engine->idle_count++] = easy;
	else
		curl_easy_cleanup(easy);
}

static void add_headers(struct transfer *transfer)
{
	const struct outgoing *outgoing = transfer->outgoing;
	CLEANUP(freep)
	char *type = xasprintf("Content-Type:%s%s", outgoing->content_type ? " " : "",
			       outgoing->content_type ? outgoing->content_type : "");

	transfer->headers = curl_slist_append(transfer->headers, type);
	transfer->headers = curl_slist_append(transfer->headers, "Expect:");
	if (outgoing->chunked)
		transfer->headers =
			curl_slist_append(transfer->headers, "Transfer-Encoding: chunked");
}

static void start_transfer(struct engine *engine, struct transfer *transfer)
{
	const struct outgoing *outgoing = transfer->outgoing;
	CURL *easy = take_easy(engine);

	transfer->easy = easy;
	transfer->started_at = clock_boottime();
	add_headers(transfer);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
	curl_easy_setopt(easy, CURLOPT_URL, outgoing->url);
	if (outgoing->body.len > 0 || streq(outgoing->method, "POST")) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)outgoing->body.len);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, buf_text(&outgoing->body));
	}
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, outgoing->method);
	curl_easy_setopt(easy, CURLOPT_NOBODY, streq(outgoing->method, "HEAD") ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_reply_data);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, REQUEST_TIMEOUT_MSEC);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	curl_multi_add_handle(engine->multi, easy);

	transfer->prev = NULL;
	transfer->next = engine->running;
	if (engine->running)
		engine->running->prev = transfer;
	engine->running = transfer;
	engine->running_count++;
}

static void start_fresh(struct engine *engine)
{
	while (engine->fresh && engine->running_count < MAX_RUNNING) {
		struct transfer *transfer = engine->fresh;

		engine->fresh = transfer->next;
		if (!engine->fresh)
			engine->fresh_end = &engine->fresh;
		start_transfer(engine, transfer);
	}
}

static void free_transfer(struct engine *engine, struct transfer *transfer)
{
	if (transfer->easy) {
		curl_multi_remove_handle(engine->multi, transfer->easy);
		give_easy(engine, transfer->easy);
	}
	curl_slist_free_all(transfer->headers);
	buf_done(&transfer->reply);
	outgoing_free(transfer->outgoing);
	free(transfer);
}

static void remove_running(struct engine *engine, struct transfer *transfer)
{
	engine->running_count--;
	if (transfer->prev)
		transfer->prev->next = transfer->next;
	else
		engine->running = transfer->next;
	if (transfer->next)
		transfer->next->prev = transfer->prev;
}

static void finish_transfer(struct engine *engine, struct transfer *transfer, CURLcode code)
{
	struct outgoing_result result = {
		.body = buf_text(&transfer->reply),
		.len = transfer->reply.len,
		.elapsed = clock_boottime() - transfer->started_at,
	};
	long status = 0;

	if (code == CURLE_OK)
		curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	else
		result.error = transfer->error[0] ? transfer->error : curl_easy_strerror(code);
	result.status = (int)status;
	remove_running(engine, transfer);
	transfer->outgoing->on_done(&result, transfer->outgoing->ctx);
	free_transfer(engine, transfer);
}

static void finish_done(struct engine *engine)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(engine->multi, &left))) {
		void *transfer = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
		finish_transfer(engine, transfer, message->data.result);
	}
}

/* --- the thread --- */

static void *run_engine(void *arg)
{
	struct engine *engine = arg;
	int running, wait;

	pthread_mutex_lock(engine->lock);
	while (!engine->is_stopping) {
		run_timers(engine);
		start_fresh(engine);
		wait = wait_msec(engine);
		pthread_mutex_unlock(engine->lock);

		curl_multi_poll(engine->multi, NULL, 0, wait, NULL);
		curl_multi_perform(engine->multi, &running);

		pthread_mutex_lock(engine->lock);
		finish_done(engine);
	}
	pthread_mutex_unlock(engine->lock);
	return NULL;
}

struct engine *engine_start(pthread_mutex_t *lock)
{
	struct engine *engine = xnew(struct engine);

	engine->lock = lock;
	engine->fresh_end = &engine->fresh;
	engine->multi = curl_multi_init();
	if (!engine->multi)
		abort();
	if (pthread_create(&engine->thread, NULL, run_engine, engine) != 0)
		abort();
	return engine;
}

void engine_stop(struct engine *engine)
{
	pthread_mutex_lock(engine->lock);
	engine->is_stopping = true;
	pthread_mutex_unlock(engine->lock);
	curl_multi_wakeup(engine->multi);
	pthread_join(engine->thread, NULL);
}

void engine_free(struct engine *engine)
{
	while (engine->fresh) {
		struct transfer *transfer = engine->fresh;

		engine->fresh = transfer->next;
		free_transfer(engine, transfer);
	}
	while (engine->running) {
		struct transfer *transfer = engine->running;

		engine->running = transfer->next;
		free_transfer(engine, transfer);
	}
	while (engine->idle_count > 0)
		curl_easy_cleanup(engine->idle[--engine->idle_count]);
	curl_multi_cleanup(engine->multi);
	free(engine->heap);
	free(engine);
}

void engine_after(struct engine *engine, usec_t delay, engine_fn *fn, void *ctx)
{
	const struct timer timer = { clock_boottime() + delay, engine->next_order++, fn, ctx };

	heap_push(engine, &timer);
	curl_multi_wakeup(engine->multi);
}

void engine_send(struct engine *engine, struct outgoing *outgoing)
{
	struct transfer *transfer = xnew(struct transfer);

	transfer->outgoing = outgoing;
	transfer->reply = BUF_INIT(MAX_REPLY);
	*engine->fresh_end = transfer;
	engine->fresh_end = &transfer->next;
	curl_multi_wakeup(engine->multi);
}
