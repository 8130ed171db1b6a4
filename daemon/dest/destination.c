/* The table of kinds of destinations. See destination.h. */
#include "dest/destination.h"

#include <json-c/json.h>

#include "dest/command.h"
#include "dest/email.h"
#include "dest/relay.h"
#include "dest/webhook.h"

static const struct destination_ops *const kinds[] = {
	[DESTINATION_WEBHOOK] = &webhook_ops,
	[DESTINATION_COMMAND] = &command_ops,
	[DESTINATION_RELAY] = &relay_ops,
	[DESTINATION_EMAIL] = &email_ops,
};

void parcel_done(struct parcel *parcel)
{
	json_object_put(parcel->payload);
	*parcel = (struct parcel){ 0 };
}

void verdict_done(struct verdict *verdict)
{
	free(verdict->detail);
	buf_done(&verdict->response);
	*verdict = (struct verdict){ 0 };
}

int destination_send(const struct send_request *request, struct sending **ret_sending,
		     char **ret_why)
{
	return kinds[request->destination->kind]->send(request, ret_sending, ret_why);
}

void sending_cancel(struct sending *sending)
{
	sending->ops->cancel(sending);
}
