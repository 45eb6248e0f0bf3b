/* SPDX-License-Identifier: Apache-2.0
 *
 * lists.js - the tables of what happened: which columns each has
 */

const PATH = { class: "path" }, NAME = { class: "name" }, WORD = { class: "word" }, LONG = { class: "long" }, HASH = { class: "hash" };

const FINDINGS_OF_CODE = 256;	/* those that follow are counted by one, and name no objects */

/* What finding a row belongs to: by a line of the record that the finding names, or by its object.
 * 0: none that is known */
class FindingIndex {
	constructor(findings, objects) {
		this.severity = [""];
		this.byLine = new Map();
		this.byObject = new Map();
		this.cut = new Set();	/* codes of which not every act can be found again */
		const of = new Map();
		for (const f of findings) {
			this.severity[f.number] = f.severity;
			of.set(f.code, (of.get(f.code) || 0) + 1);
			for (const line of f.events)
				if (!this.byLine.has(line))
					this.byLine.set(line, f.number);
			const kind = f.code.split("-")[0], isCall = kind === "SYS" || kind === "BOX";
			for (const object of [...f.objects, objects[f.number - 1]])
				if (object)
					this.byObject.set(kind + " " + (isCall ? object.split(" (")[0] : object), f.number);
			if (f.objects_left_out)
				this.cut.add(f.code.split("-")[0]);
		}
		for (const [code, n] of of)
			if (n > FINDINGS_OF_CODE)
				this.cut.add(code.split("-")[0]);
	}

	of(lines) {
		return Uint32Array.from(lines, (line) => this.byLine.get(line) || 0);
	}

	/* about() - by what the findings of some codes are about */
	about(rows, kinds, object) {
		const found = new Uint32Array(rows);
		for (let i = 0; i < rows; i++)
			for (const kind of kinds)
				found[i] = found[i] || this.byObject.get(kind + " " + object(i)) || 0;
		return found;
	}

	/* isCut() - is there more that has a finding than can be found again? Then nothing may be hidden */
	isCut(kinds) {
		return kinds.some((kind) => this.cut.has(kind));
	}
}

class Lists {
	constructor(data, findings, go) {
		this.tables = data.tables;
		this.strings = data.strings;
		this.report = data.report;
		this.index = new FindingIndex(findings, data.objects);
		this.go = go;		/* called with the number of a finding */
		this.wanted = new Set(["undeclared", "broken", "ignored"].map((s) => this.strings.v.indexOf(s)));
	}

	string(id) {
		return this.strings.v[id];
	}

	text(head, c, name, more) {
		return textColumn(this.strings, head, c, name, more);
	}

	time(head, times) {
		return numberColumn(head, times, (t) => t < 0 ? "" : seconds(t), { class: "at" });
	}

	exact(head, values) {
		return numberColumn(head, values, (n) => n ? String(n) : "", { exact: true, class: "few" });
	}

	yes(head, values) {
		return numberColumn(head, values, (n) => n ? "yes" : "no", { class: "few" });
	}

	count(head, values) {
		return numberColumn(head, values, number, { class: "few" });
	}

	/* counted() - a number that is not there where nobody counted */
	counted(head, values) {
		return numberColumn(head, values, (n) => n ? number(n) : "", { class: "few" });
	}

	bytes(head, values) {
		return numberColumn(head, values, (n) => n ? amountBytes(n) : "", { class: "bytes" });
	}

	/* traffic() - bytes of conversations, some of which may be open */
	traffic(head, values, open) {
		return { ...this.bytes(head, values), text: (i) => values[i] || open[i] ? amountSeen(values[i], open[i]) : "" };
	}

	/* about() - a table of facts: one row for each kind of act, with how often */
	about(c, kinds, name, columns) {
		const found = this.index.about(c.rows, kinds, (i) => this.string(c[name][i])), cut = !c.stand && this.index.isCut(kinds);
		const all = [this.time("first", c.t), this.finding(found), ...(c.stand ? this.stand(c) : []), ...columns];
		const noted = c.stand ? (i) => found[i] !== 0 || this.wanted.has(c.stand[i]) : (i) => cut || found[i] !== 0;
		return () => ({ ...this.span(c, found), noted, columns: all });
	}

