/*
 * Who is told of which rows. Each phase has a queue of its own; an entry passes from the first to
 * the second when it has run there, so whatever is told after a commit was woken before it.
 */
#include "base/wake.h"

struct subscriber {
	unsigned topic;
	enum wake_phase phase;
	wake_fn *fn;
	void *ctx; /* borrowed */
};

struct entry {
	unsigned topic;
	int64_t id;
};

struct queue {
	struct entry *entry;
	size_t head; /* the oldest that was not handed out */
	size_t len;
	size_t size; /* entries allocated */
};

struct wake {
	struct subscriber *subscriber;
	size_t subscribers;
	struct queue queue[WAKE_PHASE_MAX];
};

struct wake *wake_new(void)
{
	return xnew(struct wake);
}

struct wake *wake_free(struct wake *wake)
{
	if (!wake)
		return NULL;
	for (size_t i = 0; i < WAKE_PHASE_MAX; i++)
		free(wake->queue[i].entry);
	free(wake->subscriber);
	free(wake);
	return NULL;
}

void wake_subscribe(struct wake *wake, unsigned topic, enum wake_phase phase, wake_fn *fn,
		    void *ctx)
{
	size_t count = wake->subscribers + 1;

	wake->subscriber = xrealloc(wake->subscriber, count, sizeof(*wake->subscriber));
	wake->subscriber[wake->subscribers] = (struct subscriber){
		.topic = topic,
		.phase = phase,
		.fn = fn,
		.ctx = ctx,
	};
	wake->subscribers = count;
}

static bool is_pending(const struct queue *queue)
{
	return queue->head < queue->len;
}

static void push(struct queue *queue, struct entry entry)
{
	/* Only an entry that still waits may stand for this one: one that runs may miss it. */
	if (is_pending(queue)) {
		const struct entry *newest = &queue->entry[queue->len - 1];

		if (newest->topic == entry.topic && newest->id == entry.id)
			return;
	}
	if (queue->len == queue->size) {
		queue->size = queue->size > 0 ? queue->size * 2 : 64;
		queue->entry = xrealloc(queue->entry, queue->size, sizeof(*queue->entry));
	}
	queue->entry[queue->len++] = entry;
}

static struct entry shift(struct queue *queue)
{
	struct entry entry = queue->entry[queue->head++];

	if (queue->head == queue->len)
		queue->head = queue->len = 0;
	return entry;
}

void wake(struct wake *wake, unsigned topic, int64_t id)
{
	push(&wake->queue[WAKE_BEFORE_COMMIT], (struct entry){ .topic = topic, .id = id });
}

bool wake_run(struct wake *wake, enum wake_phase phase)
{
	struct queue *queue = &wake->queue[phase];
	bool has_run = false;

	while (is_pending(queue)) {
		struct entry entry = shift(queue);

		for (size_t i = 0; i < wake->subscribers; i++) {
			/* A copy: a subscriber that subscribes another may move the array. */
			struct subscriber s = wake->subscriber[i];

			if (s.topic != entry.topic || s.phase != phase)
				continue;
			s.fn(entry.id, s.ctx);
			has_run = true;
		}
		if (phase == WAKE_BEFORE_COMMIT)
			push(&wake->queue[WAKE_AFTER_COMMIT], entry);
	}
	return has_run;
}

bool wake_is_pending(const struct wake *wake)
{
	for (size_t i = 0; i < WAKE_PHASE_MAX; i++)
		if (is_pending(&wake->queue[i]))
			return true;
	return false;
}
