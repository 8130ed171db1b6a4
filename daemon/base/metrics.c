/*
 * The registry: families in the order they were made, each with its series, and one hash table over
 * name and labels, so that finding a series on the way of a request is one look-up. Nothing is ever
 * removed, and the table has room for twice the bound, so open addressing stays simple.
 */
#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/metrics.h"

#define TABLE_SIZE (2 * METRICS_MAX_SERIES) /* a power of two */
#define NUMBER_SIZE 32
#define EXACT_INTEGERS 9007199254740992.0 /* 2^53: below it every whole number is itself */

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

static const char *const type_names[] = {
	[METRIC_COUNTER] = "counter",
	[METRIC_GAUGE] = "gauge",
	[METRIC_HISTOGRAM] = "histogram",
};

struct family {
	const char *name;
	const char *help;
	enum metric_type type;
	const double *bounds; /* histograms: `count` upper bounds */
	size_t count;
	struct metric *first, **tail; /* its series */
	struct metric *other;	      /* the one for all that came past the bound */
	struct family *next;
};

struct metric {
	struct family *family;
	char *labels;	   /* "" for none */
	double value;	   /* counter, gauge; histogram: the sum */
	uint64_t observed; /* histogram */
	uint64_t *buckets; /* histogram: per bound, not cumulative */
	struct metric *next;
};

struct collector {
	metrics_collect_fn *fn;
	void *ctx;
};

struct metrics {
	struct family *first, **tail;
	struct metric *table[TABLE_SIZE];
	size_t series;
	struct collector *collectors;
	size_t collector_count;
};

struct metrics *metrics_new(void)
{
	struct metrics *metrics = xnew(struct metrics);
	metrics->tail = &metrics->first;
	return metrics;
}

static void family_free(struct family *family)
{
	for (struct metric *metric = family->first, *next; metric; metric = next) {
		next = metric->next;
		free(metric->labels);
		free(metric->buckets);
		free(metric);
	}
	free(family);
}

struct metrics *metrics_free(struct metrics *metrics)
{
	if (!metrics)
		return NULL;
	for (struct family *family = metrics->first, *next; family; family = next) {
		next = family->next;
		family_free(family);
	}
	free(metrics->collectors);
	free(metrics);
	return NULL;
}

/* FNV-1a: the keys are our own, nobody can aim at one slot. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001B3;
	return hash;
}

/* The slot that holds the series, or the free one where it would go. */
static struct metric **find_slot(struct metrics *metrics, const char *name, const char *labels)
{
	uint64_t hash = hash_text(hash_text(0xCBF29CE484222325, name) ^ '{', labels);
	for (;; hash++) {
		struct metric **slot = &metrics->table[hash % TABLE_SIZE];
		if (!*slot ||
		    (streq((*slot)->family->name, name) && streq((*slot)->labels, labels)))
			return slot;
	}
}

static struct family *find_family(struct metrics *metrics, const struct family *like)
{
	for (struct family *family = metrics->first; family; family = family->next) {
		if (streq(family->name, like->name))
			return family;
	}

	struct family *family = xnew(struct family);
	*family = *like;
	family->tail = &family->first;
	*metrics->tail = family;
	metrics->tail = &family->next;
	return family;
}

static struct metric *add_series(struct family *family, const char *labels)
{
	struct metric *metric = xnew(struct metric);
	metric->family = family;
	metric->labels = xstrdup(labels);
	if (family->count > 0)
		metric->buckets = xcalloc(family->count, sizeof(*metric->buckets));
	*family->tail = metric;
	family->tail = &metric->next;
	return metric;
}

static struct metric *find_series(struct metrics *metrics, const struct family *like,
				  const char *labels)
{
	struct metric **slot = find_slot(metrics, like->name, labels ? labels : "");
	if (*slot) {
		assert((*slot)->family->type == like->type);
		return *slot;
	}

	struct family *family = find_family(metrics, like);
	assert(family->type == like->type);
	if (metrics->series == METRICS_MAX_SERIES) {
		if (!family->other)
			family->other = add_series(family, "other=\"true\"");
		return family->other;
	}
	metrics->series++;
	*slot = add_series(family, labels ? labels : "");
	return *slot;
}

struct metric *metrics_counter(struct metrics *metrics, const char *name, const char *help,
			       const char *labels)
{
	struct family like = { .name = name, .help = help, .type = METRIC_COUNTER };
	return find_series(metrics, &like, labels);
}

struct metric *metrics_gauge(struct metrics *metrics, const char *name, const char *help,
			     const char *labels)
{
	struct family like = { .name = name, .help = help, .type = METRIC_GAUGE };
	return find_series(metrics, &like, labels);
}

struct metric *metrics_histogram(struct metrics *metrics, const char *name, const char *help,
				 const char *labels, const double *bounds, size_t count)
{
	struct family like = {
		.name = name,
		.help = help,
		.type = METRIC_HISTOGRAM,
		.bounds = bounds,
		.count = count,
	};
	return find_series(metrics, &like, labels);
}

void metric_add(struct metric *metric, double amount)
{
	assert(metric->family->type == METRIC_GAUGE ||
	       (metric->family->type == METRIC_COUNTER && amount >= 0));
	metric->value += amount;
}