	/* where() - an address with its port */
	where(head, c, addr, port) {
		const at = (i) => {
			const text = this.string(c[addr][i]);
			return c[port][i] ? (text.includes(":") ? "[" + text + "]" : text) + ":" + c[port][i] : text;
		};
		return { head, ids: c[addr], ports: c[port], text: at, value: at, class: "addr" };
	}

	finding(found) {
		const show = (i) => found[i] ? button("#" + found[i], (e) => { e.stopPropagation(); this.go(found[i]); },
			{ class: "to " + this.index.severity[found[i]], "aria-label": "finding " + found[i] }) : "";
		return numberColumn("finding", found, (n) => n ? "#" + n : "", { class: "few", show });
	}

	/* stand() - declared or not; nothing if there was no policy */
	stand(c) {
		if (!this.report.policy)
			return [];
		const show = (i) => make("span", { class: STANDS[this.string(c.stand[i])] || "" }, this.string(c.stand[i]));
		return [this.text("stands", c, "stand", { class: "stand", show })];
	}

	span(c, found) {
		return { rows: c.rows, leftOut: c.leftOut, time: (i) => c.t[i], until: c.span && ((i) => c.t[i] + c.span[i]), noted: found && ((i) => found[i] !== 0) };
	}

	/* others() - the rows that are not of tcbox's own control */
	others(c) {
		return { own: c.own, total: c.rows - c.own.reduce((n, own) => n + own, 0) };
	}

	/* flowFilter() - of Wireshark and tshark */
	flowFilter(c, i) {
		const ip = this.string(c.remote[i]), proto = this.string(c.proto[i]);
		if (!ip)
			return "";
		const hasPorts = (proto === "tcp" || proto === "udp") && c.rport[i];
		const ports = hasPorts ? " && " + proto + ".port == " + c.rport[i] + (c.lport[i] ? " && " + proto + ".port == " + c.lport[i] : "") : "";
		return (ip.includes(":") ? "ipv6.addr == " : "ip.addr == ") + ip + ports;
	}

	flows() {
		const c = this.tables.flows, found = this.index.of(c.line), columns = [
			this.time("at", c.t), this.finding(found), ...this.stand(c), this.text("program", c, "program", PATH), this.text("name", c, "name", NAME),
			this.where("address", c, "remote", "rport"), this.exact("port", c.rport), this.text("protocol", c, "proto", WORD),
			this.text("application", c, "app", WORD), this.text("TLS", c, "tls", WORD), this.text("name it says", c, "said", NAME),
			this.traffic("out", c.out, c.open), this.traffic("in", c.in, c.open), this.text("state", c, "state", WORD), this.where("from", c, "local", "lport"),
			this.exact("first packet", c.pkt), this.count("packets", c.pkts), this.exact("line", c.line)];
		return () => ({ ...this.span(c, found), ...this.others(c), noted: (i) => found[i] !== 0 || this.wanted.has(c.stand[i]), filter: (i) => this.flowFilter(c, i), columns });
	}

	/* destinations() - sums over the flows of the range that is shown; the table and the picture ask for
	 * the same one */
	destinations() {
		const d = this.tables.dests, f = this.tables.flows;
		return () => {
			if (this.summed && this.summed.range === view.range)
				return this.summed.data;
			const sum = { count: new Uint32Array(d.rows), out: new Float64Array(d.rows), in: new Float64Array(d.rows), open: new Uint32Array(d.rows),
				first: new Float64Array(d.rows).fill(-1), last: new Float64Array(d.rows) };
			for (let i = 0; i < f.rows; i++) {
				const at = f.dest[i] - 1;
				if (at < 0 || (view.range && (f.t[i] > view.range[1] || f.t[i] + f.span[i] < view.range[0])))
					continue;
				sum.count[at]++;
				sum.out[at] += f.out[i];
				sum.in[at] += f.in[i];
				sum.open[at] += f.open[i];
				if (sum.first[at] < 0)
					sum.first[at] = f.t[i];
				sum.last[at] = Math.max(sum.last[at], f.t[i] + f.span[i]);
			}
			const data = { sum, rows: d.rows, leftOut: d.leftOut, time: view.range && ((i) => sum.count[i] ? view.range[0] : Infinity),
				noted: (i) => this.wanted.has(d.stand[i]), columns: this.destinationColumns(d, sum) };
			this.summed = { range: view.range, data };
			return data;
		};
	}

