/*
 * One request as a curl easy handle: every option is set here, and the reply is counted here. The
 * socket, the time and the end of it are fetch.c's.
 */
#include <curl/curl.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fetch.h"
#include "base/fetch_easy.h"
#include "base/fetch_mail.h"

#define MAX_HEADER_BYTES (64 * KIB)
#define SYSTEM_CA_FILE "/etc/ssl/certs/ca-certificates.crt"
#define RETRY_AFTER_MAX (365 * USEC_PER_DAY)

/* ---- URLs ---- */

static inline void url_freep(CURLU **url)
{
	curl_url_cleanup(*url);
}

static bool url_has(CURLU *url, CURLUPart part)
{
	char *text = NULL;
	bool has = curl_url_get(url, part, &text, 0) == CURLUE_OK;
	curl_free(text);
	return has;
}

/* What curl would forgive: other schemes, blanks, "http:host", "http:///host". Or NULL. */
static const char *url_shape_fault(const char *text)
{
	for (const char *at = text; *at; at++) {
		unsigned char c = (unsigned char)*at;
		if (c <= 0x20 || c == 0x7F)
			return "a blank or control character in the URL";
	}
	size_t scheme = 0;
	if (strncasecmp(text, "https://", 8) == 0)
		scheme = 8;
	else if (strncasecmp(text, "http://", 7) == 0)
		scheme = 7;
	if (scheme == 0)
		return "the URL does not start with http:// or https://";
	if (strchr("/?#", text[scheme])) /* the NUL too */
		return "no host in the URL";
	if (strchr(text, '#'))
		return "a fragment (#) in the URL";
	return NULL;
}

int fetch_check_url(const char *text, const char **ret_why)
{
	const char *why = url_shape_fault(text);
	CLEANUP(url_freep) CURLU *url = curl_url();
	if (!url)
		abort();

	if (!why && curl_url_set(url, CURLUPART_URL, text, 0))
		why = "not a valid URL";
	if (!why && (url_has(url, CURLUPART_USER) || url_has(url, CURLUPART_PASSWORD)))
		why = "a user name or password in the URL";
	if (!why)
		return 0;
	*ret_why = why;
	return -EINVAL;
}

static char *url_part(CURLU *url, CURLUPart part)
{
	char *text = NULL;
	char *copy = NULL;
	if (curl_url_get(url, part, &text, CURLU_DEFAULT_PORT) == CURLUE_OK)
		copy = xstrdup(text);
	curl_free(text);
	return copy;
}

/* Takes the brackets of an IPv6 address away, and capitals. */
static void normalize_host(char *host)
{
	size_t len = strlen(host);
	if (host[0] == '[' && host[len - 1] == ']') {
		memmove(host, host + 1, len - 2);
		host[len - 2] = '\0';
	}
	for (; *host; host++)
		if (*host >= 'A' && *host <= 'Z')
			*host = (char)(*host + 32);
}

int fetch_parse_url(const char *text, struct fetch_url *ret_url, const char **ret_why)
{
	CLEANUP(url_freep) CURLU *url = NULL;
	CLEANUP(freep) char *host = NULL;
	CLEANUP(freep) char *port = NULL;
	int r = fetch_check_url(text, ret_why);
	if (r < 0)
		return r;
	url = curl_url();
	if (!url)
		abort();
	*ret_why = "not a valid URL";
	if (curl_url_set(url, CURLUPART_URL, text, 0))
		return -EINVAL;
	host = url_part(url, CURLUPART_HOST);
	port = url_part(url, CURLUPART_PORT);
	if (!host || !port)
		return -EINVAL;
	normalize_host(host);
	*ret_url = (struct fetch_url){
		.host = TAKE(host),
		.port = (uint16_t)strtoul(port, NULL, 10),
		.is_https = strncasecmp(text, "https:", 6) == 0,
	};
	return 0;
}

void fetch_url_done(struct fetch_url *url)
{
	free(url->host);
	*url = (struct fetch_url){ 0 };
}

/* ---- the request ---- */

static bool is_token_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("!#$%&'*+-.^_`|~", c));
}

static size_t token_len(const char *text)
{
	size_t len = 0;
	while (is_token_char(text[len]))
		len++;
	return len;
}

