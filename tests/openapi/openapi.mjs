// Lints the document, then sends its examples to the real daemon and validates what comes back.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ADMIN_TOKEN, ApiWorld, KEY } from './api_world.mjs';
import { Document } from './document.mjs';
import { HOOK_SECRET, run, until } from './world.mjs';

const [, , build, sources] = process.argv;
const world = new ApiWorld(build);
const source = JSON.parse(readFileSync('openapi.json', 'utf8'));
let document = new Document(source);

function key_headers(route) {
	if (route.startsWith('/admin') || route === '/metrics')
		return { authorization: `Bearer ${ADMIN_TOKEN}`, 'x-maaxd-admin': '1' };
	if (route.startsWith('/api/'))
		return { '2hd-api-key': KEY };
	return route.startsWith('/v1/') ? { authorization: `Bearer ${KEY}` } : {};
}

function encode(type, value) {
	if (type === 'application/x-www-form-urlencoded')
		return new URLSearchParams(value).toString();
	return typeof value === 'string' ? value : JSON.stringify(value);
}

/*
 * Sends one request of the document: with the first example of its body unless told. `id` stands for what is in
 * braces in the path. The reply must have that status, and be as the document says. Returns its body.
 */
async function send(status, method, route, { id = '', query = '', type, body, headers = {} } = {}) {
	const { operation } = [...document.operations()].find(one => one.path === route && one.method === method) ?? {};
	assert.ok(operation, `${method} ${route} is not in the document`);
	const [first] = document.bodies(operation);
	const sent = body ?? first?.media.example;
	const what = type ?? first?.type;
	const is_admin = route.startsWith('/admin') || route === '/metrics';
	const ids = [].concat(id);
	const target = route.replace(/\{\w+\}/g, () => ids.shift());
	const reply = await fetch((is_admin ? world.admin_url : world.url) + target + query, {
		method: method.toUpperCase(),
		body: sent === undefined || method === 'get' ? undefined : encode(what, sent),
		headers: { ...(what && { 'content-type': what }), ...key_headers(route), ...headers },
	});
	const value = document.check_reply({ path: route, method }, reply, await reply.text());
	assert.equal(reply.status, status, `${method} ${target}: ${JSON.stringify(value)}`);
	return value;
}

// Sends a message as the example does, with a text of its own; its id.
let count = 0;
async function message(text) {
	const example = source.paths['/v1/messages'].post.requestBody.content['application/json'].example;
	const body = { ...example, message_content: text, conversation_key: `thread-${++count}` };
	return (await send(202, 'post', '/v1/messages', { body })).message.id;
}

const story = id => send(200, 'get', '/v1/messages/{id}', { id }).then(({ message: one }) => one);
const in_state = (id, state) => until(`${id} ${state}`, async () => {
	const one = await story(id);
	return one.state === state && one;
});

async function unmatched() {
	const { replies } = await send(200, 'post', '/admin/v1/simulate', { body: { kind: 'unknown' } });
	return replies[0].callback;
}

async function pending() {
	await send(200, 'post', '/admin/v1/destinations/{name}/hold', { id: 'desk' });
	const id = await message('for a desk that is held');
	return until('a delivery that waits', async () => (await story(id)).deliveries[0]?.id);
}

async function stream(route) {
	const base = route.startsWith('/admin') ? world.admin_url : world.url;
	const reply = await fetch(`${base}${route}?after=1`, { headers: key_headers(route) });
	const reader = reply.body.getReader();
	let text = '';
	while (text.split('\ndata: ').length < 8)
		text += Buffer.from((await reader.read()).value).toString();
	await reader.cancel();
	document.check_reply({ path: route, method: 'get' }, reply, text);
	return text.split('\n\n').filter(frame => /^id: /.test(frame)).slice(0, -1)
		.map(frame => JSON.parse(frame.match(/^data: (.*)$/m)[1]));
}