	destinationColumns(d, sum) {
		return [...this.stand(d), this.text("name", d, "name", NAME), this.where("address", d, "addr", "rport"), this.exact("port", d.rport),
			this.text("program", d, "program", PATH), this.counted("processes", d.processes), this.text("protocol", d, "proto", WORD),
			this.text("application", d, "app", WORD), this.text("TLS", d, "tls", WORD), this.text("content", d, "content", WORD),
			this.text("name it says", d, "said", NAME), this.count("times", sum.count),
			this.traffic("out", sum.out, sum.open), this.traffic("in", sum.in, sum.open),
			this.text("ended", d, "state", WORD), this.time("first", sum.first), this.time("last", sum.last), this.text("rule", d, "rule", NAME),
			this.count("addresses", d.addrs), this.yes("from outside", d.inbound)];
	}

	/* links() - of the picture */
	links() {
		const d = this.tables.dests, all = this.destinations()(), links = [];
		for (let i = 0; i < d.rows; i++) {
			const stand = this.string(d.stand[i]);
			if (!all.sum.count[i] || (view.hideDeclared && !this.wanted.has(d.stand[i])))
				continue;
			links.push({ program: this.string(d.program[i]) || "program not known", dest: this.string(d.name[i]) || this.string(d.addr[i]),
				bytes: all.sum.out[i] + all.sum.in[i], open: all.sum.open[i], count: all.sum.count[i], stand });
		}
		return links;
	}

	lookups() {
		const c = this.tables.lookups, found = this.index.of(c.line), columns = [
			this.time("at", c.t), this.finding(found), this.text("program", c, "program", PATH), this.text("name", c, "name", LONG),
			this.text("type", c, "type", WORD), this.yes("answered", c.answered), this.text("seen by", c, "witness", WORD),
			this.where("server", c, "server", "sport"), this.bytes("beside the question", c.extra), this.exact("line", c.line)];
		return () => ({ ...this.span(c, found), ...this.others(c), columns });
	}

	names() {
		const c = this.tables.names;
		return this.about(c, ["DNS"], "name", [this.text("name", c, "name", LONG), this.text("types", c, "types", WORD),
			this.text("program", c, "program", PATH), this.counted("processes", c.processes), this.yes("answered", c.answered),
			this.yes("contacted", c.contacted), this.where("server", c, "server", "sport"),
			numberColumn("own server", c.elsewhere, (n) => n ? "yes" : "", { class: "few" }), this.bytes("beside the question", c.extra),
			this.count("times", c.count)]);
	}

	listeners() {
		const c = this.tables.listeners, columns = [this.time("first", c.t), this.text("protocol", c, "proto", WORD),
			this.where("open at", c, "local", "lport"), this.exact("port", c.lport), this.text("program", c, "program", PATH),
			this.counted("processes", c.processes), this.yes("a call explains it", c.explained), this.count("times", c.count)];
		return () => ({ ...this.span(c), noted: null, columns });
	}

	/* programs() - a tree: what started what */
	programs() {
		const c = this.tables.programs, path = this.text("program", c, "path", LONG);
		path.show = (i) => {
			const step = make("span", null, (c.depth[i] ? "\u2514 " : "") + this.string(c.path[i]));
			step.style.paddingLeft = Math.min(c.depth[i], 16) * 1.1 + "em";
			return step;
		};
		return this.about(c, ["EXEC"], "path", [path, this.text("arguments", c, "args", LONG), this.count("times", c.count),
			this.counted("only forked", c.forks), this.exact("pid", c.pid), this.text("SHA-256", c, "sha256", HASH)]);
	}

	files() {
		const c = this.tables.files;
		return this.about(c, ["FILE"], "path", [this.text("path", c, "path", LONG), this.text("call", c, "op", WORD), this.text("left", c, "left", WORD),
			this.text("type", c, "type", WORD), this.bytes("size", c.size), this.text("program", c, "program", PATH),
			this.text("what came of it", c, "how", NAME), this.text("error", c, "error", WORD), this.count("times", c.count),
			this.text("leads to", c, "target", PATH), this.text("SHA-256", c, "sha256", HASH)]);
	}