static bool has_control(const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		if ((c < 0x20 && c != '\t') || c == 0x7F)
			return true;
	}
	return false;
}

/* "Name: value"; curl would drop one without a value in silence. */
static bool header_is_valid(const char *header)
{
	size_t name = token_len(header);
	if (name == 0 || header[name] != ':')
		return false;
	const char *value = header + name + 1;
	return value[strspn(value, " \t")] != '\0' && !has_control(value);
}

bool fetch_check_header(const char *header)
{
	return header_is_valid(header);
}

static int add_header(struct fetch_easy *easy, const char *header)
{
	struct curl_slist *longer = curl_slist_append(easy->headers, header);
	if (!longer)
		return -ENOMEM;
	easy->headers = longer;
	return 0;
}

static int add_headers(struct fetch_easy *easy, const struct fetch_request *request)
{
	bool has_type = false;
	for (const char *const *header = request->headers; header && *header; header++) {
		if (!header_is_valid(*header))
			return -EINVAL;
		has_type |= strncasecmp(*header, "Content-Type:", strlen("Content-Type:")) == 0;
		int r = add_header(easy, *header);
		if (r < 0)
			return r;
	}
	/* Without a value: curl must not add its own. Waiting for a "100 Continue" only costs. */
	int r = add_header(easy, "Expect:");
	if (r >= 0 && !has_type)
		r = add_header(easy, "Content-Type:");
	return r;
}

/* CURLOPT_WRITEFUNCTION */
static size_t on_body(char *data, size_t size, size_t count, void *ctx)
{
	struct fetch_easy *easy = ctx;
	size_t len = size * count;
	size_t room = easy->body.max - easy->body.len;
	size_t kept = len < room ? len : room;

	easy->body_began |= len > 0;
	if (buf_add(&easy->body, data, kept) < 0)
		return CURL_WRITEFUNC_ERROR;
	easy->dropped += len - kept;
	if (easy->dropped > FETCH_MAX_DISCARD) {
		easy->discard_ended = true;
		return CURL_WRITEFUNC_ERROR;
	}
	return len;
}

/* CURLOPT_HEADERFUNCTION: curl 7.88 keeps all headers and has no bound for their sum. */
/* NOLINTNEXTLINE(readability-non-const-parameter): the type is curl's */
static size_t on_header(char *data, size_t size, size_t count, void *ctx)
{
	(void)data;
	struct fetch_easy *easy = ctx;
	easy->header_bytes += size * count;
	return easy->header_bytes > MAX_HEADER_BYTES ? CURL_WRITEFUNC_ERROR : size * count;
}

/*
 * CURLOPT_OPENSOCKETFUNCTION: curl's own would leave the socket to the commands we run. Here the
 * address is the resolved one that is about to be connected to.
 */
static curl_socket_t on_open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct fetch_easy *easy = ctx;
	enum guard_verdict verdict = GUARD_ALLOWED;

	(void)purpose;
	if (easy->is_guarded)
		verdict = guard_check(&easy->guard, &address->addr, address->addrlen);
	if (verdict != GUARD_ALLOWED) {
		easy->refused = verdict;
		return CURL_SOCKET_BAD;
	}
	easy->has_connected = true;
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* CURLOPT_PREREQFUNCTION: a kept connection opens no socket, but it passes here. */
/* NOLINTNEXTLINE(readability-non-const-parameter): the type is curl's */
static int on_request(void *ctx, char *peer, char *own, int peer_port, int own_port)
{
	struct fetch_easy *easy = ctx;
	enum guard_verdict verdict = guard_check_text(&easy->guard, peer, (uint16_t)peer_port);

	(void)own, (void)own_port;
	if (verdict == GUARD_ALLOWED)
		return CURL_PREREQFUNC_OK;
	easy->refused = verdict;
	easy->has_connected = false;
	return CURL_PREREQFUNC_ABORT;
}

static long to_msec(usec_t length)
{
	usec_t bounded = usec_min(length, FETCH_MAX_TIMEOUT);
	return (long)usec_max(1, (bounded + USEC_PER_MSEC - 1) / USEC_PER_MSEC);
}

