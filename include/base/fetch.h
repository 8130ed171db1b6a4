/*
 * Requests to others, by HTTP or SMTP: libcurl's multi interface on the loop. Only the fetch files
 * know curl.
 *
 * A fetcher has its own connection cache; handles of different trust never share one (a cached
 * connection bypasses every address check). Never follows redirects, never uses a proxy from the
 * environment, verifies TLS, speaks HTTP/1.1, and keeps at most `max_response` bytes of the reply.
 */
#ifndef MAAXD_BASE_FETCH_H
#define MAAXD_BASE_FETCH_H

#include "base/base.h"
#include "base/loop.h"

struct fetcher;
struct fetch;
struct guard;

enum fetch_error {
	FETCH_DONE,   /* a whole reply came; see status */
	FETCH_UNSENT, /* nothing of the request left: name, connection or TLS failed; safe to repeat
		       */
	FETCH_UNCERTAIN, /* cut off or timed out after some of the request was written: it may have
			    arrived */
};

struct fetch_request {
	const char *method; /* "POST" */
	const char *url;    /* http or https; no userinfo */
	const char *const
		*headers; /* "Name: value", NULL-terminated; values without control characters */
	const void *body; /* copied */
	size_t body_len;
	usec_t timeout;		/* of the whole exchange; at least 1 ms */
	usec_t connect_timeout; /* of name look-up, connection and TLS */
	size_t max_response; /* bytes of the reply body that are kept; the rest is read and dropped
			      * up to FETCH_MAX_DISCARD, then the transfer ends as done and
			      * truncated */
	const char
		*ca_file; /* trust these certificates instead of the system's; NULL: the system's */
	bool fresh_connection; /* never reuse one: curl silently repeats a POST on a dead reused one
				*/
	const struct guard *guard;     /* where it may lead to; copied. Of a guarded fetcher: each
					* request has one; of others: none */
	const struct fetch_mail *mail; /* a mail instead: `url` is that of a server, `body` the
					* message with CR LF; method and headers do not count. Each
					* mail wants a fetcher of its own: to another fetch of the
					* same one its connection would look idle */
};

#define FETCH_MAX_DISCARD (4 * MIB)

/*
 * The envelope of a mail and how it is handed over; if one recipient is refused, the mail is. The
 * result: FETCH_DONE when the server judged the mail, `status` being its SMTP code and `body` its
 * words; else what was in the way (connection, TLS, login) is in `detail`, and what the server said
 * last in `body`. FETCH_UNCERTAIN: the message was on its way.
 */
struct fetch_mail {
	const char *from;      /* an address, without <> */
	const char *const *to; /* addresses; NULL-terminated, one at least */
	const char *helo;      /* a host name to greet with; NULL: the machine's */
	const char *user;      /* NULL: no login */
	const char *password;
	bool starttls; /* with smtp: nothing is said before TLS but EHLO; without: no TLS at all */
};

struct fetch_result {
	enum fetch_error error;
	int status;	    /* HTTP status when error is FETCH_DONE, else 0 */
	const char *detail; /* words for an operator when there is no status; may hold addresses,
			     * though never those of a guarded request */
	const char *body;   /* reply body, never NULL; borrowed for the call */
	size_t body_len;
	bool truncated;	    /* the reply was longer than max_response */
	usec_t retry_after; /* of the Retry-After header; 0 when none or nonsense */
	usec_t elapsed;
	const char *content_type; /* "" when none */
	bool timed_out;
};

/* Called once from the loop, never from inside fetch_start() or fetch_cancel(). */
typedef void fetch_fn(const struct fetch_result *result, void *ctx);

MUST_CHECK int fetcher_new(struct loop *loop, unsigned max_connections,
			   struct fetcher **ret_fetcher);
/*
 * One for URLs that strangers supply. Each address that a name resolves to is checked before a
 * socket is made for it, and the one of a kept connection before it is used again; there is no
 * second look-up in between. A refused request ends as FETCH_UNSENT.
 */
MUST_CHECK int fetcher_new_guarded(struct loop *loop, unsigned max_connections,
				   struct fetcher **ret_fetcher);
/* Cancels what runs, without callbacks. Not from inside on_done. */
struct fetcher *fetcher_free(struct fetcher *fetcher);

/*
 * Starts a request. 0, or -EINVAL when the URL or a header is unusable. *ret_fetch stays valid
 * until on_done has been called; a fetch that is cancelled calls nothing.
 */
MUST_CHECK int fetch_start(struct fetcher *fetcher, const struct fetch_request *request,
			   fetch_fn *on_done, void *ctx, struct fetch **ret_fetch);
void fetch_cancel(struct fetch *fetch);
size_t fetcher_running(const struct fetcher *fetcher);

/*
 * Checks a URL for use in the configuration: http or https, a host, no userinfo, no fragment, no
 * control characters. 0, or -EINVAL with *ret_why (static text).
 */
MUST_CHECK int fetch_check_url(const char *url, const char **ret_why);

/* Whether "Name: value" can be sent as a header. */
bool fetch_check_header(const char *header);

/* Where a URL leads to, as curl reads it: "0x7f.1" and "2130706433" are 127.0.0.1 here too. */
struct fetch_url {
	char *host; /* lower case, without brackets */
	uint16_t port;
	bool is_https;
};

/* 0, or -EINVAL as fetch_check_url(). fetch_url_done() frees what it fills. */
MUST_CHECK int fetch_parse_url(const char *url, struct fetch_url *ret_url, const char **ret_why);
void fetch_url_done(struct fetch_url *url);

/*
 * Checks the URL of a mail server: smtp or smtps, a host, perhaps a port, and nothing behind it. 0,
 * or -EINVAL with *ret_why (static text).
 */
MUST_CHECK int fetch_check_server(const char *url, const char **ret_why);

void fetch_global_init(void);
const char *fetch_version(void); /* libcurl's version and TLS library */

#endif
