/* A blocking HTTP client for tests, over libcurl. Any failure to get a reply is a status of 0. */
#ifndef MAAXD_TESTS_LIB_HTTP_CLIENT_H
#define MAAXD_TESTS_LIB_HTTP_CLIENT_H

#include "base/base.h"
#include "base/buf.h"
#include "base/json.h"

struct http_call {
	const char *method; /* NULL: GET, or POST when there is a body */
	const char *url;
	const char *unix_socket;    /* path; NULL: TCP */
	const char *const *headers; /* "Name: value", NULL-terminated; may be NULL */
	const void *body;	    /* NULL: none */
	size_t body_len;	    /* 0: of the text */
	usec_t timeout;		    /* 0: 60 seconds */
};

struct http_answer {
	int status;	    /* 0: no reply came */
	struct buf headers; /* as they came, one a line */
	struct buf body;
	struct json_object *json; /* the body, if it is JSON; else NULL */
	char error[256];	  /* why no reply came */
};

/* http_answer_done() frees what it fills. */
void http_do(const struct http_call *call, struct http_answer *ret_answer);
void http_answer_done(struct http_answer *answer);

/* The value of a reply header, or NULL. The caller's. */
char *http_answer_header(const struct http_answer *answer, const char *name);

/* GET a URL, or POST a text to it. */
void http_get(const char *url, struct http_answer *ret_answer);
void http_post(const char *url, const char *body, struct http_answer *ret_answer);

#endif
