/* Which row of a route table a method and path belong to; 404 told from 405. Knows no library. */
#ifndef MAAXD_HTTP_MATCH_H
#define MAAXD_HTTP_MATCH_H

#include "base/base.h"

#define HTTP_MAX_PARAMS 4

struct http_request;
typedef void http_handler_fn(struct http_request *request, void *ctx);

/*
 * One route. All columns are given in every row: a route cannot be added without deciding its auth
 * and its body limit.
 */
struct http_route {
	const char *method;  /* "GET"; "GET|POST|PUT" lists several; GET also answers HEAD */
	const char *pattern; /* "/v1/messages/{id}": {name} is one segment, not empty; a trailing
			      * slash in the request is tolerated */
	unsigned serve;	     /* bits: the listeners it is on */
	int auth;	     /* the program's own number, for its authorize hook; 0 is none */
	size_t max_body;     /* bytes; more is 413 */
	http_handler_fn *handler;
	const char *content_type; /* required of a request with a body ("application/json"), else
				   * 415; NULL: any */
};

struct http_route_table {
	const struct http_route *routes;
	size_t count;
};

struct http_param {
	const char *value; /* borrowed from the path, percent-decoding not done */
	size_t len;
};

enum http_match { HTTP_MATCH_FOUND, HTTP_MATCH_NO_PATH, HTTP_MATCH_NO_METHOD };

struct http_matched {
	const struct http_route *route;		   /* when found */
	struct http_param params[HTTP_MAX_PARAMS]; /* in the order of the pattern */
	size_t param_count;
	char allow[64]; /* when NO_METHOD: the value of Allow */
};

/* `path` is the raw path up to '?'. Routes whose `serve` has none of the bits do not exist. */
enum http_match http_match(const struct http_route_table *table, unsigned serve, const char *method,
			   const char *path, size_t path_len, struct http_matched *ret_matched);

#endif
