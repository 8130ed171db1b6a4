/*
 * Conversations in an array, with search trees by contact and by answer URL.
 */
#include <search.h>

#include "world.h"

#include "base/clock.h"

#define FIRST_CONVERSATION_ID 5001
#define FIRST_PROSPECT_ID 7001
#define FIRST_INCOMING_ID 90001
#define MAX_HISTORY 100

struct world {
	struct conversation **conversations; /* number i has id FIRST_CONVERSATION_ID + i */
	size_t count, size;
	int64_t message_count;
	void *by_contact; /* of struct conversation */
	void *by_url;	  /* of struct sent_message */
};

static int compare_contacts(const void *a, const void *b)
{
	const struct conversation *one = a, *other = b;

	return strcmp(one->contact, other->contact);
}

static int compare_urls(const void *a, const void *b)
{
	const struct sent_message *one = a, *other = b;

	return strcmp(one->answer_url, other->answer_url);
}

static void free_message(void *node)
{
	struct sent_message *message = node;

	free(message->answer_url);
	free(message);
}

static void free_conversation(void *node)
{
	struct conversation *conversation = node;

	free(conversation->contact);
	free(conversation->answer_url);
	json_object_put(conversation->prospect_info);
	json_object_put(conversation->history);
	free(conversation);
}

struct world *world_new(void)
{
	return xnew(struct world);
}

struct world *world_free(struct world *world)
{
	if (!world)
		return NULL;
	tdestroy(world->by_contact, free_conversation);
	tdestroy(world->by_url, free_message);
	free(world->conversations);
	free(world);
	return NULL;
}

static struct conversation *at_index(struct world *world, int64_t index)
{
	if (index < 0 || (uint64_t)index >= world->count)
		return NULL;
	return world->conversations[index];
}

struct conversation *world_conversation(struct world *world, int64_t id)
{
	return at_index(world, id - FIRST_CONVERSATION_ID);
}

static void *xtsearch(const void *key, void **root, int (*compare)(const void *, const void *))
{
	void *node = tsearch(key, root, compare);

	if (!node)
		abort();
	return *(void **)node;
}

static struct conversation *by_contact(struct world *world, const char *contact)
{
	struct conversation *fresh = xnew(struct conversation);
	struct conversation *found;

	fresh->contact = xstrdup(contact);
	found = xtsearch(fresh, &world->by_contact, compare_contacts);
	if (found != fresh) {
		free_conversation(fresh);
		return found;
	}
	fresh->id = FIRST_CONVERSATION_ID + (int64_t)world->count;
	fresh->prospect_id = FIRST_PROSPECT_ID + (int64_t)world->count;
	fresh->history = json_object_new_array();
	if (world->count == world->size) {
		world->size = world->size ? 2 * world->size : 64;
		world->conversations =
			xrealloc(world->conversations, world->size, sizeof(struct conversation *));
	}
	world->conversations[world->count++] = fresh;
	return fresh;
}

struct conversation *world_choose(struct world *world, int64_t conversation_id, int64_t prospect_id,
				  const char *contact)
{
	struct conversation *found = world_conversation(world, conversation_id);

	if (!found)
		found = at_index(world, prospect_id - FIRST_PROSPECT_ID);
	return found ? found : by_contact(world, contact);
}

struct sent_message *world_message(struct world *world, const char *answer_url)
{
	struct sent_message *fresh = xnew(struct sent_message);
	struct sent_message *found;

	fresh->answer_url = xstrdup(answer_url);
	found = xtsearch(fresh, &world->by_url, compare_urls);
	if (found != fresh) {
		free_message(fresh);
		return found;
	}
	fresh->incoming_message_id = FIRST_INCOMING_ID + world->message_count++;
	return fresh;
}

void conversation_add(struct conversation *conversation, const char *role, const char *text)
{
	struct json_object *line = json_object_new_object();

	json_put_string(line, "role", role);
	json_put_string(line, "message_content", text);
	json_put_time(line, "created_at", clock_wall());
	json_object_array_add(conversation->history, line);
	if (json_object_array_length(conversation->history) > MAX_HISTORY)
		json_object_array_del_idx(conversation->history, 0, 1);
}
