/* Writes the timeline and fans out to destinations. See announce.h. */
#include "dest/announce.h"

#include <errno.h>
#include <json-c/json.h>

#include "base/clock.h"
#include "base/ids.h"
#include "base/json.h"
#include "base/wake.h"
#include "dest/email.h"
#include "dest/relay.h"
#include "store/deliveries.h"
#include "store/events.h"

/* One thing that happened, as rows of it need it. */
struct happening {
	enum event_type type;
	const char *source; /* NULL: an emergency without a conversation */
	int64_t conversation;
	int64_t message;
	int64_t answer;
	int64_t callback; /* relayed as it came; 0: a payload is made of the rest */
	int64_t seq;
	const char *state;
	const char *detail;
	const char *overdue_text; /* of the source; NULL: none */
	usec_t delay;
};

static int insert_event(const struct core *core, const char *type,
			const struct happening *happening)
{
	struct event event = {
		.id = ids_next(),
		.type = (char *)type,
		.source = (char *)happening->source,
		.conversation = happening->conversation,
		.message = happening->message,
		.answer = happening->answer,
		.seq = happening->seq,
		.state = (char *)happening->state,
		.detail = (char *)happening->detail,
	};
	int r = events_insert(core->db, &event);

	if (r < 0)
		return r;
	wake(core->wake, TOPIC_EVENT, event.id);
	return 0;
}

/*
 * An answer keeps its place behind earlier deliveries of its conversation to the same destination,
 * for order_hold at most; emergencies, overdue and failed never wait.
 */
static bool is_ordered(const struct happening *happening)
{
	return happening->type == EVENT_ANSWER || happening->type == EVENT_FOLLOWUP;
}

/* `name`: of its queue, which is that of the destination unless that is a caller's. */
static int insert_delivery(const struct core *core, const struct happening *happening,
			   const struct config_destination *destination, const char *name)
{
	usec_t now = clock_now();
	usec_t delay = is_ordered(happening) ? destination->delay : 0;
	struct delivery delivery = {
		.id = ids_next(),
		.type = (char *)event_type_name(happening->type),
		.destination = (char *)name,
		.source = (char *)happening->source,
		.conversation = happening->conversation,
		.message = happening->message,
		.answer = happening->answer,
		.callback = happening->callback,
		.state = DELIVERY_PENDING,
		.is_ordered = is_ordered(happening),
		.due_at = now + happening->delay + delay +
			  retry_delay(&destination->retry_schedule, 0, false),
		.created_at = now,
	};
	struct delivery earlier = { 0 };
	int r;

	if (delivery.is_ordered) {
		r = deliveries_open(core->db, delivery.conversation, delivery.destination, 0, 1,
				    &earlier);
		if (r < 0)
			return r;
		if (r > 0)
			delivery.due_at =
				usec_max(delivery.due_at, now + delay + destination->order_hold);
		delivery_done(&earlier);
	}
	r = deliveries_insert(core->db, &delivery);
	if (r < 0)
		return r;
	wake(core->wake, TOPIC_DELIVERY, delivery.id);
	return 0;
}

static bool is_wanted(const struct happening *happening,
		      const struct config_destination *destination)
{
	return destination->events & 1u << happening->type &&
	       (destination->kind != DESTINATION_EMAIL ||
		email_has_text(destination, happening->type, happening->overdue_text));
}

static int deliver_to_source(const struct core *core, const struct happening *happening,
			     const struct config_source *source)
{
	for (size_t i = 0; i < source->destination_names.count; i++) {
		const struct config_destination *destination = source->destinations[i];
		int r;

		if (!is_wanted(happening, destination))
			continue;
		r = insert_delivery(core, happening, destination, destination->name);
		if (r < 0)
			return r;
	}
	return 0;
}

/* An emergency that no conversation claims goes to each destination of its AI's sources, once. */
static int deliver_to_ai(const struct core *core, const struct happening *happening, const char *ai)
{
	const struct config *config = core->config;

	for (size_t d = 0; d < config->destination_count; d++) {
		const struct config_destination *destination = &config->destinations[d];
		bool is_named = false;
		int r;

		for (size_t s = 0; s < config->source_count; s++)
			is_named |=
				streq(config->sources[s].ai_name, ai) &&
				words_has(&config->sources[s].destination_names, destination->name);
		if (!is_named || !is_wanted(happening, destination))
			continue;
		r = insert_delivery(core, happening, destination, destination->name);
		if (r < 0)
			return r;
	}
	return 0;
}

static int announce(const struct core *core, struct happening *happening)
{
	const struct config_source *source;
	int r = insert_event(core, event_type_name(happening->type), happening);

	if (r < 0)
		return r;
	/* A source that has left the configuration has nobody to tell; the timeline keeps it. */
	source = config_source(core->config, happening->source);
	if (!source)
		return 0;
	happening->overdue_text = source->overdue_text;
	return deliver_to_source(core, happening, source);
}

