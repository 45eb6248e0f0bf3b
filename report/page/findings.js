/* SPDX-License-Identifier: Apache-2.0
 *
 * findings.js - the findings, with filters; each with what to look at and what to ask
 */

const STEP = 50;		/* findings that are made elements at a time */
const SEVERITIES = ["violation", "warning", "info"];
const SEVERITY_WORDS = { violation: ["violation", "violations"], warning: ["warning", "warnings"], info: ["note", "notes"] };

function declaredText(f) {
	if (f.declared)
		return "rule \"" + f.declared + "\"";
	if (f.nearest)
		return "nothing; the nearest rule is \"" + f.nearest + "\": " + f.differs;
	return "nothing declares it";
}

function programText(p) {
	return (p.exe || "unknown program") + " (" + p.pid + ")";
}

function ancestryText(process) {
	return process.ancestry.slice().reverse().map(programText).concat(programText(process)).join(" > ");
}

function howMuch(f) {
	const traffic = f.bytes_out || f.bytes_in ? ", " + amountBytes(f.bytes_out) + " out, " + amountBytes(f.bytes_in) + " in" : "";
	return f.count ? (f.count === 1 ? "once" : number(f.count) + " times") + traffic : "";
}

function timeText(f, started) {
	const first = sinceStart(f.first, started), last = sinceStart(f.last, started);
	if (first === null)
		return "";
	return (first === last ? seconds(first) : seconds(first) + " to " + seconds(last)) + " after the start (" + f.first + ")";
}

/* packetFilter() - of Wireshark and tshark; only the first packets are kept in a finding */
function packetFilter(f) {
	return f.packets.length ? "frame.number in {" + f.packets.join(", ") + "}" : "";
}

const DECISIONS = { confirmed: "confirmed", accepted: "accepted", question: "question to the vendor", "false-alarm": "false alarm" };

/* decidedText() - what an examiner decided, as the report in text says it; "" if nobody did */
function decidedText(r) {
	if (!r || !r.decision)
		return "";
	const until = r.until ? " until " + r.until : "";
	return DECISIONS[r.decision] + " by " + r.reviewer + " on " + r.time.slice(0, 10) + until + (r.reason ? ": " + r.reason : "");
}

function stateOf(f) {
	return f.review ? f.review.state : "";
}

/* findingParts() - what there is to say, as pairs; empty ones left out */
function findingParts(f, started) {
	const p = f.process;
	const more = f.objects_left_out ? " and " + number(f.objects_left_out) + " more" : "";
	return [
		["observed", f.observed],
		["declared", f.question || f.declared ? declaredText(f) : ""],
		["objects", f.objects.length ? amountCount(f.objects.length, "object", "objects") + more : ""],
		["process", p ? programText(p) + (p.sha256 ? ", SHA-256 " + p.sha256 : "") : ""],
		["started by", p && p.ancestry.length ? ancestryText(p) : ""],
		["command", p ? p.cmdline : ""],
		["when", timeText(f, started)],
		["how much", howMuch(f)],
		["packets", f.packets.join(", ") + (f.packets.length === 16 ? ", ..." : "")],
		["record", f.events.length ? (f.events.length === 1 ? "events.jsonl, line " : "events.jsonl, lines ") + f.events.join(", ") : ""],
		["question", f.question],
		[stateOf(f) === "expired" ? "expired" : "decided", decidedText(f.review)],
		["id", f.id],
	].filter(([, text]) => text);
}

function findingMarkdown(f, started) {
	const parts = findingParts(f, started).map(([label, text]) => "- **" + label + ":** " + markdown(text));
	const filter = packetFilter(f);
	return "### " + f.number + ". " + f.code + " (" + f.severity + ", " + f.basis + ")\n\n" + markdown(f.title) + "\n\n" +
		parts.join("\n") + "\n" + (filter ? "- **filter:** `" + filter + "`\n" : "");
}

class Findings {
	constructor(report, started) {
		this.all = report.findings.map((f) => ({
			f, from: sinceStart(f.first, started), to: sinceStart(f.last, started),
			low: [f.code, f.title, f.observed, f.declared, f.nearest, f.question, f.id, f.process && f.process.exe,
				f.process && f.process.cmdline, decidedText(f.review), ...f.objects].filter(Boolean).join("\n").toLowerCase(),
		}));
		this.started = started;
		this.parts = SEVERITIES.map((s) => this.severityBox(s));
		this.code = this.choice("every code", [...new Set(report.findings.map((f) => f.code))].sort());
		this.program = this.choice("every program", [...new Set(report.findings.map((f) => f.process && f.process.exe).filter(Boolean))].sort());
		const states = [...new Set(report.findings.map(stateOf).filter(Boolean))].sort();
		this.state = states.length ? this.choice("decided or not", states) : null;
		this.search = make("input", { type: "search", placeholder: "filter", "aria-label": "filter findings", input: () => this.update() });
		this.said = make("span", { class: "said", role: "status" });
		this.list = make("div", { class: "findings" });
		this.element = section("findings", "Findings",
			make("div", { class: "bar" }, this.parts.map((p) => p.label), this.code, this.program, this.state, this.search, this.said,
				button("copy all shown as Markdown", (e) => copyText(e.target, this.shown.map((x) => findingMarkdown(x.f, started)).join("\n")))),
			this.list);
		view.follow(() => this.update());
	}

