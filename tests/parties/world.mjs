// maaxd between maax-sim and a destination of our own, in a temporary directory.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const TWILIO_TOKEN = 'twilio-auth-token-0123456789';
export const HOOK_SECRET = 'hook-secret-0123456789';
export const INBOUND_SECRET = 'whsec_aW5ib3VuZC1zZWNyZXQtMDEyMzQ1Njc4OWFiY2RlZg==';
export const OUTBOUND_SECRET = 'whsec_b3V0Ym91bmQtc2VjcmV0LTAxMjM0NTY3ODlhYmNkZQ==';
const ADMIN_TOKEN = 'admin-token-0123456789';
const PATIENCE = 30000 * Number(process.env.TEST_TIME_FACTOR || 1);

// Asks again and again until the answer is neither false nor null.
export async function until(what, ask) {
	const end = Date.now() + PATIENCE;
	for (;;) {
		const answer = await ask();
		if (answer)
			return answer;
		if (Date.now() > end)
			throw new Error(`waited in vain for ${what}`);
		await new Promise(resolve => setTimeout(resolve, 20));
	}
}

async function freePort() {
	const server = net.createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address();
	server.close();
	return port;
}

export class World {
	constructor(build) {
		this.build = build;
		this.dir = mkdtempSync(path.join(tmpdir(), 'maaxd-parties.'));
		this.children = [];
		this.deliveries = []; // { headers, body } as they came
	}

	start_program(name, args) {
		const child = spawn(path.join(this.build, name), args, { stdio: ['ignore', 'pipe', 'pipe'] });
		child.text = '';
		for (const stream of [child.stdout, child.stderr])
			stream.on('data', data => { child.text += data; });
		this.children.push(child);
		return child;
	}

	async listen_for_deliveries() {
		this.server = http.createServer((request, response) => {
			const parts = [];
			request.on('data', part => parts.push(part));
			request.on('end', () => {
				this.deliveries.push({ headers: request.headers,
						       body: Buffer.concat(parts).toString() });
				response.writeHead(204).end();
			});
		});
		this.server.listen(0, '127.0.0.1');
		await once(this.server, 'listening');
		return `http://127.0.0.1:${this.server.address().port}/desk`;
	}

	secret(name, text) {
		writeFileSync(path.join(this.dir, name), `${text}\n`, { mode: 0o600 });
		return path.join(this.dir, name);
	}

	write_config(port, base_url, desk) {
		const source = (name, more) => `
[source "${name}"]
kind = hook
ai = sales
destinations = desk
limit_conversation = off
url_secret_file = ${this.secret('hook', HOOK_SECRET)}
${more}`;
		writeFileSync(path.join(this.dir, 'maaxd.ini'), `
[maaxd]
state_dir = ${this.dir}/state
public_url = ${this.url}
disk_reserve = 1M
[listener "public"]
listen = 127.0.0.1:${port}
serve = callbacks hooks
[listener "admin"]
listen = 127.0.0.1:${this.admin_port}
serve = admin
admin_token_file = ${this.secret('admin', ADMIN_TOKEN)}
[maax]
base_url = ${base_url}/api/v2
api_key_file = ${this.secret('maax', 'maax-key')}
[ai "sales"]
ai_id = 123
${source('twilio', `signature = twilio
signature_secret_file = ${this.secret('twilio-token', TWILIO_TOKEN)}
platform = sms
map_text = \${/Body /body/text}
map_phone = \${/From | digits}
map_first_name = there
map_conversation_key = \${/From | digits}`)}
${source('webhook', `signature = standard-webhooks
signature_secret_file = ${this.secret('webhook-secret', INBOUND_SECRET)}
platform = website`)}
[destination "desk"]
kind = webhook
url = ${desk}
secret_file = ${this.secret('desk', OUTBOUND_SECRET)}
`);
	}

	async start() {
		const sim = this.start_program('maax-sim', []);
		const base_url = await until('maax-sim', () => sim.text.match(/listening on (\S+)/)?.[1]);
		const port = await freePort();
		this.admin_port = await freePort();
		this.url = `http://127.0.0.1:${port}`;
		this.write_config(port, base_url, await this.listen_for_deliveries());
		this.daemon = this.start_program('maaxd', ['-c', path.join(this.dir, 'maaxd.ini')]);
		await until('maaxd', async () => {
			if (this.daemon.exitCode !== null)
				throw new Error(this.daemon.text);
			return fetch(`${this.url}/readyz`).then(reply => reply.ok, () => false);
		});
	}

	hook(source, query = '') {
		return `${this.url}/in/${source}/${HOOK_SECRET}${query}`;
	}

	// What became of the inbound request of a reply.
	async inbound(reply) {
		const { id } = await reply.json();
		const told = await fetch(`http://127.0.0.1:${this.admin_port}/admin/v1/inbound/${id}`, {
			headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'x-maaxd-admin': '1' },
		});
		return (await told.json()).inbound;
	}

	// The delivery of the answer to a text.
	delivery(text) {
		return until(`the delivery of ${text}`, () => this.deliveries.find(delivery =>
			JSON.parse(delivery.body).data?.message?.message_content === text));
	}

	async stop() {
		for (const child of this.children.reverse()) {
			if (child.exitCode === null) {
				child.kill('SIGTERM');
				await once(child, 'exit');
			}
		}
		this.server?.closeAllConnections?.();
		this.server?.close();
		if (this.daemon && this.daemon.exitCode !== 0)
			throw new Error(`maaxd ended with ${this.daemon.exitCode}: ${this.daemon.text}`);
		rmSync(this.dir, { recursive: true });
	}
}

/*
 * Runs the tests, an object of functions by name, once the world and `begin` are up; prints a line for each and
 * the sum, and ends the process: with 1 when one failed.
 */
export async function run(world, tests, begin = () => {}) {
	let passed = 0;
	let failed = 0;
	try {
		await world.start();
		await begin();
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
}