static CURLcode set_longs(CURL *curl, const struct fetch_request *request)
{
	usec_t connect_timeout = usec_min(request->connect_timeout, request->timeout);
	const struct {
		CURLoption option;
		long value;
	} options[] = {
		{ CURLOPT_NOSIGNAL, 1 },
		{ CURLOPT_FOLLOWLOCATION, 0 },
		{ CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1 },
		{ CURLOPT_SSL_VERIFYPEER, 1 },
		{ CURLOPT_SSL_VERIFYHOST, 2 },
		{ CURLOPT_DISALLOW_USERNAME_IN_URL, 1 },
		{ CURLOPT_MAXAGE_CONN, 60 },
		{ CURLOPT_MAXLIFETIME_CONN, 300 },
		{ CURLOPT_TIMEOUT_MS, to_msec(request->timeout) },
		{ CURLOPT_CONNECTTIMEOUT_MS, to_msec(connect_timeout) },
		{ CURLOPT_FRESH_CONNECT, request->fresh_connection },
		{ CURLOPT_FORBID_REUSE, request->fresh_connection },
	};

	CURLcode code = CURLE_OK;
	for (size_t i = 0; i < ARRAY_SIZE(options) && !code; i++)
		code = curl_easy_setopt(curl, options[i].option, options[i].value);
	return code;
}

static CURLcode set_pointers(struct fetch_easy *easy, const struct fetch_request *request,
			     void *private_ptr)
{
	const struct {
		CURLoption option;
		const void *value;
	} options[] = {
		{ CURLOPT_URL, request->url },
		{ CURLOPT_PROXY, "" }, /* nor one of the environment */
		{ CURLOPT_ERRORBUFFER, easy->error },
		{ CURLOPT_PRIVATE, private_ptr },
		{ CURLOPT_WRITEDATA, easy },
		{ CURLOPT_HEADERDATA, easy },
		{ CURLOPT_OPENSOCKETDATA, easy },
	};

	CURLcode code = CURLE_OK;
	for (size_t i = 0; i < ARRAY_SIZE(options) && !code; i++)
		code = curl_easy_setopt(easy->curl, options[i].option, options[i].value);
	return code;
}

/*
 * One file of certificates, and the directory off. curl's GnuTLS side reads them anew for each
 * handshake, in our thread: measured some 30 ms for the system's directory, 6 ms for the same in
 * one file, next to nothing for a file of one certificate.
 */
static CURLcode set_trust(CURL *curl, const char *ca_file)
{
	if (!ca_file && access(SYSTEM_CA_FILE, R_OK) == 0)
		ca_file = SYSTEM_CA_FILE;
	if (!ca_file)
		return CURLE_OK; /* a system without it: what its curl was built with */
	CURLcode code = curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	return code ? code : curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file);
}

CURLcode fetch_easy_set(struct fetch_easy *easy, const struct fetch_request *request,
			void *private_ptr)
{
	CURLcode code = set_longs(easy->curl, request);
	if (!code)
		code = set_pointers(easy, request, private_ptr);
	if (!code)
		code = curl_easy_setopt(easy->curl, CURLOPT_WRITEFUNCTION, on_body);
	if (!code)
		code = curl_easy_setopt(easy->curl, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
	if (!code)
		code = set_trust(easy->curl, request->ca_file);
	return code;
}

/* What curl expects of the exchange; the method's name itself is CURLOPT_CUSTOMREQUEST. */
static CURLcode set_body(CURL *curl, const struct fetch_request *request)
{
	if (streq(request->method, "HEAD"))
		return curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
	if (request->body_len == 0 && !streq(request->method, "POST"))
		return curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
	CURLcode code =
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_len);
	if (code)
		return code;
	const void *body = request->body_len > 0 ? request->body : "";
	return curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, body);
}

static CURLcode set_http(struct fetch_easy *easy, const struct fetch_request *request)
{
	CURL *curl = easy->curl;
	bool is_secure = easy->is_guarded && !easy->guard.allows_http;
	/* The body before the method's name: each kind of body implies one. */
	CURLcode code = set_body(curl, request);
	if (!code)
		code = curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
	if (!code)
		code = curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR,
					is_secure ? "https" : "http,https");
	if (!code)
		code = curl_easy_setopt(curl, CURLOPT_HTTPHEADER, easy->headers);
	if (!code)
		code = curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
	if (!code && easy->is_guarded)
		code = curl_easy_setopt(curl, CURLOPT_PREREQDATA, easy);
	if (!code && easy->is_guarded)
		code = curl_easy_setopt(curl, CURLOPT_PREREQFUNCTION, on_request);
	return code;
}