void metric_set(struct metric *metric, double value)
{
	assert(metric->family->type == METRIC_GAUGE);
	metric->value = value;
}

void metric_observe(struct metric *metric, double value)
{
	const struct family *family = metric->family;
	assert(family->type == METRIC_HISTOGRAM);
	metric->value += value;
	metric->observed++;
	for (size_t i = 0; i < family->count; i++) {
		if (value <= family->bounds[i]) {
			metric->buckets[i]++;
			return;
		}
	}
}

double metric_value(const struct metric *metric)
{
	if (metric->family->type == METRIC_HISTOGRAM)
		return (double)metric->observed;
	return metric->value;
}

void metrics_on_collect(struct metrics *metrics, metrics_collect_fn *fn, void *ctx)
{
	size_t count = metrics->collector_count + 1;
	metrics->collectors = xrealloc(metrics->collectors, count, sizeof(*metrics->collectors));
	metrics->collectors[metrics->collector_count] = (struct collector){ fn, ctx };
	metrics->collector_count = count;
}

/* Backslash and newline escaped, and the quote too where it would end the text. */
static int add_escaped(struct buf *out, const char *text, bool is_quoted)
{
	const char *special = is_quoted ? "\\\n\"" : "\\\n";
	while (*text) {
		size_t plain = strcspn(text, special);
		int r = buf_add(out, text, plain);
		text += plain;
		if (r >= 0 && *text) {
			const char escape[2] = { '\\', *text == '\n' ? 'n' : *text };
			r = buf_add(out, escape, sizeof(escape));
			text++;
		}
		if (r < 0)
			return r;
	}
	return 0;
}

int metrics_add_label(struct buf *labels, const char *name, const char *value)
{
	int r = buf_add_format(labels, "%s%s=\"", labels->len > 0 ? "," : "", name);
	if (r >= 0)
		r = add_escaped(labels, value, true);
	if (r >= 0)
		r = buf_add_text(labels, "\"");
	return r;
}

/* Whole numbers as such, others in as few digits as read back the same. */
static const char *format_number(double value, char out[static NUMBER_SIZE])
{
	if (isnan(value))
		snprintf(out, NUMBER_SIZE, "NaN");
	else if (isinf(value))
		snprintf(out, NUMBER_SIZE, value > 0 ? "+Inf" : "-Inf");
	else if (fabs(value) < EXACT_INTEGERS && fabs(value - trunc(value)) <= 0)
		snprintf(out, NUMBER_SIZE, "%.0f", value);
	else {
		snprintf(out, NUMBER_SIZE, "%.15g", value);
		if (fabs(strtod(out, NULL) - value) > 0)
			snprintf(out, NUMBER_SIZE, "%.17g", value);
	}
	return out;
}

/* One line: name, suffix, the series' labels and perhaps one more, value. */
static int add_line(struct buf *out, const struct metric *metric, const char *suffix,
		    const char *label, double value)
{
	char number[NUMBER_SIZE];
	bool has_labels = metric->labels[0] || label[0];
	const char *comma = metric->labels[0] && label[0] ? "," : "";
	return buf_add_format(out, "%s%s%s%s%s%s%s %s\n", metric->family->name, suffix,
			      has_labels ? "{" : "", metric->labels, comma, label,
			      has_labels ? "}" : "", format_number(value, number));
}

static int add_histogram(struct buf *out, const struct metric *metric)
{
	const struct family *family = metric->family;
	uint64_t below = 0;
	int r = 0;
	for (size_t i = 0; i < family->count && r >= 0; i++) {
		char number[NUMBER_SIZE];
		char label[NUMBER_SIZE + sizeof("le=\"\"")];
		snprintf(label, sizeof(label), "le=\"%s\"",
			 format_number(family->bounds[i], number));
		below += metric->buckets[i];
		r = add_line(out, metric, "_bucket", label, (double)below);
	}
	if (r >= 0)
		r = add_line(out, metric, "_bucket", "le=\"+Inf\"", (double)metric->observed);
	if (r >= 0)
		r = add_line(out, metric, "_sum", "", metric->value);
	if (r >= 0)
		r = add_line(out, metric, "_count", "", (double)metric->observed);
	return r;
}

static int add_family(struct buf *out, const struct family *family)
{
	int r = buf_add_format(out, "# HELP %s ", family->name);
	if (r >= 0)
		r = add_escaped(out, family->help, false);
	if (r >= 0)
		r = buf_add_format(out, "\n# TYPE %s %s\n", family->name, type_names[family->type]);
	for (const struct metric *metric = family->first; metric && r >= 0; metric = metric->next) {
		if (family->type == METRIC_HISTOGRAM)
			r = add_histogram(out, metric);
		else
			r = add_line(out, metric, "", "", metric->value);
	}
	return r;
}

int metrics_format(struct metrics *metrics, struct buf *out)
{
	for (size_t i = 0; i < metrics->collector_count; i++)
		metrics->collectors[i].fn(metrics->collectors[i].ctx);
	for (const struct family *family = metrics->first; family; family = family->next) {
		int r = add_family(out, family);
		if (r < 0)
			return r;
	}
	return 0;
}
