/*
 * The REST interface as the program itself describes it: for each operation a good request,
 * bad ones made from it, and a check of answers against their schema.
 */
import { randomUUID } from "node:crypto";
import { newId } from "./client.mjs";
import { program, run } from "./dispatch.mjs";

export const document = JSON.parse(run([program("dispatch-fcgi"), "--openapi"]).out);

/** [{method, path, name, params, body, type, maxBytes, capability, open, responses}] */
export const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
	Object.entries(methods).map(([method, operation]) => {
		const [[type, content] = []] = Object.entries(operation.requestBody?.content ?? {});
		return {
			method: method.toUpperCase(),
			path: path.slice(1),
			name: `${method.toUpperCase()} ${path}`,
			params: operation.parameters,
			body: type === "application/json" ? content.schema : null,
			form: type === "application/x-www-form-urlencoded" ? content.schema : null,
			type,
			maxBytes: operation.requestBody?.["x-max-bytes"],
			capability: operation["x-capability"],
			fresh: !!operation["x-fresh"],
			audit: operation["x-audit"]?.split(" "),
			unaudited: operation["x-unaudited"],
			open: operation.security?.length === 0,
			responses: operation.responses,
		};
	}));

/* Only the handler knows what fits into it, and of which kind of session. */
const isFree = schema => schema.type === "object" && !schema.additionalProperties;

/* A value that fits. */
function good(name, schema) {
	if (schema.enum)
		return schema.enum[0];
	switch (schema.type) {
	case "integer":
		return Math.max(schema.minimum ?? 1, 1);
	case "boolean":
		return true;
	case "array":
		return schema.items ? ["true"] : [];
	case "object":
		return schema.additionalProperties ? { NAME: "value" } : {};
	}
	if (schema.format === "uuid")
		return randomUUID();
	if (schema.minLength > 1)
		return text(schema.minLength);
	if (schema.pattern?.includes("{26}"))
		return newId();
	return schema.pattern?.includes("~/") ? "/" : "good";
}

/**
 * A request that has every parameter and fits: {method, path, query, body, type}. `values`
 * overrides what is good, by name.
 */
export function goodRequest(operation, values = {}) {
	const request = { method: operation.method, path: operation.path, query: {},
		type: operation.type };
	for (const { name, in: place, schema } of operation.params) {
		const value = values[name] ?? good(name, schema);
		if (place === "path")
			request.path = request.path.replace(`{${name}}`, value);
		else
			request.query[name] = `${value === true ? 1 : value}`;
	}
	/* A name may mean one thing in the path and another in the body. */
	const taken = name => operation.params.some(param => param.name === name);
	if (operation.body)
		request.body = Object.fromEntries(Object.entries(operation.body.properties ?? {})
			.filter(([, schema]) => !isFree(schema))
			.map(([name, schema]) => [name, (taken(name) ? null : values[name]) ?? good(name, schema)]));
	else if (operation.form)
		request.body = new URLSearchParams(Object.entries(operation.form.properties)
			.map(([name, schema]) => [name, values[name] ?? good(name, schema)])).toString();
	else if (operation.type)
		request.body = "bytes";
	return request;
}

export function send(client, request, headers = {}) {
	const query = request.rawQuery ?? new URLSearchParams(request.query).toString();
	const { body, type } = request;
	return client.request(request.method, request.path + (query ? `?${query}` : ""), {
		body: typeof body === "string" || Buffer.isBuffer(body) ? body : body &&
			JSON.stringify(body),
		headers: { ...(type && { "content-type": type }), ...headers },
	});
}

const text = (length, unit = "x") => unit.repeat(length);

/* Values that do not fit, in JSON: [what, value]. */
function* badInJson(schema) {
	const others = { integer: ["1", 1.5, true, [], {}], string: [1, true, [], {}],
		boolean: ["1", 1, [], {}], array: ["x", 1, {}], object: ["x", 1, []] };
	for (const value of others[schema.type ?? "string"])
		yield ["of another type", value];
	if (schema.type === "integer") {
		yield ["too small", schema.minimum - 1];
		yield ["too big", schema.maximum + 1];
		yield ["far too big", 1e300];
	}
	if (schema.enum)
		yield ["none of the choices", "nothing of the kind"];
	if (schema.maxLength) {
		yield ["too long", (schema.pattern?.includes("/") ? "/" : "") +
			text(schema.maxLength + 1)];
		yield ["with a NUL", "/a\0b"];
	}
	if (schema["x-max-bytes"])
		yield ["too long", text(schema["x-max-bytes"] + 1)];
	if (schema.maxLength && !schema.pattern)
		yield ["with a control character", "a\u001bb"];
	if (schema.minLength)
		yield ["empty", ""];
	if (schema.items) {
		yield ["with an item of another type", ["a", 1]];
		yield ["nested", [["a"]]];
		yield ["with a NUL", ["a\0b"]];
	}
	if (schema.type === "array") {
		yield ["too many", Array(schema.maxItems + 1).fill("x")];
		if (schema.minItems)
			yield ["empty", []];
	}
	if (schema.additionalProperties) {
		yield ["with a value of another type", { A: 1 }];
		yield ["with a name that is none", { "A=B": "x" }];
		yield ["with an empty name", { "": "x" }];
		yield ["with a NUL", { A: "a\0b" }];
		yield ["too many", Object.fromEntries(
			Array.from({ length: schema.maxProperties + 1 }, (_, i) => [`A${i}`, "x"]))];
	}
}

