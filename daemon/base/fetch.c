/*
 * HTTP requests to others: curl's socket interface on the loop. What one request and its reply are
 * to curl is in fetch_easy.c.
 *
 * Inside curl's callbacks only sources are armed and bytes counted; what is finished is taken from
 * curl_multi_info_read() after curl has returned, one at a time, so that a callback of ours may
 * start and cancel whatever it likes.
 */
#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <sys/epoll.h>

#include "base/clock.h"
#include "base/fetch.h"
#include "base/fetch_easy.h"
#include "base/fetch_mail.h"
#include "base/loop.h"

#define DEADLINE_GRACE (20 * USEC_PER_MSEC) /* curl comes first where it can: it says more */

struct fetcher {
	struct loop *loop;
	CURLM *multi;
	struct loop_source *timer;    /* when curl wants to be called */
	struct loop_source *deadline; /* at or before the first deadline of all fetches */
	struct watch *watches;
	struct fetch *fetches;
	size_t running;
	bool is_guarded; /* handles of different trust never share connections */
	bool reporting;	 /* inside on_done */
};

/* One socket that curl wants watched. */
struct watch {
	struct fetcher *fetcher;
	struct loop_source *source;
	struct watch *next, **link; /* link: what points here */
};

struct fetch {
	struct fetcher *fetcher;
	struct fetch *next, **link;
	fetch_fn *on_done;
	void *ctx;
	usec_t started_at, deadline_at; /* CLOCK_BOOTTIME */
	bool reporting;			/* on_done runs; the fetch is out of curl already */
	struct fetch_easy easy;
};

/* ---- the loop's side ---- */

static void report_done(struct fetcher *fetcher);
static void on_deadline(void *ctx);

static void on_socket(int fd, uint32_t events, void *ctx)
{
	struct watch *watch = ctx;
	struct fetcher *fetcher = watch->fetcher; /* curl may end the watch */
	int action = 0;
	if (events & (EPOLLIN | EPOLLHUP))
		action |= CURL_CSELECT_IN;
	if (events & EPOLLOUT)
		action |= CURL_CSELECT_OUT;
	if (events & EPOLLERR)
		action |= CURL_CSELECT_ERR;
	int running = 0;
	curl_multi_socket_action(fetcher->multi, fd, action, &running);
	report_done(fetcher);
}

static void on_timeout(void *ctx)
{
	struct fetcher *fetcher = ctx;
	int running = 0;
	curl_multi_socket_action(fetcher->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	report_done(fetcher);
}

static void watch_free(struct watch *watch)
{
	loop_source_free(watch->source);
	*watch->link = watch->next;
	if (watch->next)
		watch->next->link = watch->link;
	free(watch);
}

static void watch_new(struct fetcher *fetcher, curl_socket_t fd, uint32_t events)
{
	struct watch *watch = xnew(struct watch);
	if (loop_add_io(fetcher->loop, fd, events, on_socket, watch, &watch->source) < 0) {
		free(watch);
		return;
	}
	watch->fetcher = fetcher;
	watch->next = fetcher->watches;
	watch->link = &fetcher->watches;
	if (watch->next)
		watch->next->link = &watch->next;
	fetcher->watches = watch;
	curl_multi_assign(fetcher->multi, fd, watch);
}

/*
 * CURLMOPT_SOCKETFUNCTION. A socket that the system will not let us watch is left to its transfer's
 * time-out: to curl, a failure here would be the end of all transfers of the handle.
 */
static int on_socket_change(CURL *easy, curl_socket_t fd, int what, void *ctx, void *socket_ctx)
{
	(void)easy;
	struct fetcher *fetcher = ctx;
	struct watch *watch = socket_ctx;
	if (what == CURL_POLL_REMOVE) {
		if (watch)
			watch_free(watch);
		return 0;
	}

	uint32_t events = 0;
	if (what & CURL_POLL_IN)
		events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		events |= EPOLLOUT;
	if (watch)
		IGNORE(loop_set_io_events(watch->source, events)); /* as above */
	else
		watch_new(fetcher, fd, events);
	return 0;
}

/* CURLMOPT_TIMERFUNCTION */
static int on_timer_change(CURLM *multi, long timeout_ms, void *ctx)
{
	(void)multi;
	struct fetcher *fetcher = ctx;
	usec_t at = timeout_ms < 0 ? USEC_NEVER : clock_now() + (usec_t)timeout_ms * USEC_PER_MSEC;
	loop_set_timer(fetcher->timer, at);
	return 0;
}

static int multi_setup(struct fetcher *fetcher, unsigned max_connections)
{
	CURLM *multi = fetcher->multi;
	bool ok = !curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket_change) &&
		  !curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, fetcher) &&
		  !curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer_change) &&
		  !curl_multi_setopt(multi, CURLMOPT_TIMERDATA, fetcher) &&
		  !curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)max_connections) &&
		  !curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)max_connections);
	return ok ? 0 : -EINVAL;
}

