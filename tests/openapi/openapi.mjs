// Lints the document, then sends its examples to the real daemon and validates the replies.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { until, World } from './world.mjs';

const KEY = 'crm-key-0123456789abcdef';
const ADMIN_TOKEN = 'admin-token-0123456789';

// The world of the parties, with a source of kind api and every surface served.
class ApiWorld extends World {
	write_config(port, base_url, desk) {
		super.write_config(port, base_url, desk);
		const file = path.join(this.dir, 'maaxd.ini');
		const text = readFileSync(file, 'utf8')
			.replace('serve = callbacks hooks', 'serve = callbacks hooks api')
			.replace('serve = admin\n', 'serve = admin metrics\n');
		writeFileSync(file, `${text}
[source "crm"]
kind = api
ai = sales
destinations = desk
limit_conversation = off
key_file = ${this.secret('crm', KEY)}
secret_file = ${this.secret('crm-relay', 'whsec_Y3JtLXJlbGF5LXNlY3JldC0wMTIzNDU2Nzg5YWI=')}
`);
	}
}

const world = new ApiWorld(process.argv[2]);
const ajv = new Ajv({ strict: false, allErrors: true });
addFormats(ajv);
let document;

function find(node) {
	return node?.$ref ? find(node.$ref.slice(2).split('/').reduce((at, key) => at[key], document)) : node;
}

function validate(schema, value, what) {
	const check = ajv.compile({ ...schema, components: document.components });
	assert.ok(check(value), `${what}: ${JSON.stringify(check.errors)} in ${JSON.stringify(value)}`);
}

// Sends one request of the document; its reply must be one that the document has. Returns the body.
async function call(method, route, { path: target = route, body, headers = {} } = {}) {
	const operation = document.paths[route][method];
	const is_admin = route.startsWith('/admin') || route === '/metrics';
	const example = operation.requestBody?.content?.['application/json']?.example;
	const sent = body ?? example;
	const reply = await fetch((is_admin ? world.admin_url : world.url) + target, {
		method: method.toUpperCase(),
		body: sent === undefined || method === 'get' ? undefined : JSON.stringify(sent),
		headers: {
			'content-type': 'application/json',
			...(is_admin ? { authorization: `Bearer ${ADMIN_TOKEN}`, 'x-maaxd-admin': '1' }
				: route.startsWith('/api/') ? { '2hd-api-key': KEY } : { authorization: `Bearer ${KEY}` }),
			...headers,
		},
	});
	const what = `${method} ${target} ${reply.status}`;
	const text = await reply.text();
	const documented = find(operation.responses[reply.status]);
	assert.ok(documented, `${what} is not in the document: ${text}`);
	const type = reply.headers.get('content-type')?.split(';')[0];
	const media = documented.content?.[type] ?? documented.content?.['*/*'];
	assert.ok(media, `${what}: ${type} is not in the document`);
	if (!/json$/.test(type))
		return { status: reply.status, body: text };
	const value = JSON.parse(text);
	validate(media.schema, value, what);
	return { status: reply.status, body: value };
}

async function expect(status, ...request) {
	const reply = await call(...request);
	assert.equal(reply.status, status, JSON.stringify(reply.body));
	return reply.body;
}

const ids = {};

