/* SPDX-License-Identifier: Apache-2.0
 *
 * main.js - the page: what stands where
 */

class Page {
	constructor(data) {
		this.data = data;
		this.report = data.report;
		this.strings = data.strings;
		this.severities = ["", ...this.report.findings.map((f) => f.severity)];
	}

	text(head, c, name, more) {
		return textColumn(this.strings, head, c, name, more);
	}

	time(c) {
		return numberColumn("at", c.t, seconds, { class: "at" });
	}

	/* finding() - a column with the number of the finding that a row belongs to */
	finding(c) {
		const of = c.finding || new Uint8Array(c.rows);
		return numberColumn("finding", of, (n) => n ? String(n) : "", {
			class: "f", show: (i) => of[i] ? button("#" + of[i], (e) => { e.stopPropagation(); this.findings.go(of[i]); },
				{ class: "to " + this.severities[of[i]], "aria-label": "finding " + of[i] }) : "",
		});
	}

	base(c) {
		return { rows: c.rows, leftOut: c.leftOut, time: c.t && ((i) => c.t[i]), until: c.span && ((i) => c.t[i] + c.span[i]),
			finding: (i) => c.own && c.own[i] ? 0 : c.finding ? c.finding[i] : 1 };
	}

	/* where() - an address with its port */
	where(head, c, addr, port) {
		const at = (i) => {
			const text = this.strings.v[c[addr][i]];
			return c[port][i] ? (text.includes(":") ? "[" + text + "]" : text) + ":" + c[port][i] : text;
		};
		return { head, ids: c[addr], text: at, value: at, class: "addr" };
	}

	port(head, c, name) {
		return numberColumn(head, c[name], (n) => n ? String(n) : "", { exact: true, class: "port" });
	}

	bytes(head, values) {
		return numberColumn(head, values, (n) => n ? amountBytes(n) : "", { class: "bytes" });
	}

	flows() {
		const c = this.data.tables.flows;
		const flow = (i) => {
			const ip = this.strings.v[c.remote[i]], proto = this.strings.v[c.proto[i]];
			const ports = c.rport[i] && (proto === "tcp" || proto === "udp") ?
				" && " + proto + ".port == " + c.rport[i] + (c.lport[i] ? " && " + proto + ".port == " + c.lport[i] : "") : "";
			return ip ? (ip.includes(":") ? "ipv6.addr == " : "ip.addr == ") + ip + ports : "";
		};
		return { ...this.base(c), filter: flow, columns: [
			this.time(c), this.finding(c), this.text("program", c, "program", { class: "path" }), this.text("name", c, "name", { class: "name" }),
			this.where("address", c, "remote", "rport"), this.port("port", c, "rport"), this.text("protocol", c, "proto", { class: "word" }),
			this.text("application", c, "app", { class: "word" }), this.text("TLS", c, "tls", { class: "word" }),
			this.text("name it says", c, "said", { class: "name" }), this.bytes("out", c.out), this.bytes("in", c.in),
			this.text("state", c, "state", { class: "word" }), this.where("from", c, "local", "lport"),
			numberColumn("first packet", c.pkt, String, { exact: true }), numberColumn("packets", c.pkts, number), this.line(c),
		] };
	}

	line(c) {
		return numberColumn("line", c.line, String, { exact: true });
	}

	lookups() {
		const c = this.data.tables.lookups;
		return { ...this.base(c), columns: [
			this.time(c), this.finding(c), this.text("program", c, "program", { class: "path" }), this.text("name", c, "name", { class: "long" }),
			this.text("type", c, "type", { class: "word" }), numberColumn("answered", c.answered, (n) => n ? "yes" : "no"),
			this.text("seen by", c, "witness", { class: "word" }), this.where("server", c, "server", "sport"),
			numberColumn("beside the question", c.extra, (n) => n ? amountBytes(n) : ""), this.line(c),
		] };
	}

	/* acts() - the rows of some kinds of acts */
	acts(kinds, columns) {
		const all = this.data.tables.acts;
		const wanted = new Set(kinds.map((k) => this.strings.v.indexOf(k)));
		const rows = [];
		for (let i = 0; i < all.rows; i++)
			if (wanted.has(all.kind[i]))
				rows.push(i);
		const c = { rows: rows.length, leftOut: all.leftOut };
		for (const name of Object.keys(all))
			if (typeof all[name] === "object")
				c[name] = rows.map((i) => all[name][i]);
		return () => ({ ...this.base(c), columns: [this.time(c), this.finding(c), this.text("program", c, "program", { class: "path" }), ...columns(c),
			numberColumn("times", c.count, number), this.text("error", c, "error", { class: "word" }), this.line(c)] });
	}

