// The document as it is served, and what is held against it.
import assert from 'node:assert/strict';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const METHODS = ['get', 'head', 'post', 'put'];

/*
 * The published schemas let replies have members that come later; here a member that is not documented is a mistake.
 * Parts of an allOf stay open, for the whole is closed: what they refer to is kept twice.
 */
function close(schema, inside = false) {
	if (Array.isArray(schema))
		return schema.map(part => close(part));
	if (schema === null || typeof schema !== 'object')
		return schema;
	const closed = {};
	for (const [key, value] of Object.entries(schema)) {
		if (key === '$ref')
			closed[key] = inside ? value.replace('/schemas/', '/open/') : value;
		else if (key === 'allOf')
			closed[key] = value.map(part => close(part, true));
		else if (key === 'properties')
			closed[key] = Object.fromEntries(Object.entries(value).map(([name, part]) => [name, close(part)]));
		else
			closed[key] = typeof value === 'object' && key !== 'example' ? close(value) : value;
	}
	if (schema.allOf && !inside)
		closed.unevaluatedProperties = false;
	else if (schema.properties && schema.type && !inside && !('additionalProperties' in schema))
		closed.additionalProperties = false;
	return closed;
}

function explain(errors) {
	return errors?.slice(0, 5).map(({ instancePath, message, params }) =>
		`${instancePath} ${message} ${Object.values(params).join()}`).join('; ');
}

export class Document {
	constructor(root) {
		this.root = root;
		this.ajv = new Ajv({ strict: false, allErrors: true });
		addFormats(this.ajv);
		const map = (schemas, inside) => Object.fromEntries(
			Object.entries(schemas).map(([name, schema]) => [name, close(schema, inside)]));
		this.components = { schemas: map(root.components.schemas), open: map(root.components.schemas, true) };
		this.seen = new Set(); // "post /v1/messages 202"
	}

	find(node) {
		return node?.$ref ? this.find(node.$ref.slice(2).split('/').reduce((at, key) => at[key], this.root)) : node;
	}

	// { path, method, operation } of every operation
	*operations() {
		for (const [path, item] of Object.entries(this.root.paths))
			for (const method of METHODS)
				if (item[method])
					yield { path, method, operation: item[method] };
	}

	// { type, media } of every body that an operation can be sent
	bodies(operation) {
		return Object.entries(this.find(operation.requestBody)?.content ?? {})
			.map(([type, media]) => ({ type, media }));
	}

	validate(schema, value, what) {
		const check = this.ajv.compile({ ...close(schema), components: this.components });
		assert.ok(check(value), `${what}: ${explain(check.errors)} in ${JSON.stringify(value)}`);
	}

	check_headers(documented, headers, what) {
		for (const [name, header] of Object.entries(documented.headers ?? {})) {
			const value = headers.get(name);
			assert.ok(value !== null || !header.required, `${what}: without ${name}`);
			if (value !== null)
				this.validate(header.schema, header.schema.type === 'integer' ? Number(value) : value, name);
		}
	}

	// A reply must be one that its operation has. Returns the body.
	check_reply({ path, method }, reply, text) {
		const what = `${method} ${path} ${reply.status}`;
		const { responses } = this.root.paths[path][method];
		const key = [String(reply.status), `${String(reply.status)[0]}XX`].find(one => responses[one]);
		assert.ok(key, `${what} is not in the document: ${text}`);
		const documented = this.find(responses[key]);
		this.seen.add(`${method} ${path} ${key}`);
		this.check_headers(documented, reply.headers, what);
		if (!documented.content || method === 'head') {
			assert.equal(text, '', what);
			return null;
		}
		const type = reply.headers.get('content-type')?.split(';')[0];
		const media = documented.content[type] ?? documented.content['*/*'];
		assert.ok(media, `${what}: ${type} is not in the document: ${text}`);
		const value = /json$/.test(type) ? JSON.parse(text) : text;
		this.validate(media.schema, value, what);
		return value;
	}

	// One of our own requests to a destination, by its "type".
	check_webhook({ headers, body }) {
		const { post } = this.root.webhooks[JSON.parse(body).type];
		this.validate(post.requestBody.content['application/json'].schema, JSON.parse(body), post.operationId);
		this.check_signed(post, headers);
	}

	check_signed(operation, headers) {
		for (const { name, schema } of operation.parameters.map(one => this.find(one))) {
			assert.ok(headers[name], `without ${name}`);
			this.validate(schema, headers[name], name);
		}
	}
}