static int check_http(struct fetch_easy *easy, const struct fetch_request *request)
{
	const char *why = NULL;
	int r = fetch_check_url(request->url, &why);
	if (r < 0)
		return r;
	size_t method_len = token_len(request->method);
	if (method_len == 0 || request->method[method_len])
		return -EINVAL;
	return add_headers(easy, request);
}

int fetch_easy_init(struct fetch_easy *easy, const struct fetch_request *request, void *private_ptr)
{
	*easy = (struct fetch_easy){ .body = BUF_INIT(request->max_response) };
	easy->is_guarded = request->guard != NULL;
	if (request->guard)
		easy->guard = *request->guard;
	int r = request->mail ? fetch_mail_init(easy, request) : check_http(easy, request);
	if (r < 0)
		return r;

	easy->curl = curl_easy_init();
	if (!easy->curl)
		return -ENOMEM;
	CURLcode code = fetch_easy_set(easy, request, private_ptr);
	if (!code)
		code = request->mail ? fetch_mail_set(easy, request) : set_http(easy, request);
	if (code)
		return code == CURLE_OUT_OF_MEMORY ? -ENOMEM : -EINVAL;
	return 0;
}

void fetch_easy_done(struct fetch_easy *easy)
{
	curl_easy_cleanup(easy->curl);
	curl_slist_free_all(easy->headers);
	fetch_mail_done(easy);
	buf_done(&easy->body);
}

/* ---- the reply ---- */

/* A whole reply, as far as we wanted it? Then its status counts, however curl ended. */
static bool has_reply(const struct fetch_easy *easy, CURLcode code)
{
	if (code == CURLE_OK || easy->discard_ended)
		return true;
	return easy->body_began && easy->body.len == easy->body.max;
}

/* Anything written may have arrived; curl counts the bytes that the socket took. */
static enum fetch_error failure_kind(const struct fetch_easy *easy)
{
	long written = 0;
	curl_easy_getinfo(easy->curl, CURLINFO_REQUEST_SIZE, &written);
	return written > 0 ? FETCH_UNCERTAIN : FETCH_UNSENT;
}

static usec_t retry_after_of(const struct fetch_easy *easy)
{
	curl_off_t seconds = 0;
	curl_easy_getinfo(easy->curl, CURLINFO_RETRY_AFTER, &seconds);
	if (seconds <= 0)
		return 0;
	if ((usec_t)seconds > RETRY_AFTER_MAX / USEC_PER_SEC)
		return RETRY_AFTER_MAX;
	return (usec_t)seconds * USEC_PER_SEC;
}

static void fill_reply(const struct fetch_easy *easy, CURLcode code, struct fetch_result *result)
{
	long status = 0;
	const char *content_type = NULL;
	curl_easy_getinfo(easy->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(easy->curl, CURLINFO_CONTENT_TYPE, &content_type);
	result->error = FETCH_DONE;
	result->status = (int)status;
	result->body = buf_text(&easy->body);
	result->body_len = easy->body.len;
	result->truncated = code != CURLE_OK || easy->dropped > 0;
	result->retry_after = retry_after_of(easy);
	if (content_type)
		result->content_type = content_type;
}

/* Whoever supplied a guarded URL may read this: nothing of what its name resolved to. */
static const char *describe(const struct fetch_easy *easy, CURLcode code)
{
	if (easy->refused != GUARD_ALLOWED && !easy->has_connected)
		return guard_explain(easy->refused);
	if (easy->is_guarded || !easy->error[0])
		return curl_easy_strerror(code);
	return easy->error;
}

struct fetch_result fetch_easy_result(const struct fetch_easy *easy, CURLcode code)
{
	struct fetch_result result = { .detail = "", .body = "", .content_type = "" };
	if (easy->talk)
		return fetch_mail_result(easy, code);
	if (has_reply(easy, code)) {
		fill_reply(easy, code, &result);
	} else {
		result.error = failure_kind(easy);
		result.timed_out = code == CURLE_OPERATION_TIMEDOUT;
		result.detail = describe(easy, code);
	}
	return result;
}
