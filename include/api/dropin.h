/*
 * The drop-in API: Maax's own protocol (API V2, "Outgoing Messages" and "Conversations"), so that
 * an integration that was written for Maax changes only the host and the key.
 *
 * POST /api/v2/outgoing-messages/ takes a JSON body, query parameters, or both (the body wins),
 * stores the message, and holds the request for Maax's reply up to submit_timeout (api/waits.h).
 * X-Maaxd-Message names the message in every reply that took one. Callbacks are relayed to
 * send_response_url and followup_url (dest/relay.h).
 *
 *   ai_id             of a configured [ai]; without it the source's
 *   conversation_id   pinned; one that only another source has had is refused
 *   else              messages with the same contact to the same AI are one conversation, and go in
 *                     order
 *   output_format     without it none is asked for, which means HTML to Maax, unless the [ai] has
 * one Idempotency-Key   as in /v1; without one, each request is a message of its own
 *
 * POST /api/v2/conversations/{id}/ passes Maax's history on, of conversations of this key's source.
 *
 * Errors, all problem+json: 400 what Maax would call badly formatted, with `errors` for each field;
 * 401 a wrong key; 429, 503 as in /v1. Of the history: 404 no conversation of this source, 502 Maax
 * refuses our own key, redirects, cannot be reached or sends more than 1 MiB, 503 too many at once
 * or a stop, 504 no reply in submit_timeout.
 */
#ifndef MAAXD_API_DROPIN_H
#define MAAXD_API_DROPIN_H

#include "api/api.h"

#define DROPIN_MESSAGE_HEADER "X-Maaxd-Message"

#endif