	procs() {
		const c = this.data.tables.procs;
		return { rows: c.rows, leftOut: c.leftOut, time: (i) => c.born[i], columns: [
			numberColumn("from", c.born, seconds, { class: "at" }), numberColumn("until", c.until, (t) => t < 0 ? "" : seconds(t), { class: "at" }),
			numberColumn("pid", c.pid, String, { exact: true }), numberColumn("process", c.proc, String, { exact: true }),
			numberColumn("parent", c.parent, (n) => n ? String(n) : "", { exact: true }),
			this.text("program", c, "program", { class: "path" }), this.text("arguments", c, "cmdline", { class: "long" }),
			this.text("SHA-256", c, "sha256", { class: "hash" }),
		] };
	}

	calls() {
		const c = this.data.tables.calls;
		return { ...this.base(c), columns: [
			this.time(c), this.finding(c), this.text("program", c, "program", { class: "path" }), this.text("call", c, "op", { class: "word" }),
			this.text("protocol", c, "proto", { class: "word" }), this.where("to", c, "remote", "rport"), this.port("port", c, "rport"),
			this.where("from", c, "local", "lport"), numberColumn("packets seen", c.used, (n) => n ? "yes" : ""), this.line(c),
		] };
	}

	changes() {
		const c = this.data.tables.changes;
		return { rows: c.rows, leftOut: c.leftOut, columns: [
			this.text("what", c, "op", { class: "word" }), this.text("path", c, "path", { class: "long" }), this.text("type", c, "type", { class: "word" }),
			this.bytes("size", c.size), this.text("leads to", c, "target", { class: "path" }), this.text("SHA-256", c, "sha256", { class: "hash" }),
			numberColumn("a call explains it", c.explained, (n) => n ? "yes" : "no"), this.line(c),
		] };
	}

	ports() {
		const c = this.data.tables.ports;
		return { ...this.base(c), finding: null, columns: [
			this.time(c), this.text("program", c, "program", { class: "path" }), this.text("protocol", c, "proto", { class: "word" }),
			this.where("open at", c, "local", "lport"), this.port("port", c, "lport"),
			numberColumn("a call explains it", c.explained, (n) => n ? "yes" : "no"), this.line(c),
		] };
	}

	table(id, title, build, about) {
		const made = new Table(this.strings, { id, title, build, about });
		return made;
	}

	tables() {
		const long = { class: "long" }, word = { class: "word" };
		return [
			this.table("flows", "Connections", () => this.flows()),
			this.table("names", "Names", () => this.lookups()),
			this.table("procs", "Processes", () => this.procs()),
			this.table("execs", "Programs", this.acts(["exec", "replaced"], (c) => [this.text("executed", c, "what", long), this.text("SHA-256", c, "more", { class: "hash" })])),
			this.table("files", "Files", this.acts(["file"], (c) => [this.text("path", c, "what", long), this.text("how", c, "detail", word), this.text("to", c, "more", { class: "path" })])),
			this.table("changes", "Changed on disk", () => this.changes()),
			this.table("ports", "Open ports", () => this.ports()),
			this.table("calls", "Network calls", () => this.calls()),
			this.table("notable", "Notable calls", this.acts(["call", "refused", "i386"], (c) => [this.text("call", c, "what", word), this.text("with", c, "detail", long), this.text("group", c, "more", word)])),
		];
	}

	verdict() {
		const r = this.report;
		const tone = { conforms: "good", violates: "bad", inconclusive: "doubt" }[r.verdict];
		const gaps = r.not_observable.filter((g) => g.blocks_conforms);
		return section("verdict", "Verdict", make("p", { class: "verdict " + tone }, r.verdict.toUpperCase()), make("p", { class: "reason" }, r.reason),
			make("p", null, (r.run.argv || []).join(" ")),
			gaps.length ? make("ul", null, gaps.map((g) => make("li", null, g.what + ": " + g.why))) : null);
	}

	build() {
		this.findings = new Findings(this.report, this.data.started);
		const hide = make("input", { type: "checkbox", change: () => view.set({ hideDeclared: hide.checked }) });
		const sections = [{ element: this.verdict() }, this.findings, ...(this.data.tables.flows ? this.tables() : [])].map((s) => s.element);
		const links = sections.map((s) => make("a", { href: "#" + s.id }, s.querySelector("h2").textContent));
		return [make("header", null, make("nav", { "aria-label": "sections" }, links), make("label", null, hide, " hide declared")), make("main", null, sections)];
	}
}

async function show() {
	const page = new Page(await readData());
	const app = document.getElementById("app");
	fill(app, page.build());
	document.getElementById("document").hidden = true;
	app.hidden = false;
	document.documentElement.dataset.ready = "yes";
}

show();