int fetcher_new(struct loop *loop, unsigned max_connections, struct fetcher **ret_fetcher)
{
	assert(max_connections > 0); /* to curl 0 would mean no limit */
	struct fetcher *fetcher = xnew(struct fetcher);
	fetcher->loop = loop;
	fetcher->multi = curl_multi_init();
	int r = fetcher->multi ? multi_setup(fetcher, max_connections) : -ENOMEM;
	if (r >= 0)
		r = loop_add_timer(loop, on_timeout, fetcher, &fetcher->timer);
	if (r >= 0)
		r = loop_add_timer(loop, on_deadline, fetcher, &fetcher->deadline);
	if (r < 0) {
		fetcher_free(fetcher);
		return r;
	}
	*ret_fetcher = fetcher;
	return 0;
}

int fetcher_new_guarded(struct loop *loop, unsigned max_connections, struct fetcher **ret_fetcher)
{
	int r = fetcher_new(loop, max_connections, ret_fetcher);
	if (r >= 0)
		(*ret_fetcher)->is_guarded = true;
	return r;
}

/* ---- the end of a fetch ---- */

static void fetch_free(struct fetch *fetch)
{
	fetch_easy_done(&fetch->easy);
	free(fetch);
}

/* Takes a fetch out of curl and out of its fetcher. */
static void fetch_detach(struct fetch *fetch)
{
	fetch_mail_hang_up(&fetch->easy);
	curl_multi_remove_handle(fetch->fetcher->multi, fetch->easy.curl);
	*fetch->link = fetch->next;
	if (fetch->next)
		fetch->next->link = fetch->link;
	fetch->fetcher->running--;
}

void fetch_cancel(struct fetch *fetch)
{
	/* Its own on_done has just begun: nothing is left to cancel, and report() frees it. */
	if (fetch->reporting)
		return;
	fetch_detach(fetch);
	fetch_free(fetch);
}

struct fetcher *fetcher_free(struct fetcher *fetcher)
{
	if (!fetcher)
		return NULL;
	assert(!fetcher->reporting);
	while (fetcher->fetches)
		fetch_cancel(fetcher->fetches);
	/* Closing the idle connections must not ask for anything any more. */
	curl_multi_setopt(fetcher->multi, CURLMOPT_SOCKETFUNCTION, NULL);
	curl_multi_setopt(fetcher->multi, CURLMOPT_TIMERFUNCTION, NULL);
	while (fetcher->watches)
		watch_free(fetcher->watches);
	curl_multi_cleanup(fetcher->multi);
	loop_source_free(fetcher->timer);
	loop_source_free(fetcher->deadline);
	free(fetcher);
	return NULL;
}

size_t fetcher_running(const struct fetcher *fetcher)
{
	return fetcher->running;
}

