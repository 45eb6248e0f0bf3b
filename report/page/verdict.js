/* SPDX-License-Identifier: Apache-2.0
 *
 * verdict.js - the first screen: the verdict, why, of what; and what could not be seen
 */

const TONES = { conforms: "good", violates: "bad", inconclusive: "doubt" };

/* tile() - a number with its word, leading to its section */
function tile(n, one, many, href, tone) {
	return make("a", { class: "tile " + (n && tone ? tone : ""), href }, make("b", null, number(n)), " " + (n === 1 ? one : many));
}

function endText(run) {
	if (run.state === "running")
		return "tcbox or the machine died before the end";
	if (run.error)
		return run.error;
	if (run.timed_out)
		return "cut by the time limit";
	if (run.interrupted)
		return "ended by the technician";
	if (!run.exited && run.exit_signal)
		return "killed by signal " + run.exit_signal;
	return run.exited ? "exit status " + run.exit_code : "";
}

function policyText(policy) {
	if (!policy)
		return "none: nothing was compared";
	const of = [policy.vendor, policy.product, policy.version].filter(Boolean).join(" ");
	return [of, policy.path, policy.sha256 && "SHA-256 " + policy.sha256].filter(Boolean).join(", ");
}

/* brief() - the first screen has no room for more; the document and run.json have it whole */
function brief(text) {
	return text.length > 400 ? text.slice(0, 400) + " [and " + number(text.length - 400) + " characters more]" : text;
}

/* leads() - what is most worth knowing, in the words of the other formats */
function leads(headline) {
	const of = (kind) => headline.leads.filter(([k]) => k === kind).map(([, text]) => text);
	const facts = of("fact"), commands = of("command");
	return [of("about").map((text) => make("p", { class: "about" }, text)),
		facts.length ? make("ul", { class: "facts" }, facts.map((text) => make("li", null, text))) : null,
		of("before").map((text) => make("p", { class: "detail" }, text)),
		commands.length ? make("pre", { class: "commands" }, commands.join("\n")) : null];
}

function verdictSection(report, counts, headline) {
	const run = report.run, of = (s) => report.findings.filter((f) => f.severity === s).length;
	const blocking = report.not_observable.filter((g) => g.blocks_conforms);
	const said = [["command", (run.argv || []).join(" ")], ["started", run.started], ["ended", endText(run)], ["policy", policyText(report.policy)],
		["machine", [run.hostname, run.kernel, "tcbox " + run.tcbox_version].filter(Boolean).join(", ")]].filter(([, text]) => text);
	return section("verdict", "Verdict",
		make("p", { class: "outcome " + TONES[report.verdict] }, headline.word), headline.compared ? make("p", { class: "reason" }, brief(report.reason)) : null,
		leads(headline),
		make("p", { class: "tiles" }, tile(of("violation"), "violation", "violations", "#findings", "bad"),
			tile(of("warning"), "warning", "warnings", "#findings", "doubt"), tile(of("info"), "note", "notes", "#findings"),
			counts.map(([n, one, many, href]) => tile(n, one, many, href))),
		blocking.length ? make("div", { class: "blocking" }, make("h3", null, "Because of these the verdict cannot be \u201cconforms\u201d"),
			make("ul", null, blocking.slice(0, 5).map((g) => make("li", null, brief(g.what + (g.why ? ": " + g.why : "")))),
				blocking.length > 5 ? make("li", null, make("a", { href: "#unseen" }, "and " + (blocking.length - 5) + " more")) : null)) : null,
		make("dl", null, said.map(([label, text]) => [make("dt", null, label), make("dd", null, brief(text))])));
}

/* plainTable() - a short table, as it is */
function plainTable(label, heads, rows) {
	return make("div", { class: "wide" }, make("table", { "aria-label": label },
		make("thead", null, make("tr", null, heads.map((h) => make("th", { scope: "col" }, h)))),
		make("tbody", null, rows.map((row) => make("tr", null, row.map((cell) => make("td", null, cell)))))));
}

function witnessRows(report) {
	const t = report.totals, yes = (seen) => seen ? "saw it" : "did not see it";
	return [
		["tcbox's own lookup and connection", "calls: " + yes(report.canary.calls), "packets: " + yes(report.canary.packets), "lab: " + yes(report.canary.lab)],
		["conversations", amountCount(t.calls, "call", "calls"), amountCount(t.flows, "flow", "flows") + " in " + amountCount(t.packets, "packet", "packets"),
			number(t.packets_unowned) + " packets without an owner"],
		["packets lost", number(t.packets_dropped) + " dropped by the capture", number(t.packets_undecoded) + " not decoded",
			amountBytes(t.bytes_opaque) + " sent encrypted, whose content was not seen"],
		["names", amountCount(t.lookups, "lookup", "lookups"), amountCount(t.names, "name", "names"), ""],
		["programs and files", amountCount(t.processes, "process", "processes") + ", " + amountCount(t.executions, "execution", "executions"),
			amountCount(t.files_written, "file", "files") + " written", amountCount(t.attempts, "attempt", "attempts") + " refused"],
	];
}

const sights = { up: "", "in-part": " (IN PART)", down: " (SAW NOTHING)", off: " (not in this run)" };

function actRows(report) {
	return report.witnesses.map((w) => {
		const by = Object.entries(w.seen_by).map(([name, sight]) => name + sights[sight]);
		return [w.acts, by.length ? by.join(", ") : "nobody", w.not_seen || ""];
	});
}

function unseenSection(report) {
	const gaps = report.not_observable, degraded = report.run.degraded || [];
	return section("unseen", "What could not be seen",
		gaps.length ? make("ul", { class: "gaps" }, gaps.map((g) => make("li", null, g.blocks_conforms ? make("strong", { class: "doubt" }, "* ") : null,
			g.what, g.why ? make("p", { class: "detail" }, g.why) : null))) : null,
		gaps.some((g) => g.blocks_conforms) ? make("p", { class: "detail" }, "* the verdict cannot be \u201cconforms\u201d because of it") : null,
		degraded.length ? [make("h3", null, "Could not be used in this run"), make("ul", null, degraded.map((d) => make("li", null, d)))] : null,
		make("h3", null, "Acts and who sees them"), plainTable("acts", ["acts", "seen by", "not seen"], actRows(report)),
		make("h3", null, "Witnesses"), plainTable("witnesses", ["of", "first", "second", "third"], witnessRows(report)));
}

