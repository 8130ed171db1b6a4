/* One request as a curl easy handle, and its reply: the inside of fetch.c, for fetch.c only. */
#ifndef MAAXD_BASE_FETCH_EASY_H
#define MAAXD_BASE_FETCH_EASY_H

#include <curl/curl.h>

#include "base/base.h"
#include "base/buf.h"
#include "base/fetch.h"
#include "base/guard.h"

struct mail_talk;

#define FETCH_MAX_TIMEOUT USEC_PER_DAY /* curl counts milliseconds in int */

/* Must not move while the handle lives: curl writes into it. */
struct fetch_easy {
	CURL *curl;
	struct curl_slist *headers; /* of the request */
	struct buf body;	    /* of the reply, as all below */
	size_t dropped;		    /* bytes of the body beyond the ceiling */
	size_t header_bytes;
	bool body_began;
	bool discard_ended; /* we ended it: enough was dropped */
	bool is_guarded;
	bool has_connected;	    /* guarded: an address was allowed */
	enum guard_verdict refused; /* guarded: what the last refused address was */
	struct guard guard;
	struct mail_talk *talk; /* of a mail; NULL: none */
	char error[CURL_ERROR_SIZE];
};

/* `private_ptr` is what CURLINFO_PRIVATE gives back. 0, -EINVAL or -ENOMEM; undone by
 * fetch_easy_done() in any case. */
MUST_CHECK int fetch_easy_init(struct fetch_easy *easy, const struct fetch_request *request,
			       void *private_ptr);
void fetch_easy_done(struct fetch_easy *easy);

/* What requests of every protocol have in common. */
CURLcode fetch_easy_set(struct fetch_easy *easy, const struct fetch_request *request,
			void *private_ptr);

/* What came of it; curl ended with `code`. Everything but `elapsed`; borrowed from `easy`. */
struct fetch_result fetch_easy_result(const struct fetch_easy *easy, CURLcode code);

#endif
