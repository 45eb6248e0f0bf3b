/* SPDX-License-Identifier: Apache-2.0
 *
 * data.js - what the page has to show, out of the element that carries it
 *
 * page.c and columns.c say how it is written. All strings are such as the product may have chosen:
 * shown() makes each harmless once, here, and what follows makes text of them and never markup.
 */
"use strict";

const HIDDEN = new RegExp("[\\0-\\x1f\\x7f-\\x9f\\xad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f" +
	"\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb\\u{1bca0}-\\u{1bca3}" +
	"\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{e0fff}]|\\\\\\\\", "gu");

/* shown() - a text for a person, as tb_buf_add_shown() makes it: what hides, or turns what stands
 * around it, can be seen */
function shown(text) {
	return text.replace(HIDDEN, (c) => {
		if (c === "\\\\")	/* doubled by tb_buf_add_json() */
			return "\\";
		if (c === "\n")
			return "\\n";
		if (c === "\t")
			return "\\t";
		const point = c.codePointAt(0);
		return point < 0x80 ? "\\x" + point.toString(16).padStart(2, "0") : "\\u" + point.toString(16).padStart(4, "0");
	});
}

/* shownAll() - the same for each string in a tree, in place */
function shownAll(tree) {
	for (const key of Object.keys(tree)) {
		const value = tree[key];
		if (typeof value === "string")
			tree[key] = shown(value);
		else if (value && typeof value === "object")
			shownAll(value);
	}
	return tree;
}

function fromBase64(text) {
	const bits = atob(text);
	const bytes = new Uint8Array(bits.length);
	for (let i = 0; i < bits.length; i++)
		bytes[i] = bits.charCodeAt(i);
	return bytes;
}

async function unpacked(element) {
	const packed = new Blob([fromBase64(element.textContent)]);
	element.remove();
	return new Response(packed.stream().pipeThrough(new DecompressionStream("deflate"))).text();
}

/* A list of strings in which one can search: each string is looked at once for each word. */
class Strings {
	constructor(list) {
		this.v = list.map(shown);
		this.low = null;
	}

	/* matching() - which strings contain the text? One byte for each */
	matching(text) {
		if (!this.low)
			this.low = this.v.map((s) => s.toLowerCase());
		const found = new Uint8Array(this.v.length);
		for (let i = 0; i < found.length; i++)
			found[i] = this.low[i].includes(text) ? 1 : 0;
		return found;
	}
}

/* The columns of a table by their names. */
function readColumns(table) {
	const columns = {};
	for (const [name, cells] of Object.entries(table.columns)) {
		if (name[0] === "+") {
			let sum = 0;
			columns[name.slice(1)] = Float64Array.from(cells, (v) => (sum += v));
		} else {
			columns[name] = cells;
		}
	}
	columns.rows = table.rows;
	columns.leftOut = table.left_out;
	return columns;
}

/* repeat() - columns of a table that rows of another one have, where from() tells which: 0, none */
function repeat(table, names, other, from) {
	const at = Uint32Array.from({ length: table.rows }, (v, i) => from(i));
	for (const name of names) {
		const into = table[name], of = other[name];
		for (let i = 0; i < at.length; i++)
			if (at[i])
				into[i] = of[at[i] - 1];
	}
}

async function readData() {
	const data = JSON.parse(await unpacked(document.getElementById("data")));
	const tables = {};
	for (const [name, table] of Object.entries(data.tables))
		tables[name] = readColumns(table);
	const { flows, dests, calls } = tables;
	if (flows) {
		repeat(flows, ["program", "proto", "inbound", "rport", "name", "app", "said", "tls", "state"], dests,
			(i) => flows.dest[i] <= dests.rows ? flows.dest[i] : 0);
		repeat(flows, ["remote"], { remote: dests.addr }, (i) => flows.dest[i] <= dests.rows && dests.addrs[flows.dest[i] - 1] === 1 ? flows.dest[i] : 0);
		repeat(calls, ["proto", "local", "lport", "remote", "rport"], flows, (i) => calls.told[i] ? calls.flow[i] : 0);
	}
	return { report: shownAll(data.report), headline: shownAll(data.headline), objects: data.objects.map(shown), started: data.started, tables, strings: new Strings(data.strings) };
}

