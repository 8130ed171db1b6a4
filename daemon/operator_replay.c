/* Callbacks and deliveries by hand. See operator.h. */
#include <errno.h>

#include "base/clock.h"
#include "base/ids.h"
#include "base/wake.h"
#include "operator.h"

/* ---- callbacks ---- */

static int move_callback(struct core *core, struct callback *callback, enum callback_state to,
			 const char *reason)
{
	int r;

	free(callback->reason);
	callback->reason = xstrdup_null(reason);
	r = callbacks_move(core->db, callback, to);
	return r < 0 ? r : r == 0 ? -EIO : 1;
}

int operator_map(struct core *core, struct callback *callback, const char **ret_why)
{
	int r;

	if (!callback_may_move(callback->state, CALLBACK_RECEIVED))
		return operator_refuse(
			ret_why, "only what is unmatched, unmapped or dropped is mapped again");
	r = move_callback(core, callback, CALLBACK_RECEIVED, NULL);
	if (r > 0)
		wake(core->wake, TOPIC_CALLBACK, callback->id);
	return r;
}

int operator_attach(struct core *core, struct callback *callback, const struct message *message,
		    const char **ret_why)
{
	callback->message = message->id;
	return operator_map(core, callback, ret_why);
}

int operator_drop(struct core *core, struct callback *callback, const char **ret_why)
{
	if (!callback_may_move(callback->state, CALLBACK_DROPPED))
		return operator_refuse(ret_why,
				       "only what is unmatched or unmapped can be dropped");
	return move_callback(core, callback, CALLBACK_DROPPED, "dropped by an operator");
}

/* ---- deliveries ---- */

static int revive(struct core *core, struct delivery *delivery)
{
	int r;

	delivery->tries = 0;
	delivery->run = 0;
	delivery->due_at = clock_now();
	delivery->finished_at = 0;
	free(delivery->reason);
	delivery->reason = NULL;
	r = deliveries_move(core->db, delivery, DELIVERY_PENDING);
	return r < 0 ? r : r == 0 ? -EIO : 1;
}

/* The same thing told once more. */
static int insert_copy(struct core *core, const struct delivery *delivery, int64_t *ret_id)
{
	struct delivery copy = *delivery;
	int r;

	copy.id = ids_next();
	copy.state = DELIVERY_PENDING;
	copy.created_at = clock_now();
	copy.due_at = copy.created_at;
	copy.finished_at = 0;
	copy.tries = 0;
	copy.run = 0;
	copy.reason = NULL;
	r = deliveries_insert(core->db, &copy);
	if (r < 0)
		return r;
	*ret_id = copy.id;
	return 1;
}

int operator_deliver(struct core *core, struct delivery *delivery, int64_t *ret_id,
		     const char **ret_why)
{
	int r;

	*ret_id = delivery->id;
	switch (delivery->state) {
	case DELIVERY_DEAD:
		r = revive(core, delivery);
		break;
	case DELIVERY_DELIVERED:
	case DELIVERY_CANCELLED:
		r = insert_copy(core, delivery, ret_id);
		break;
	case DELIVERY_PENDING:
	case DELIVERY_SENDING:
	case DELIVERY_STATE_MAX:
	default:
		return operator_refuse(ret_why, "it is on its way");
	}
	if (r > 0)
		wake(core->wake, TOPIC_DELIVERY, *ret_id);
	return r;
}

int operator_retry_delivery(struct core *core, struct delivery *delivery, const char **ret_why)
{
	int r;

	if (delivery->state != DELIVERY_PENDING)
		return operator_refuse(ret_why, "only a pending delivery waits for a try");
	delivery->due_at = clock_now();
	r = deliveries_update(core->db, delivery);
	if (r < 0)
		return r;
	wake(core->wake, TOPIC_DELIVERY, delivery->id);
	return 1;
}

/* What waited for this one in its conversation need not any more. */
static int release_next(struct core *core, const struct delivery *delivery)
{
	CLEANUP(delivery_done) struct delivery next = { 0 };
	const char *why;
	int r;

	if (!delivery->is_ordered)
		return 1;
	r = deliveries_open(core->db, delivery->conversation, delivery->destination, 0, 1, &next);
	if (r <= 0 || next.state != DELIVERY_PENDING || next.tries > 0)
		return r < 0 ? r : 1;
	return operator_retry_delivery(core, &next, &why);
}

int operator_cancel_delivery(struct core *core, struct delivery *delivery, const char **ret_why)
{
	int r;

	if (!delivery_may_move(delivery->state, DELIVERY_CANCELLED))
		return operator_refuse(ret_why, "it is finished already");
	delivery->run = 0;
	delivery->finished_at = clock_now();
	free(delivery->reason);
	delivery->reason = xstrdup("cancelled by an operator");
	r = deliveries_move(core->db, delivery, DELIVERY_CANCELLED);
	if (r <= 0)
		return r < 0 ? r : -EIO;
	return release_next(core, delivery);
}
