/*
 * Counters, gauges and histograms, printed as Prometheus text (exposition format 0.0.4). Labels are
 * given ready-made and never hold an unbounded value; a registry holds at most METRICS_MAX_SERIES.
 */
#ifndef MAAXD_BASE_METRICS_H
#define MAAXD_BASE_METRICS_H

#include "base/base.h"
#include "base/buf.h"

#define METRICS_MAX_SERIES 4096

struct metrics;
struct metric;

struct metrics *metrics_new(void);
struct metrics *metrics_free(struct metrics *metrics);

/*
 * Find or make a series. `name` and `help` must live as long as the registry (literals); `labels`
 * is copied: `route="/v1/messages",code="202"`, or NULL for none. Never NULL: past the bound all
 * further series of a name share one labelled other="true".
 */
struct metric *metrics_counter(struct metrics *metrics, const char *name, const char *help,
			       const char *labels);
struct metric *metrics_gauge(struct metrics *metrics, const char *name, const char *help,
			     const char *labels);
/* `bounds`: upper bounds in ascending order, `count` of them; a literal array. */
struct metric *metrics_histogram(struct metrics *metrics, const char *name, const char *help,
				 const char *labels, const double *bounds, size_t count);

void metric_add(struct metric *metric, double amount);	  /* counter or gauge */
void metric_set(struct metric *metric, double value);	  /* gauge */
void metric_observe(struct metric *metric, double value); /* histogram */
double metric_value(const struct metric *metric); /* of a histogram: the number of observations */

/* Called before each print, to set gauges that are cheaper to look up than to keep. */
typedef void metrics_collect_fn(void *ctx);
void metrics_on_collect(struct metrics *metrics, metrics_collect_fn *fn, void *ctx);

/* Writes a label value with ", \ and newline escaped. */
MUST_CHECK int metrics_add_label(struct buf *labels, const char *name, const char *value);

MUST_CHECK int metrics_format(struct metrics *metrics, struct buf *out);

#endif