/* What has not even the form of an id is unknown. */
const isId = schema => !!schema.pattern?.includes("{26}");

/* Values that do not fit, in a query: [what, encoded value]. */
function* badInQuery(schema) {
	if (schema.type === "integer") {
		for (const value of ["", "x", "1.5", "1e3", "0x10", "%201", "1%20", "%2B1", "--1",
			"99999999999999999999", "1%00"])
			yield ["no number", value];
		yield ["too small", `${schema.minimum - 1}`];
		yield ["too big", `${BigInt(schema.maximum) + 1n}`];
	} else if (schema.type === "boolean" || schema.enum) {
		yield ["none of the choices", "maybe"];
	} else {
		yield ["with a NUL", "a%00b"];
		yield ["not UTF-8", "%ff%fe"];
		yield ["with a broken escape", "%4"];
		if (schema.maxLength)
			yield ["too long", text(schema.maxLength + 1)];
		if (schema.pattern)
			yield ["of another form", "UPPER"];
	}
}

/** Bad requests of one operation: {what, request, field?, codes}. */
export function* badRequests(operation, values) {
	const base = () => goodRequest(operation, values);
	for (const { name, in: place, schema, required } of operation.params) {
		if (place !== "query")
			continue;
		const others = () => new URLSearchParams(Object.entries(base().query)
			.filter(([other]) => other !== name)).toString();
		for (const [what, value] of badInQuery(schema))
			yield { what: `${name} ${what}`, field: isId(schema) ? undefined : name,
				codes: isId(schema) ? ["request.invalid", "session.unknown", "workspace.unknown"] : undefined,
				whole: /NUL|UTF-8|escape|%00/.test(what + value),
				request: { ...base(), rawQuery: `${others()}&${name}=${value}` } };
		if (required)
			yield { what: `${name} missing`, field: name,
				request: { ...base(), rawQuery: others() } };
		yield { what: `${name} twice`, field: name, request: { ...base(),
			rawQuery: `${new URLSearchParams(base().query)}&${name}=1` } };
	}
	if (operation.body)
		yield* badBodies(operation, base);
	if (!operation.type)
		return;
	for (const type of [null, "text/plain", "application/x-www-form-urlencoded",
		"multipart/form-data; boundary=x", "application/jsonx"].filter(type => type !== operation.type))
		yield { what: `content type ${type}`, codes: ["request.media_type"],
			request: { ...base(), type } };
	/* What is streamed has no bound that a test could send. */
	if (operation.maxBytes <= 64 << 20)
		yield { what: "a body that is too long", codes: ["request.too_large"],
		request: { ...base(), body: Buffer.alloc(operation.maxBytes + 1, " ") } };
}

function* badBodies(operation, base) {
	for (const body of ["{", "", "nonsense", "[]", "null", "1", "\"text\"", "{}}", "{\"a\":}",
		"{'a':1}", "{\"a\":NaN}", "{\"a\":1,\"\\u0061\":1}",
		"[".repeat(20000), `${"{\"a\":".repeat(40)}1${"}".repeat(40)}`,
		"\ufeff{}", "{\"a\":\"\ud800\"}", Buffer.from("{\"\xff\":1}", "latin1")]) {
		/* A route without parameters takes an empty body. */
		if (body === "" && !operation.body.required?.length)
			continue;
		yield { what: `the body ${body.slice(0, 12)}`, request: { ...base(), body },
			codes: ["request.json", "request.invalid"] };
	}
	for (const [name, schema] of Object.entries(operation.body.properties ?? {})) {
		for (const [what, value] of badInJson(schema)) {
			const request = base();
			request.body[name] = value;
			const large = schema["x-max-bytes"] && what === "too long";
			yield { what: `${name} ${what}`, field: large ? undefined : name, request,
				codes: large ? ["request.invalid", "request.too_large"] : undefined };
		}
		if (operation.body.required?.includes(name)) {
			const request = base();
			delete request.body[name];
			yield { what: `${name} missing`, field: name, request };
			const empty = base();
			empty.body[name] = null;
			yield { what: `${name} null`, field: name, request: empty };
		}
	}
}

/** What is wrong with a value under a schema, or null. */
export function mismatch(value, schema, at = "the answer") {
	if (schema.$ref)
		return mismatch(value, document.components.schemas[schema.$ref.split("/").pop()], at);
	if (schema.enum && !schema.enum.includes(value))
		return `${at} is ${JSON.stringify(value)}, none of ${schema.enum}`;
	for (const kind of ["anyOf", "oneOf"])
		if (schema[kind] && schema[kind].every(choice => mismatch(value, choice, at)))
			return `${at} fits none of the choices`;
	const types = [schema.type ?? []].flat();
	const type = value === null ? "null" : Array.isArray(value) ? "array"
		: Number.isInteger(value) ? "integer" : typeof value;
	if (types.length && !types.includes(type))
		return `${at} is ${type}, not ${types}`;
	if (type === "array" && schema.items)
		for (const [i, item] of value.entries()) {
			const wrong = mismatch(item, schema.items, `${at}[${i}]`);
			if (wrong)
				return wrong;
		}
	if (type !== "object" || !schema.properties)
		return null;
	for (const name of schema.required ?? [])
		if (!(name in value))
			return `${at} lacks ${name}`;
	for (const [name, item] of Object.entries(value)) {
		if (!schema.properties[name])
			return `${at} has ${name}, which is not documented`;
		const wrong = mismatch(item, schema.properties[name], `${at}.${name}`);
		if (wrong)
			return wrong;
	}
	return null;
}
