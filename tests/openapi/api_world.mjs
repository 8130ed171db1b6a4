// The world of the parties with every surface served, a source of each kind, and short times.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { until, World } from './world.mjs';

export const KEY = 'crm-key-0123456789abcdef';
export const ADMIN_TOKEN = 'admin-token-0123456789';

const RELAY_SECRET = 'whsec_Y3JtLXJlbGF5LXNlY3JldC0wMTIzNDU2Nzg5YWI=';

export class ApiWorld extends World {
	write_config(port, base_url, desk) {
		const file = path.join(this.dir, 'maaxd.ini');
		super.write_config(port, base_url, desk);
		this.desk = desk;
		this.sim_url = base_url;
		this.admin_url = `http://127.0.0.1:${this.admin_port}`;
		writeFileSync(file, `${readFileSync(file, 'utf8')
			.replace('serve = callbacks hooks', 'serve = callbacks hooks api')
			.replace('serve = admin\n', 'serve = admin metrics\n')
			.replace('[maaxd]\n', '[maaxd]\nalert_destinations = pager\n')
			.replace('[maax]\n', '[maax]\nanswer_deadline = 2s\nsubmit_schedule = 0s 1h\n')}
[source "crm"]
kind = api
ai = sales
destinations = desk
limit_conversation = off
limit_rate = off
key_file = ${this.secret('crm', KEY)}
secret_file = ${this.secret('crm-relay', RELAY_SECRET)}
relay_http = on
relay_ports = ${new URL(desk).port}
relay_allow = 127.0.0.0/8
[source "sms"]
kind = hook
ai = sales
destinations = desk
limit_conversation = off
url_secret_file = ${path.join(this.dir, 'hook')}
platform = sms
map_text = \${/Body}
map_phone = \${/From | digits}
map_first_name = there
[source "support"]
kind = mail
ai = sales
destinations = desk
[destination "pager"]
kind = webhook
url = ${desk}/pager
secret_file = ${path.join(this.dir, 'desk')}
`);
	}

	// What maax-sim was asked, the newest first.
	async submits() {
		const text = await (await fetch(`${this.sim_url}/sim/log?event=submit`)).text();
		return text.trim().split('\n').map(line => JSON.parse(line)).reverse();
	}

	// The first delivery of a type that a test is true of.
	webhook(type, is_it = () => true) {
		return until(`the delivery of ${type}`, () => this.deliveries.find(({ headers, body }) => {
			if (!/json/.test(headers['content-type'] ?? ''))
				return false;
			const payload = JSON.parse(body);
			return payload.type === type && is_it(payload.data);
		}));
	}
}