	notable() {
		const c = this.tables.notable;
		return this.about(c, ["SYS", "BOX"], "name", [this.text("call", c, "name", WORD), this.text("with", c, "detail", LONG), this.text("group", c, "group", WORD),
			this.text("table", c, "abi", WORD), this.text("program", c, "program", PATH), numberColumn("refused", c.refused, (n) => n ? "yes" : "", { class: "few" }),
			this.text("error", c, "error", WORD), this.count("times", c.count)]);
	}

	requests() {
		const c = this.tables.requests, found = this.index.of(c.line), columns = [
			this.time("at", c.t), this.finding(found), this.text("program", c, "program", PATH), this.text("service", c, "service", WORD),
			this.text("method", c, "method", WORD), this.text("host", c, "host", NAME), this.exact("port", c.port), this.text("path", c, "path", LONG),
			this.text("by way of", c, "via", WORD), this.text("TLS", c, "tls", WORD), this.exact("status", c.status), this.bytes("out", c.out),
			this.bytes("in", c.in), this.count("times", c.count), numberColumn("cut", c.cut, (n) => n ? "cut" : "", { class: "few" }), this.text("type sent", c, "type", WORD),
			this.text("begins with", c, "begins", LONG), this.text("SHA-256 of what was sent", c, "sha256", HASH), this.exact("line", c.line)];
		return () => ({ ...this.span(c, found), columns });
	}

	processes() {
		const c = this.tables.procs, columns = [this.time("from", c.born), this.time("until", c.until), this.exact("pid", c.pid),
			this.exact("process", c.proc), this.exact("parent", c.parent), this.text("program", c, "program", PATH),
			this.text("arguments", c, "cmdline", LONG), this.text("SHA-256", c, "sha256", HASH)];
		return () => ({ rows: c.rows, leftOut: c.leftOut, ...this.others(c), time: (i) => c.born[i], until: (i) => c.until[i] < 0 ? Infinity : c.until[i], columns });
	}

	calls() {
		const c = this.tables.calls, found = this.index.of(c.line), columns = [
			this.time("at", c.t), this.finding(found), this.text("program", c, "program", PATH), this.text("call", c, "op", WORD),
			this.text("protocol", c, "proto", WORD), this.where("to", c, "remote", "rport"), this.exact("port", c.rport),
			this.where("from", c, "local", "lport"), this.yes("packets seen", c.used), this.exact("line", c.line)];
		return () => ({ ...this.span(c, found), ...this.others(c), columns });
	}

	/* rules() - of the policy; seen or not */
	rules(list, seen) {
		const started = this.started, said = (head, of, more) => ({ head, text: of, value: of, ...more });
		const at = (f) => (i) => { const t = sinceStart(list[i][f], started); return t === null ? "" : seconds(t); };
		const columns = [said("section", (i) => list[i].section, WORD), said("rule", (i) => list[i].id || "(without a name)", NAME),
			said("why", (i) => list[i].why || "", LONG), said("required", (i) => list[i].required ? "required" : "", { class: "few" })];
		if (seen)
			columns.push(this.count("times", list.map((r) => r.count)), this.bytes("out", list.map((r) => r.bytes_out)),
				this.bytes("in", list.map((r) => r.bytes_in)), said("first", at("first"), { class: "at" }), said("last", at("last"), { class: "at" }));
		return () => ({ rows: list.length, leftOut: 0, columns });
	}

	table(id, title, build, about) {
		return new Table(this.strings, { id, title, build, about });
	}

	all() {
		const each = "One row for each kind of act, with how often.";
		return [
			this.table("flows", "Connections", this.flows()),
			this.table("requests", "Requests", this.requests(), "As the simulated internet understood them, after it ended the TLS."),
			this.table("names", "Names", this.names(), each),
			this.table("programs", "Programs", this.programs(), "What started what, in the order of the tree; equal starts are one."),
			this.table("files", "Files", this.files(), each),
			this.table("listeners", "Open ports", this.listeners(), each),
			this.table("notable", "Notable calls", this.notable(), each),
			...(this.report.policy ? [this.table("notseen", "Declared and not seen", this.rules(this.report.declared_not_seen, false),
				"These are not wrong, but the run says nothing about them."),
			this.table("seen", "Declared and seen", this.rules(this.report.declared_seen, true))] : []),
			this.table("lookups", "Lookups, one by one", this.lookups(), "Each as the packets and as the simulated internet tell it."),
			this.table("procs", "Processes", this.processes()),
			this.table("calls", "Network calls", this.calls()),
		];
	}
}