int announce_state(const struct core *core, const struct message *message, const char *detail)
{
	struct happening happening = {
		.source = message->source,
		.conversation = message->conversation,
		.message = message->id,
		.seq = message->seq,
		.state = message_state_name(message->state),
		.detail = detail,
	};

	wake(core->wake, TOPIC_MESSAGE_CHANGED, message->id);
	return insert_event(core, "message.state", &happening);
}

int announce_message(const struct core *core, enum event_type type, const struct message *message,
		     const char *detail)
{
	struct happening happening = {
		.type = type,
		.source = message->source,
		.conversation = message->conversation,
		.message = message->id,
		.seq = message->seq,
		.state = message_state_name(message->state),
		.detail = detail,
	};

	wake(core->wake, TOPIC_MESSAGE_CHANGED, message->id);
	return announce(core, &happening);
}

int announce_conversation(const struct core *core, const struct conversation *conversation,
			  const char *type, const char *detail)
{
	struct happening happening = {
		.source = conversation->source,
		.conversation = conversation->id,
		.detail = detail,
	};

	return insert_event(core, type, &happening);
}

static enum event_type event_of(enum answer_kind kind)
{
	switch (kind) {
	case ANSWER_FOLLOWUP:
		return EVENT_FOLLOWUP;
	case ANSWER_EMERGENCY:
		return EVENT_EMERGENCY;
	case ANSWER_ANSWER:
	case ANSWER_NOTICE:
	case ANSWER_KIND_MAX:
		break;
	}
	return EVENT_ANSWER;
}

int announce_answer(const struct core *core, const struct answer *answer,
		    const struct conversation *conversation, usec_t delay)
{
	struct happening happening = {
		.type = event_of(answer->kind),
		.source = conversation ? conversation->source : NULL,
		.conversation = answer->conversation,
		.message = answer->message,
		.answer = answer->id,
		.seq = answer->seq,
		.delay = delay,
	};
	int r;

	if (answer->message)
		wake(core->wake, TOPIC_MESSAGE_CHANGED, answer->message);
	if (conversation && (happening.type != EVENT_EMERGENCY ||
			     config_source(core->config, conversation->source)))
		return announce(core, &happening);
	r = insert_event(core, event_type_name(happening.type), &happening);
	return r < 0 ? r : deliver_to_ai(core, &happening, answer->ai);
}

int announce_callback(const struct core *core, const struct callback *callback,
		      const struct message *message)
{
	static const struct config_destination absent = { .retry_schedule = { .count = 1 } };
	bool is_followup = callback->kind == CALLBACK_FOLLOWUP;
	const char *url = is_followup ? message->followup_url : message->send_response_url;
	const struct config_destination *destination;
	struct happening happening = {
		.type = is_followup ? EVENT_FOLLOWUP : EVENT_ANSWER,
		.source = message->source,
		.conversation = message->conversation,
		.message = message->id,
		.answer = callback->answer,
		.callback = callback->id,
	};
	CLEANUP(freep) char *name = NULL;
	int r;

	if (!url || !callback->has_body)
		return 0;
	r = deliveries_is_relayed(core->db, message->id, callback->id);
	if (r != 0) /* it is mapped anew: its caller has it */
		return r < 0 ? r : 0;
	name = relay_name(message->source, url);
	destination = config_destination(core->config, name);
	/* A source that has left the configuration may come back. */
	return insert_delivery(core, &happening, destination ? destination : &absent, name);
}

static char *alert_json(const struct alert *alert)
{
	CLEANUP(json_putp) struct json_object *object = json_object_new_object();

	json_put_string(object, "kind", alert->kind);
	json_put_string(object, "name", alert->name[0] ? alert->name : NULL);
	json_put_string(object, "reason", alert->reason);
	json_put_time(object, "since", alert->since);
	return json_format(object, NULL);
}

int announce_alert(const struct core *core, const char *type, const struct alert *alert,
		   const char *except)
{
	const struct config_maaxd *maaxd = &core->config->maaxd;
	CLEANUP(freep) char *text = alert_json(alert);

	for (size_t i = 0; i < maaxd->alert_names.count; i++) {
		const struct config_destination *destination = maaxd->alert_destinations[i];
		usec_t now = clock_now();
		struct delivery delivery = {
			.id = ids_next(),
			.type = (char *)type,
			.destination = destination->name,
			.alert = text,
			.state = DELIVERY_PENDING,
			.due_at = now + retry_delay(&destination->retry_schedule, 0, false),
			.created_at = now,
		};
		int r;

		if (except && streq(except, destination->name))
			continue;
		r = deliveries_insert(core->db, &delivery);
		if (r < 0)
			return r;
		wake(core->wake, TOPIC_DELIVERY, delivery.id);
	}
	return 0;
}