const tests = {
	async 'the linter has nothing to say'() {
		const lint = spawnSync('npx', ['--no-install', 'redocly', 'lint', 'openapi.json',
					       '--config', 'redocly.yaml'], { encoding: 'utf8' });
		assert.equal(lint.status, 0, lint.stdout + lint.stderr);
	},
	async 'examples of requests are what their schemas say'() {
		for (const item of Object.values(document.paths))
			for (const operation of Object.values(item)) {
				const media = operation.requestBody?.content?.['application/json'];
				if (media?.example !== undefined)
					validate(media.schema, media.example, operation.operationId);
			}
	},
	async 'a message, its story, its conversation'() {
		ids.message = (await expect(202, 'post', '/v1/messages')).message.id;
		const story = await until('the answer', async () => {
			const { message } = await expect(200, 'get', '/v1/messages/{id}',
							 { path: `/v1/messages/${ids.message}` });
			return message.deliveries[0]?.state === 'delivered' && message;
		});
		ids.conversation = story.conversation;
		ids.delivery = story.deliveries[0].id;
	},
	async 'Prefer: wait'() {
		await expect(200, 'post', '/v1/messages', { headers: { prefer: 'wait=60' } });
	},
	async 'the webhook'() {
		const { headers, body } = world.deliveries[0];
		const { post } = document.webhooks['answer.received'];
		validate(post.requestBody.content['application/json'].schema, JSON.parse(body), 'answer.received');
		for (const parameter of post.parameters.map(find))
			validate(parameter.schema, headers[parameter.name], parameter.name);
	},
	async 'the drop-in API'() {
		const body = { ...document.paths['/api/v2/outgoing-messages/'].post.requestBody
			.content['application/json'].example };
		await expect(200, 'post', '/api/v2/outgoing-messages/', { body });
		await expect(400, 'post', '/api/v2/outgoing-messages/', { body: {} });
		await expect(404, 'post', '/api/v2/conversations/{id}/',
			     { path: '/api/v2/conversations/404/', body: {} });
	},
	async 'refusals'() {
		await expect(422, 'post', '/v1/messages', { body: {} });
		await expect(401, 'get', '/v1/messages', { headers: { authorization: 'Bearer no' } });
		await expect(403, 'get', '/admin/v1/status', { headers: { 'x-maaxd-admin': '0' } });
		await expect(400, 'get', '/v1/messages', { path: '/v1/messages?limit=0' });
		await expect(404, 'post', '/cb/answer/{token}', { path: '/cb/answer/no' });
	},
	async 'every GET without an id'() {
		for (const [route, item] of Object.entries(document.paths))
			if (item.get && !route.includes('{') && !route.includes('/events'))
				await expect(200, 'get', route);
		await expect(200, 'get', '/admin/v1/events');
	},
	async 'every GET of a message and a conversation'() {
		for (const [route, item] of Object.entries(document.paths)) {
			const id = route.includes('/messages/{id}') ? ids.message : ids.conversation;
			if (item.get && /\/(messages|conversations)\/\{id\}/.test(route))
				await expect(200, 'get', route, { path: route.replace('{id}', id) });
		}
	},
	async 'what an operator does'() {
		const on = (route, id, status = 200, more = {}) =>
			expect(status, 'post', `/admin/v1${route}`,
			       { path: `/admin/v1${route}`.replace(/\{\w+\}/, id), ...more });
		await on('/conversations/{id}/answers', ids.conversation);
		await on('/conversations/{id}/pause', ids.conversation);
		await on('/conversations/{id}/unpause', ids.conversation);
		await on('/messages/{id}/replay', ids.message);
		await on('/messages/{id}/cancel', ids.message, 409);
		await on('/deliveries/{id}/replay', ids.delivery);
		await on('/destinations/{name}/hold', 'desk');
		await on('/destinations/{name}/resume', 'desk');
		await on('/destinations/{name}/test', 'desk');
		for (const route of ['/replay', '/retry', '/simulate'])
			await on(route, '');
		ids.key = (await on('/keys', '')).key.id;
		await on('/keys/{id}/revoke', ids.key);
		await expect(202, 'post', '/admin/v1/messages');
	},
	async 'the document is the one that is served'() {
		assert.deepEqual({ ...document, info: { ...document.info, version: '' } },
				 { ...source, info: { ...source.info, version: '' } });
	},
};
const source = JSON.parse(readFileSync('openapi.json', 'utf8'));

let passed = 0;
let failed = 0;
try {
	await world.start();
	world.admin_url = `http://127.0.0.1:${world.admin_port}`;
	document = await (await fetch(`${world.url}/openapi.json`)).json();
	for (const [name, test] of Object.entries(tests)) {
		try {
			await test();
			console.log(`ok    ${name}`);
			passed++;
		} catch (error) {
			console.log(`FAIL  ${name}\n${error.stack}`);
			failed++;
		}
	}
	await world.stop();
} catch (error) {
	console.log(`FAIL  ${error.stack}`);
	failed++;
	for (const child of world.children)
		child.kill('SIGKILL');
}
console.log(`${passed} passed, ${failed} failed, 0 skipped`);
process.exit(failed > 0 ? 1 : 0);