	severityBox(severity) {
		const n = this.all.filter((x) => x.f.severity === severity).length;
		const box = make("input", { type: "checkbox", checked: true, change: () => this.update() });
		return { severity, box, label: make("label", { class: severity }, box, " " + amountCount(n, ...SEVERITY_WORDS[severity])) };
	}

	choice(every, words) {
		return make("select", { "aria-label": every, change: () => this.update() },
			make("option", { value: "" }, every), words.map((w) => make("option", { value: w }, w)));
	}

	update() {
		const on = new Set(this.parts.filter((p) => p.box.checked).map((p) => p.severity));
		const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
		this.shown = this.all.filter((x) => on.has(x.f.severity) && (!this.code.value || x.f.code === this.code.value) &&
			(!this.state || !this.state.value || stateOf(x.f) === this.state.value) &&
			(!this.program.value || (x.f.process && x.f.process.exe === this.program.value)) &&
			(!view.range || x.from === null || (x.from <= view.range[1] && x.to >= view.range[0])) &&
			words.every((w) => x.low.includes(w)));
		this.said.textContent = number(this.shown.length) + " of " + number(this.all.length);
		this.list.replaceChildren();
		if (!this.all.length)
			fill(this.list, make("p", null, "There are none."));
		this.more();
	}

	/* more() - the next ones of those that pass */
	more() {
		const from = this.list.querySelectorAll("details").length;
		const rest = this.list.querySelector(".more");
		if (rest)
			rest.remove();
		fill(this.list, this.shown.slice(from, from + STEP).map((x) => this.item(x.f, this.shown.length <= 3)));
		const left = this.shown.length - from - STEP;
		if (left > 0)
			fill(this.list, button("show " + Math.min(left, STEP) + " more of " + number(left), () => this.more(), { class: "more" }));
	}

	item(f, open) {
		const body = make("div", { class: "body" });
		const details = make("details", { id: "finding-" + f.number, class: f.severity, open },
			make("summary", null, make("span", { class: "no" }, String(f.number)), make("span", { class: "severity" }, f.severity),
				make("span", { class: "code" }, f.code), make("span", { class: "title" }, f.title),
				decidedText(f.review) ? make("span", { class: "decided " + stateOf(f) }, this.brief(f.review)) : null), body);
		const grow = () => {
			if (details.open && !body.childElementCount)
				this.body(f, body);
		};
		details.addEventListener("toggle", grow);
		grow();
		return details;
	}

	brief(r) {
		return r.state === "expired" ? "expired: " + DECISIONS[r.decision] : DECISIONS[r.decision];
	}

	body(f, into) {
		const filter = packetFilter(f);
		fill(into, make("dl", null, findingParts(f, this.started).map(([label, text]) => [make("dt", null, label), make("dd", null, text)])));
		if (f.objects.length)
			fill(into, this.objects(f));
		if (filter)
			fill(into, filterLine(filter));
		fill(into, make("p", null, button("copy as Markdown", (e) => copyText(e.target, findingMarkdown(f, this.started)))));
	}

	objects(f) {
		const list = make("ul", null, f.objects.slice(0, 200).map((o) => make("li", null, o)));
		const left = f.objects.length - 200;
		return make("details", { class: "objects" }, make("summary", null, "all " + number(f.objects.length)),
			list, left > 0 ? make("p", null, number(left) + " more in report.json") : null);
	}

	/* go() - to one finding, whatever the filters hide */
	go(no) {
		if (!this.shown.some((x) => x.f.number === no)) {
			for (const p of this.parts)
				p.box.checked = true;
			this.code.value = this.program.value = this.search.value = "";
			if (this.state)
				this.state.value = "";
			this.update();
		}
		while (!document.getElementById("finding-" + no) && this.list.querySelector(".more"))
			this.more();
		const item = document.getElementById("finding-" + no);
		if (!item)
			return;
		item.open = true;
		item.scrollIntoView();
		item.querySelector("summary").focus();
	}
}

