/*
 * What a callback of maax-sim looks like. All of it is ASSUMPTION: Maax documents neither method
 * nor encoding nor field names.
 */
#ifndef MAAXD_TESTS_SIM_SHAPE_H
#define MAAXD_TESTS_SIM_SHAPE_H

#include "behaviour.h"
#include "engine.h"

#include "base/base.h"

struct shape_content {
	const char *url;
	const char *text;
	int64_t conversation_id;
	int64_t prospect_id;
	int64_t incoming_message_id;	   /* 0: none */
	struct json_object *prospect_info; /* may be NULL; borrowed */
};

/* The request that carries the content in the shape, method and so on that are asked for. */
struct outgoing *shape_make(const struct behaviour *behaviour, const struct shape_content *content);

#endif