// The codes in the daemon's source: those of replies, and of the drop-in API's own helper.
function codes_in(folder) {
	const codes = new Set();
	for (const name of readdirSync(folder, { recursive: true }).filter(one => one.endsWith('.c'))) {
		const text = readFileSync(path.join(folder, name), 'utf8');
		for (const [, call] of text.matchAll(/(?:http_reply_problem|\brefuse)\(([^;]*)/g))
			for (const [, code] of call.matchAll(/[(,]\s*"([a-z_]+)",/g))
				codes.add(code);
	}
	return codes;
}

const operator = (status, route, id, more) => send(status, 'post', `/admin/v1${route}`, { id, ...more });
const ids = {};

const tests = {
	async 'the linter has nothing to say'() {
		const lint = spawnSync('node_modules/.bin/redocly', ['lint', 'openapi.json', '--config', 'redocly.yaml'], {
			encoding: 'utf8',
			env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
		});
		assert.equal(lint.status, 0, lint.stdout + lint.stderr);
	},
	async 'the document is the one that is served'() {
		const version = document.root.info.version;
		assert.deepEqual(document.root, { ...source, info: { ...source.info, version } });
	},
	async 'examples are what their schemas say'() {
		const check = (media, what) => {
			if (media.example !== undefined && media.schema)
				document.validate(media.schema, media.example, what);
		};
		for (const { path: route, method, operation } of document.operations()) {
			for (const { type, media } of document.bodies(operation))
				check(media, `${method} ${route} ${type}`);
			for (const [status, response] of Object.entries(operation.responses))
				for (const media of Object.values(document.find(response).content ?? {}))
					check(media, `${method} ${route} ${status}`);
		}
		for (const [type, { post }] of Object.entries(document.root.webhooks))
			check(post.requestBody.content['application/json'], type);
	},
	async 'every code of the daemon is listed, and no other'() {
		const { code } = document.root.components.schemas.Problem.properties;
		assert.deepEqual([...codes_in(sources)].sort(), [...code.enum].sort());
		for (const one of code.enum)
			assert.match(document.root.info.description, new RegExp(`\\| \`${one}\` \\|`));
	},
	async 'a message, its story, its conversation'() {
		const sent = (await send(202, 'post', '/v1/messages')).message;
		ids.message = sent.id;
		ids.conversation = sent.conversation;
		ids.delivery = await until('its delivery', async () => {
			const [delivery] = (await story(ids.message)).deliveries;
			return delivery?.state === 'delivered' && delivery.id;
		});
	},
	async 'Prefer: wait, and Idempotency-Key'() {
		const headers = { 'idempotency-key': '"order-4711"' };
		await send(200, 'post', '/v1/messages', { headers: { prefer: 'wait=60' } });
		const first = await send(202, 'post', '/v1/messages', { headers });
		assert.deepEqual(await send(202, 'post', '/v1/messages', { headers }), first);
		await send(422, 'post', '/v1/messages', { headers, body: { a: 1 } });
	},
	async 'what Maax calls'() {
		await message('not answered [sim callbacks=0]');
		const submit = await until('the submit', async () =>
			(await world.submits()).find(one => /not answered/.test(one.body?.message_content)));
		const { urls } = await send(200, 'get', '/admin/v1/urls');
		const tokens = {
			'/cb/answer/{token}': submit.body.send_response_url,
			'/cb/followup/{token}': submit.body.followup_url,
			'/cb/emergency/{token}': urls[0].emergency_url,
		};
		for (const [route, url] of Object.entries(tokens)) {
			const id = url.split('/').pop();
			for (const method of ['post', 'put'])
				for (const { type, media } of document.bodies(document.root.paths[route][method]))
					if (media.example !== undefined)
						assert.ok((await send(200, method, route, { id, type, body: media.example })).id);
			assert.ok((await send(200, 'get', route, { id, query: '?message_content=hello' })).id);
			assert.ok(!(await send(200, 'get', route, { id })).id);
			await send(200, 'head', route, { id });
			await send(404, 'post', route, { id: 'no' });
		}
	},
	async 'inbound hooks'() {
		const route = '/in/{source}/{secret}';
		for (const method of ['post', 'put'])
			for (const { type, media } of document.bodies(document.root.paths[route][method]))
				if (media.example !== undefined)
					ids.inbound = (await send(200, method, route, {
						id: ['sms', HOOK_SECRET], type, body: media.example,
					})).id;
		assert.ok((await send(200, 'get', route, { id: ['sms', HOOK_SECRET], query: '?From=1&Body=Hi' })).id);
		await send(200, 'head', route, { id: ['sms', HOOK_SECRET] });
		await send(404, 'post', route, { id: ['sms', 'no'] });
		await send(401, 'post', route, { id: ['twilio', HOOK_SECRET] });
		const lost = async () => (await send(200, 'post', route, { id: ['sms', HOOK_SECRET], body: { From: '1' } })).id;
		await operator(200, '/inbound/{id}/replay', await lost());
		await operator(200, '/inbound/{id}/drop', await lost());
		await operator(200, '/inbound/replay', '', { query: '?state=unmapped&source=sms' });
		await operator(409, '/inbound/{id}/drop', ids.inbound);
		await send(200, 'get', '/admin/v1/inbound/{id}', { id: ids.inbound });
	},
	async 'mail'() {
		const { inbound } = await operator(200, '/sources/{name}/ingest', 'support');
		assert.equal(inbound.state, 'accepted');
		await operator(404, '/sources/{name}/ingest', 'crm');
		await operator(400, '/sources/{name}/ingest', 'support', { body: '' });
	},
	async 'the drop-in API, and what it passes on'() {
		const route = '/api/v2/outgoing-messages/';
		const { post } = document.root.paths[route];
		const body = { ...document.bodies(post)[0].media.example, send_response_url: `${world.desk}/relay`,
			       followup_url: `${world.desk}/relay` };
		await send(200, 'post', route, { body });
		await send(200, 'post', route, { body: {}, query: `?${new URLSearchParams({
			...body, prospect_info: JSON.stringify(body.prospect_info), message_content: 'in the query',
		})}` });
		await send(400, 'post', route);
		await send(400, 'post', route, { body: {} });
		await send(400, 'post', route, { body: { ...body, message_content: 'no [sim reply=400]' } });
		const relayed = await until('the relay', () => world.deliveries.find(one =>
			/in the query/.test(one.body) && !JSON.parse(one.body).type));
		document.check_signed(Object.values(post.callbacks.answer)[0].post, relayed.headers);
		const list = (await send(200, 'get', '/v1/conversations')).data;
		const { conversation_id } = list.find(one => one.conversation_id && one.key?.startsWith('maax:'));
		await send(200, 'post', '/api/v2/conversations/{id}/', { id: conversation_id });
		await send(404, 'post', '/api/v2/conversations/{id}/', { id: '404' });
	},
	async 'webhooks of every type'() {
		const seen = type => world.webhook(type).then(one => document.check_webhook(one));
		await message('follow up [sim followup=100ms]');
		await message('refuse [sim reply=400]');
		await message('silence [sim callbacks=0]');
		for (const type of ['answer.received', 'followup.received', 'emergency.received', 'answer.overdue',
				    'message.failed'])
			await seen(type);
	},
	async 'callbacks by hand, and alerts of them'() {
		const id = await unmatched();
		document.check_webhook(await world.webhook('alert.raised', ({ alert }) => alert.kind === 'callbacks_unmatched'));
		assert.ok((await send(200, 'get', '/admin/v1/alerts')).data.length > 0);
		await send(200, 'get', '/admin/v1/callbacks/{id}', { id });
		await operator(200, '/callbacks/{id}/replay', id);
		await operator(200, '/callbacks/{id}/attach', id, { body: { message: ids.message } });
		await operator(200, '/callbacks/{id}/drop', await unmatched());
		await operator(409, '/callbacks/{id}/drop', id);
		for (const { id: open } of (await send(200, 'get', '/admin/v1/callbacks')).data)
			await operator(200, '/callbacks/{id}/drop', open);
		document.check_webhook(await world.webhook('alert.cleared', ({ alert }) => alert.kind === 'callbacks_unmatched'));
	},
	async 'messages by hand'() {
		const failed = (await in_state(await message('refuse [sim reply=400]'), 'failed')).id;
		await operator(200, '/messages/{id}/replay', failed, { body: { stage: 'submit' } });
		await operator(200, '/messages/{id}/replay', ids.message);
		const waits = await message('later [sim reply=503]');
		await until('the first try', async () => (await story(waits)).next_try_at && (await story(waits)).attempts.length);
		await operator(200, '/messages/{id}/retry', waits);
		await operator(200, '/messages/{id}/cancel', waits);
		await operator(409, '/messages/{id}/cancel', waits);
		for (const route of ['/replay', '/retry', '/simulate'])
			await operator(200, route);
		await operator(202, '/messages');
		await operator(200, '/messages', '', { headers: { prefer: 'wait=60' } });
	},
	async 'deliveries and destinations by hand'() {
		await operator(200, '/deliveries/{id}/retry', await pending());
		await operator(200, '/deliveries/{id}/cancel', await pending());
		assert.ok((await send(200, 'get', '/admin/v1/holds')).data.length > 0);
		await operator(200, '/destinations/{name}/resume', 'desk');
		await operator(200, '/deliveries/{id}/replay', ids.delivery);
		await operator(200, '/destinations/{name}/test', 'desk');
		await operator(404, '/destinations/{name}/test', 'nobody');
	},
	async 'conversations by hand'() {
		for (const base of ['/v1', '/admin/v1'])
			for (const action of ['answers', 'pause', 'unpause'])
				await send(200, 'post', `${base}/conversations/{id}/${action}`, { id: ids.conversation });
	},
	async 'keys, one person\'s data, the database'() {
		const { key } = await operator(200, '/keys');
		await operator(200, '/keys/{id}/revoke', key.id);
		await operator(404, '/keys/{id}/revoke', key.id);
		await operator(200, '/erase');
		await send(200, 'get', '/admin/v1/export', { query: '?contact=ann@example.org' });
		await operator(202, '/db/prune');
		await operator(202, '/db/backup');
		const idle = async () => !(await send(200, 'get', '/admin/v1/db')).backup.running;
		await until('the end of the backup', idle);
		await operator(202, '/db/check');
		await until('the end of the check', idle);
	},
	async 'event streams'() {
		for (const route of ['/v1/events', '/admin/v1/events/stream'])
			for (const event of await stream(route))
				document.validate({ $ref: '#/components/schemas/Event' }, event, route);
	},
	async 'every list and every page, with each of its parameters'() {
		for (const { path: route, method, operation } of document.operations()) {
			if (method !== 'get' || /\/events$|stream|^\/(cb|in)\/|export/.test(route))
				continue;
			const id = /messages\/\{id\}/.test(route) ? ids.message : ids.conversation;
			if (/\{id\}/.test(route) && !/(messages|conversations)\/\{id\}/.test(route))
				continue;
			await send(200, method, route, { id });
			for (const { name, in: where, schema } of (operation.parameters ?? []).map(one => document.find(one))) {
				const values = schema.enum ?? { limit: [1, 250], since: ['2026-01-05T09:30:00Z'],
								until: ['2026-01-05T09:30:00Z'],
								conversation: [ids.conversation] }[name] ?? ['x'];
				for (const value of where === 'query' && name !== 'cursor' ? values : [])
					await send(200, method, route, { id, query: `?${name}=${value}` });
			}
		}
		await send(200, 'get', '/admin/v1/events', { query: '?limit=5' });
	},
	async 'what every path refuses'() {
		for (const { path: route, method, operation } of document.operations()) {
			const scheme = Object.keys(operation.security[0] ?? {})[0];
			const wrong = { authorization: 'Bearer no', '2hd-api-key': 'no', 'x-maaxd-admin': '0' };
			const id = ['msg_0000000000000'.replace('msg', 'xyz'), 'x'];
			if (scheme)
				await send(/^admin/.test(scheme) ? 403 : 401, method, route, { id, headers: wrong });
			if (document.bodies(operation).map(one => one.type).join() !== 'application/json')
				continue;
			if (operation.responses['415'])
				await send(415, method, route, { id, type: 'text/plain', body: '{}' });
		}
		await send(400, 'post', '/v1/messages', { body: '{' });
		await send(422, 'post', '/v1/messages', { body: {} });
		await send(400, 'get', '/v1/messages', { query: '?limit=0' });
		await send(404, 'get', '/v1/messages/{id}', { id: 'msg_0000000000000' });
		await send(413, 'post', '/v1/messages', { body: 'x'.repeat(300000) });
		await send(304, 'get', '/openapi.json', { headers: { 'if-none-match': '*' } });
	},
	async 'nothing of the document was left out'() {
		const left = [];
		for (const { path: route, method, operation } of document.operations())
			for (const status of Object.keys(operation.responses))
				if (/^[23]/.test(status) && !document.seen.has(`${method} ${route} ${status}`))
					left.push(`${method} ${route} ${status}`);
		assert.deepEqual(left, []);
	},
};

await run(world, tests, async () => {
	document = new Document(await (await fetch(`${world.url}/openapi.json`)).json());
});
