// twilio and standardwebhooks, as published by those who made the schemes, sign and verify.
import assert from 'node:assert/strict';
import { Webhook } from 'standardwebhooks';
import twilio_webhooks from 'twilio/lib/webhooks/webhooks.js';
import { HOOK_SECRET, INBOUND_SECRET, OUTBOUND_SECRET, run, TWILIO_TOKEN, World } from './world.mjs';

const { getExpectedTwilioSignature, getExpectedBodyHash } = twilio_webhooks;
const world = new World(process.argv[2]);

function twilio_form(url, fields, token = TWILIO_TOKEN) {
	const body = new URLSearchParams();
	for (const [name, value] of Object.entries(fields))
		for (const one of [].concat(value))
			body.append(name, one);
	return fetch(url, {
		method: 'POST',
		body,
		headers: { 'x-twilio-signature': getExpectedTwilioSignature(token, url, fields) },
	});
}

function webhook(text, { id = `msg_${Math.random()}`, at = new Date(), secret = INBOUND_SECRET } = {}) {
	const body = JSON.stringify({ text, name: 'Ann', email: 'ann@example.org' });
	return fetch(world.hook('webhook'), {
		method: 'POST',
		body,
		headers: {
			'content-type': 'application/json',
			'webhook-id': id,
			'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
			'webhook-signature': new Webhook(secret).sign(id, at, body),
		},
	});
}

async function assert_accepted(reply) {
	assert.equal(reply.status, 200);
	assert.equal((await world.inbound(reply)).state, 'accepted');
}

const tests = {
	async 'twilio: a form'() {
		await assert_accepted(await twilio_form(world.hook('twilio'), {
			MessageSid: 'SM1', From: '+15550100', To: '+15550199', Body: 'How much?', NumMedia: '0',
		}));
		await world.delivery('How much?');
	},
	async 'twilio: characters of every kind, empty fields, a query'() {
		await assert_accepted(await twilio_form(world.hook('twilio', '?tenant=a%20b&x=1+2'), {
			From: 'whatsapp:+15550100', Body: 'Grüße & 100 % = “ok” 🙂\nzwei+drei', Empty: '', 'a b': 'c d',
		}));
	},
	async 'twilio: a field several times'() {
		await assert_accepted(await twilio_form(world.hook('twilio'), {
			From: '+15550101', Body: 'media', MediaUrl: ['b', 'a', 'a'],
		}));
	},
	async 'twilio: JSON with bodySHA256'() {
		const body = JSON.stringify({ From: '+15550102', body: { text: 'as JSON' } });
		const url = world.hook('twilio', `?bodySHA256=${getExpectedBodyHash(body)}`);
		const post = content => fetch(url, {
			method: 'POST',
			body: content,
			headers: {
				'content-type': 'application/json',
				'x-twilio-signature': getExpectedTwilioSignature(TWILIO_TOKEN, url, {}),
			},
		});
		await assert_accepted(await post(body));
		assert.equal((await post(body.replace('as', 'AS'))).status, 401);
	},
	async 'twilio: GET'() {
		const url = world.hook('twilio', '?From=%2B15550103&Body=by+GET');
		await assert_accepted(await fetch(url, {
			headers: { 'x-twilio-signature': getExpectedTwilioSignature(TWILIO_TOKEN, url, {}) },
		}));
	},
	async 'twilio: another token, another URL, no signature'() {
		const fields = { From: '+15550100', Body: 'no' };
		assert.equal((await twilio_form(world.hook('twilio'), fields, 'other')).status, 401);
		assert.equal((await fetch(world.hook('twilio'), {
			method: 'POST',
			body: new URLSearchParams(fields),
			headers: {
				'x-twilio-signature':
					getExpectedTwilioSignature(TWILIO_TOKEN, `${world.url}/in/x`, fields),
			},
		})).status, 401);
		assert.equal((await fetch(world.hook('twilio'), {
			method: 'POST', body: new URLSearchParams(fields),
		})).status, 401);
	},
	async 'standardwebhooks: signed'() {
		await assert_accepted(await webhook('signed by standardwebhooks'));
	},
	async 'standardwebhooks: the same id again is a repeat'() {
		await assert_accepted(await webhook('once', { id: 'msg_same' }));
		const again = await world.inbound(await webhook('once', { id: 'msg_same' }));
		assert.equal(again.state, 'dropped');
		assert.equal(again.reason, 'duplicate');
	},
	async 'standardwebhooks: too old, too new, another secret'() {
		const minutes = count => new Date(Date.now() + count * 60000);
		assert.equal((await webhook('old', { at: minutes(-6) })).status, 401);
		assert.equal((await webhook('new', { at: minutes(6) })).status, 401);
		assert.equal((await webhook('other', { secret: OUTBOUND_SECRET })).status, 401);
		await assert_accepted(await webhook('just', { at: minutes(-4) }));
	},
	async 'standardwebhooks: verifies what we deliver'() {
		const { headers, body } = await world.delivery('signed by standardwebhooks');
		const payload = new Webhook(OUTBOUND_SECRET).verify(body, headers);
		assert.equal(payload.type, 'answer.received');
		assert.equal(payload.data.source, 'webhook');
		assert.throws(() => new Webhook(OUTBOUND_SECRET).verify(`${body} `, headers));
		assert.throws(() => new Webhook(INBOUND_SECRET).verify(body, headers));
	},
	async 'the log names no secret'() {
		for (const secret of [HOOK_SECRET, TWILIO_TOKEN, INBOUND_SECRET, OUTBOUND_SECRET])
			assert.ok(!world.daemon.text.includes(secret));
	},
};

await run(world, tests);
