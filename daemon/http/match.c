/*
 * The route table walked once per request, first fitting row first. A few dozen rows that mostly
 * differ in their first bytes need no index.
 */
#include <assert.h>
#include <string.h>

#include "http/match.h"

/* One segment cut off the front of a path or pattern: what is between two slashes. */
static bool next_segment(const char **rest, const char *end, struct http_param *ret_segment)
{
	if (*rest >= end)
		return false;

	const char *start = *rest + 1; /* past the slash */
	const char *slash = memchr(start, '/', (size_t)(end - start));
	const char *stop = slash ? slash : end;

	*ret_segment = (struct http_param){ .value = start, .len = (size_t)(stop - start) };
	*rest = stop;
	return true;
}

/* The length without one trailing slash. The root has nothing left. */
static size_t trimmed_len(const char *path, size_t len)
{
	return len > 0 && path[len - 1] == '/' ? len - 1 : len;
}

static bool match_path(const char *pattern, const char *path, size_t path_len,
		       struct http_matched *matched)
{
	const char *pattern_end = pattern + trimmed_len(pattern, strlen(pattern));
	const char *path_end = path + trimmed_len(path, path_len);
	struct http_param want, have;

	matched->param_count = 0;
	while (next_segment(&pattern, pattern_end, &want)) {
		if (!next_segment(&path, path_end, &have))
			return false;
		if (want.len > 0 && want.value[0] == '{') {
			if (have.len == 0)
				return false;
			assert(matched->param_count < HTTP_MAX_PARAMS);
			matched->params[matched->param_count++] = have;
		} else if (want.len != have.len || memcmp(want.value, have.value, want.len) != 0) {
			return false;
		}
	}
	return path == path_end;
}

/* True when `list` ("GET|POST") has the method. */
static bool has_method(const char *list, const char *method, size_t len)
{
	for (const char *word = list; *word;) {
		size_t word_len = strcspn(word, "|");

		if (word_len == len && memcmp(word, method, len) == 0)
			return true;
		word += word_len;
		word += *word == '|';
	}
	return false;
}

static bool allows(const char *list, const char *method)
{
	size_t len = strlen(method);

	return has_method(list, method, len) ||
	       (streq(method, "HEAD") && has_method(list, "GET", 3));
}

/* Adds a method to the value of Allow, unless it is there or does not fit. */
static void add_method(struct http_matched *matched, const char *method, size_t len)
{
	size_t used = strlen(matched->allow);

	for (const char *word = matched->allow; *word;) {
		size_t word_len = strcspn(word, ",");

		if (word_len == len && memcmp(word, method, len) == 0)
			return;
		word += word_len;
		word += strspn(word, ", ");
	}
	if (used + len + sizeof(", ") > sizeof(matched->allow))
		return;
	snprintf(matched->allow + used, sizeof(matched->allow) - used, "%s%.*s", used ? ", " : "",
		 (int)len, method);
}

static void add_allowed(struct http_matched *matched, const char *list)
{
	for (const char *word = list; *word;) {
		size_t len = strcspn(word, "|");

		add_method(matched, word, len);
		if (len == 3 && memcmp(word, "GET", 3) == 0)
			add_method(matched, "HEAD", 4);
		word += len;
		word += *word == '|';
	}
}

enum http_match http_match(const struct http_route_table *table, unsigned serve, const char *method,
			   const char *path, size_t path_len, struct http_matched *ret_matched)
{
	struct http_matched matched = { 0 };
	size_t count = table->count;
	bool has_path = false;

	if (path_len == 0 || path[0] != '/')
		count = 0; /* "*" of OPTIONS, say: on no route */
	for (size_t i = 0; i < count; i++) {
		const struct http_route *route = &table->routes[i];

		if (!(route->serve & serve) ||
		    !match_path(route->pattern, path, path_len, &matched))
			continue;
		if (allows(route->method, method)) {
			matched.route = route;
			matched.allow[0] = '\0';
			*ret_matched = matched;
			return HTTP_MATCH_FOUND;
		}
		has_path = true;
		add_allowed(&matched, route->method);
	}
	matched.param_count = 0;
	*ret_matched = matched;
	return has_path ? HTTP_MATCH_NO_METHOD : HTTP_MATCH_NO_PATH;
}
