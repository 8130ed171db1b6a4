/*
 * Metrics of the server. The series of a route are looked up once and kept, so that counting a
 * request does no string work.
 */
#include "base/metrics.h"
#include "http/internal.h"

/* More different codes than a route ever replies; any further one is looked up each time. */
#define KEPT_CODES 12

#define STATUS_CLIENT_LEFT 499 /* as nginx counts a request that got no reply */

struct kept_code {
	int status;
	struct metric *count;
};

struct http_route_stats {
	const char *name; /* the pattern, borrowed */
	struct metric *duration;
	struct kept_code codes[KEPT_CODES];
};

static const double duration_bounds[] = { 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
					  0.5,	 1,	 2.5,	5,    10,    30,   90 };

static struct buf route_labels(const struct http_route_stats *stats)
{
	struct buf labels = BUF_INIT(KIB);

	/* A pattern is a literal of ours and short. */
	IGNORE(metrics_add_label(&labels, "route", stats->name));
	return labels;
}

static void init_route(struct http_route_stats *stats, struct metrics *metrics, const char *name)
{
	stats->name = name;

	CLEANUP(buf_done) struct buf labels = route_labels(stats);
	stats->duration =
		metrics_histogram(metrics, "maaxd_http_request_duration_seconds",
				  "From the request line to the end of the reply.",
				  buf_text(&labels), duration_bounds, ARRAY_SIZE(duration_bounds));
}

void http_stats_init(struct http_server *server)
{
	const struct http_server_params *params = &server->params;

	if (!params->metrics)
		return;
	server->connection_gauge =
		metrics_gauge(params->metrics, "maaxd_http_connections", "Open connections.", NULL);
	server->stats = xcalloc(params->route_count + 1, sizeof(*server->stats));
	for (size_t i = 0; i < params->route_count; i++)
		init_route(&server->stats[i], params->metrics, params->routes[i].pattern);
	init_route(&server->stats[params->route_count], params->metrics, "none");
}

void http_stats_done(struct http_server *server)
{
	free(server->stats);
	server->stats = NULL;
}

static struct metric *new_code(struct metrics *metrics, const struct http_route_stats *stats,
			       int status)
{
	CLEANUP(buf_done) struct buf labels = route_labels(stats);
	char code[16];

	snprintf(code, sizeof(code), "%d", status);
	IGNORE(metrics_add_label(&labels, "code", code)); /* short, as above */
	return metrics_counter(metrics, "maaxd_http_requests_total",
			       "Requests by route and status code; 499: the client left first.",
			       buf_text(&labels));
}

static struct metric *find_code(struct metrics *metrics, struct http_route_stats *stats, int status)
{
	for (size_t i = 0; i < KEPT_CODES; i++) {
		struct kept_code *kept = &stats->codes[i];

		if (kept->status == 0)
			*kept = (struct kept_code){ status, new_code(metrics, stats, status) };
		if (kept->status == status)
			return kept->count;
	}
	return new_code(metrics, stats, status);
}

void http_stats_count(const struct http_request *request, int status, usec_t elapsed)
{
	const struct http_server_params *params = &request->server->params;
	const struct http_route *route = request->matched.route;
	size_t index = route ? (size_t)(route - params->routes) : params->route_count;
	struct http_route_stats *stats;

	if (!request->server->stats)
		return;
	stats = &request->server->stats[index];
	metric_add(find_code(params->metrics, stats, status ? status : STATUS_CLIENT_LEFT), 1);
	if (!request->stream) /* a stream's length says nothing about us */
		metric_observe(stats->duration, (double)elapsed / (double)USEC_PER_SEC);
}