static void report(struct fetch *fetch, CURLcode code)
{
	struct fetch_result result = fetch_easy_result(&fetch->easy, code);
	result.elapsed = clock_boottime() - fetch->started_at;

	struct fetcher *fetcher = fetch->fetcher;
	fetch_detach(fetch);
	fetch->reporting = fetcher->reporting = true;
	fetch->on_done(&result, fetch->ctx);
	fetcher->reporting = false;
	fetch_free(fetch);
}

/* fetch_mail_fn */
static void on_mail_end(CURLcode code, void *ctx)
{
	report(ctx, code);
}

/* To a mail server curl has only connected so far. */
static bool goes_on(struct fetch *fetch, CURLcode code)
{
	return code == CURLE_OK && fetch->easy.talk &&
	       fetch_mail_talk(&fetch->easy, fetch->fetcher->loop, on_mail_end, fetch) == 0;
}

/* One message at a time: a callback may cancel the fetch whose message would have been next. */
static void report_done(struct fetcher *fetcher)
{
	int left = 0;
	for (CURLMsg *message; (message = curl_multi_info_read(fetcher->multi, &left));) {
		CURLcode code = message->data.result;
		char *fetch = NULL;
		if (message->msg == CURLMSG_DONE &&
		    !curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &fetch) && fetch &&
		    !goes_on((struct fetch *)(void *)fetch, code))
			report((struct fetch *)(void *)fetch, code);
	}
}

/*
 * A fetch that waits for a free connection has no time-out in curl 7.88, and one whose socket could
 * not be watched would wait for ever. So the deadlines are kept here as well.
 */
static void on_deadline(void *ctx)
{
	struct fetcher *fetcher = ctx;
	usec_t now = clock_boottime();
	usec_t next = USEC_NEVER;

	report_done(fetcher);
	for (struct fetch *fetch = fetcher->fetches; fetch;) {
		if (fetch->deadline_at <= now) {
			report(fetch, CURLE_OPERATION_TIMEDOUT);
			fetch = fetcher->fetches; /* on_done may have changed the list: again */
			next = USEC_NEVER;
			continue;
		}
		next = usec_min(next, fetch->deadline_at);
		fetch = fetch->next;
	}
	if (next != USEC_NEVER)
		loop_set_timer_earlier(fetcher->deadline, clock_now() + (next - now));
}

/* ---- the start of a fetch ---- */

/* Notes a fetch that curl has taken. */
static void fetch_attach(struct fetch *fetch, usec_t timeout)
{
	struct fetcher *fetcher = fetch->fetcher;
	fetch->next = fetcher->fetches;
	fetch->link = &fetcher->fetches;
	if (fetch->next)
		fetch->next->link = &fetch->next;
	fetcher->fetches = fetch;
	fetcher->running++;

	usec_t until = usec_min(timeout, FETCH_MAX_TIMEOUT) + DEADLINE_GRACE;
	fetch->started_at = clock_boottime();
	fetch->deadline_at = fetch->started_at + until;
	loop_set_timer_earlier(fetcher->deadline, clock_now() + until);
}

int fetch_start(struct fetcher *fetcher, const struct fetch_request *request, fetch_fn *on_done,
		void *ctx, struct fetch **ret_fetch)
{
	if (fetcher->is_guarded != (request->guard != NULL))
		return -EINVAL;
	struct fetch *fetch = xnew(struct fetch);
	fetch->fetcher = fetcher;
	fetch->on_done = on_done;
	fetch->ctx = ctx;
	int r = fetch_easy_init(&fetch->easy, request, fetch);
	if (r >= 0 && curl_multi_add_handle(fetcher->multi, fetch->easy.curl))
		r = -ENOMEM;
	if (r < 0) {
		fetch_free(fetch);
		return r;
	}

	fetch_attach(fetch, request->timeout);
	*ret_fetch = fetch;
	return 0;
}

/* ---- the library ---- */

void fetch_global_init(void)
{
	/* Fails only without memory or entropy; nothing could be sent then. */
	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		abort();
}

const char *fetch_version(void)
{
	return curl_version();
}
