/* Runs a command for a delivery and judges its end. See command.h. */
#include "dest/command.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>
#include <sysexits.h>

#include "base/child.h"
#include "base/json.h"

struct command {
	struct sending sending; /* must be first */
	struct child *child;
};

static char *describe(const struct child_result *result)
{
	if (result->timed_out)
		return xstrdup("it took longer than timeout and was ended");
	if (result->printed_too_much)
		return xstrdup("it printed more than 4 MiB and was ended");
	if (result->signo)
		return xasprintf("signal %d (%s) ended it", result->signo,
				 strsignal(result->signo));
	return xasprintf("exit %d", result->status);
}

void command_judge(const struct child_result *result, struct verdict *ret_verdict)
{
	*ret_verdict = (struct verdict){
		.outcome = OUTCOME_PERMFAIL,
		.is_slow = result->timed_out || result->signo,
		.status = result->signo ? 0 : result->status,
		.detail = describe(result),
		.response = BUF_INIT(DESTINATION_MAX_RESPONSE),
	};
	/* an excerpt for people; it may be missing */
	IGNORE(buf_add(&ret_verdict->response, result->output, result->output_len));
	if (result->printed_too_much)
		return;
	if (result->timed_out || result->signo || result->status == EX_TEMPFAIL)
		ret_verdict->outcome = OUTCOME_TEMPFAIL;
	else if (result->status == 0)
		ret_verdict->outcome = OUTCOME_OK;
}

static void on_ended(const struct child_result *result, void *ctx)
{
	struct command *command = ctx;
	struct sending sending = command->sending;
	struct verdict verdict;

	command_judge(result, &verdict);
	free(command);
	sending.on_sent(&verdict, sending.ctx);
}

static char *variable(const char *name, struct json_object *payload, const char *pointer)
{
	CLEANUP(freep) char *text = json_text(json_at(payload, pointer), NULL);

	return xasprintf("%s=%s", name, text ? text : "");
}

static int run(const struct send_request *request, struct command *command)
{
	struct json_object *payload = request->parcel->payload;
	size_t len = 0;
	CLEANUP(freep) char *body = json_format(payload, &len);
	CLEANUP(freep) char *delivery = xasprintf("MAAXD_DELIVERY=%s", request->parcel->id);
	CLEANUP(freep) char *type = variable("MAAXD_TYPE", payload, "/type");
	CLEANUP(freep) char *source = variable("MAAXD_SOURCE", payload, "/data/source");
	CLEANUP(freep)
	char *conversation = variable("MAAXD_CONVERSATION", payload, "/data/conversation/id");
	CLEANUP(freep) char *message = variable("MAAXD_MESSAGE", payload, "/data/message/id");
	const char *env[] = {
		"PATH=/usr/local/bin:/usr/bin:/bin",
		"HOME=/",
		"LANG=C.UTF-8",
		delivery,
		type,
		source,
		conversation,
		message,
		NULL,
	};
	struct child_request child = {
		.argv = (const char *const *)request->destination->command.word,
		.env = env,
		.input = body,
		.input_len = len,
		.timeout = request->destination->timeout,
		.keep_output = DESTINATION_MAX_RESPONSE,
	};

	return child_start(request->core->loop, &child, on_ended, command, &command->child);
}

static int send(const struct send_request *request, struct sending **ret_sending, char **ret_why)
{
	struct command *command = xnew(struct command);
	int r;

	command->sending = (struct sending){ &command_ops, request->on_sent, request->ctx };
	r = run(request, command);
	if (r < 0) {
		*ret_why = xasprintf("%s cannot be started: %s",
				     request->destination->command.word[0], strerror(-r));
		free(command);
		return r == -EINVAL ? -ENOEXEC : r; /* -EINVAL would say that it never can be */
	}
	*ret_sending = &command->sending;
	return 0;
}

static void cancel(struct sending *sending)
{
	struct command *command = (struct command *)sending;

	child_cancel(command->child);
	free(command);
}

const struct destination_ops command_ops = { .send = send, .cancel = cancel };
