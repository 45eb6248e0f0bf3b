/* SPDX-License-Identifier: Apache-2.0
 *
 * main.js - the page: what stands where
 */

/* lanes() - of the timeline */
function lanes(tables, findings, notes) {
	const product = (c) => Array.from(c.t).filter((t, i) => !c.own[i]);
	const sorted = (times) => times.every((t, i) => !i || times[i - 1] <= t) ? times : Float64Array.from(times).sort();
	const p = tables.procs, starts = Array.from(p.born).filter((t, i) => !p.own[i]);
	return [
		{ name: "notes", colour: "ink", times: sorted(notes) },
		{ name: "findings", colour: "bad", times: sorted(findings.map((x) => x.from).filter((t) => t !== null)) },
		{ name: "lookups", colour: "lane1", times: sorted(product(tables.lookups)) },
		{ name: "connections", colour: "lane2", times: sorted(product(tables.flows)) },
		{ name: "programs", colour: "lane3", times: sorted([...starts, ...Array.from(p.until).filter((t) => t > 0)]) },
		{ name: "files", colour: "lane4", times: sorted(Array.from(tables.files.t).filter((t) => t > 0)) },
		{ name: "notable calls", colour: "lane5", times: sorted(tables.notable.t) },
	];
}

/* head() - what stays in sight: where one can go, and what holds for all tables */
function pageHead(report, headline, sections) {
	const hide = make("input", { type: "checkbox", id: "hide-declared", disabled: !report.policy,
		change: () => view.set({ hideDeclared: hide.checked }) });
	const theme = make("select", { "aria-label": "light or dark", change: () => { document.documentElement.dataset.theme = theme.value; view.set({}); } },
		["system", "light", "dark"].map((t) => make("option", { value: t }, t)));
	const label = make("label", { class: "hide", title: report.policy ? "" : "there was no policy, so nothing is declared" }, hide, " hide declared");
	return make("header", null, make("a", { href: "#verdict", class: "badge " + TONES[report.verdict] }, headline.word.split(":")[0].toLowerCase()),
		make("nav", { "aria-label": "sections" }, sections.map((s) => make("a", { href: "#" + s.id }, s.querySelector("h2").textContent))),
		make("div", { class: "choices" }, label, theme, button("print", () => print())));
}

function counts(lists) {
	const t = lists.tables, undeclared = Array.from(t.dests.stand).filter((s) => lists.wanted.has(s)).length;
	return [[t.dests.rows, "destination", "destinations", "#destinations"], ...(lists.report.policy ? [[undeclared, "of them not declared", "of them not declared", "#destinations"]] : []),
		[lists.others(t.flows).total, "connection", "connections", "#flows"], [t.names.rows, "name", "names", "#names"],
		[t.programs.rows, "program started", "programs started", "#programs"], [t.files.rows, "file", "files", "#files"]];
}

/* evidenceParts() - the sections below the findings; begin: what is to be called once all stands */
function evidenceParts(data, findings) {
	const lists = new Lists(data, data.report.findings, (no) => findings.go(no));
	lists.started = data.started;
	const timeline = new Timeline(lanes(data.tables, findings.all, noteTimes(data.report, data.started)));
	const destinations = lists.table("destinations", "Destinations", lists.destinations());
	const picture = new Picture(() => lists.links(), (text) => destinations.find(text));
	return { lists, counts: counts(lists), sections: [timeline, picture, destinations, ...lists.all()].map((p) => p.element),
		begin: () => { timeline.begin(); picture.begin(); } };
}

async function show() {
	const data = await readData();
	const findings = new Findings(data.report, data.started);
	const parts = data.tables.flows ? evidenceParts(data, findings) : { counts: [], sections: [], begin: () => {} };
	const notes = data.report.notes ? [notesSection(data.report, data.started)] : [];
	const sections = [verdictSection(data.report, parts.counts, data.headline), findings.element, ...notes, ...parts.sections, unseenSection(data.report)];
	const app = document.getElementById("app");
	fill(app, pageHead(data.report, data.headline, sections), make("main", null, sections));
	document.getElementById("document").hidden = true;
	app.hidden = false;
	parts.begin();
	performance.mark("ready");
	document.documentElement.dataset.ready = "yes";
}

/* Without the script's view the document is still there. */
show().catch((problem) => {
	const app = document.getElementById("app");
	app.replaceChildren(make("p", { class: "problem", role: "alert" }, "The tables cannot be shown in this browser (" + problem.message +
		"). What follows is the whole report as text."));
	app.hidden = false;
	document.getElementById("document").hidden = false;
});
