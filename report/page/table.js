/* SPDX-License-Identifier: Apache-2.0
 *
 * table.js - tables of any length: only the rows in sight are elements
 *
 * A table is described by what build() returns: how many rows, columns, and for each row its time
 * and its finding. Filters go over columns of numbers; a word is looked up once in the list of
 * strings, not in each row. What is shown and what there is stands above each table.
 */

const ROW = 27;		/* pixels, as page.css has it */
const SPARE = 12;	/* rows beyond those in sight */
const WIDTHS = { at: 6, few: 5.5, bytes: 6, word: 7, stand: 7.5, addr: 12, name: 13, path: 14, long: 26, hash: 9 };	/* rem, at least */

/* What all tables show: the reader's choices. */
const view = {
	range: null,		/* microseconds [from, to], or all */
	hideDeclared: false,
	followers: [],
	set(part) {
		Object.assign(this, part);
		for (const follow of this.followers)
			follow();
	},
	follow(act) {
		this.followers.push(act);
		act();
	},
};

/* Columns of a table; c: the columns that it was read from. */
function textColumn(strings, head, c, name, more) {
	const ids = c[name];
	return { head, ids, text: (i) => strings.v[ids[i]], value: (i) => strings.low ? strings.low[ids[i]] : strings.v[ids[i]], ...more };
}

function numberColumn(head, values, format, more) {
	return { head, number: true, values, text: (i) => format(values[i]), value: (i) => values[i], ...more };
}

/* matcher() - a test of a row for all words of a text */
function matcher(strings, columns, text) {
	const tests = text.toLowerCase().split(/\s+/).filter(Boolean).map((word) => {
		const found = columns.some((c) => c.ids) ? strings.matching(word) : null;
		const exact = /^\d+$/.test(word) ? Number(word) : null;
		const end = /^\[?(.+?)\]?:(\d+)$/.exec(word), host = end && columns.some((c) => c.ports) ? strings.matching(end[1]) : null;
		const by = columns.filter((c) => !c.silent).map((c) => {
			if (c.ports && end)
				return (i) => found[c.ids[i]] === 1 || (host[c.ids[i]] === 1 && c.ports[i] === Number(end[2]));
			if (c.ids)
				return (i) => found[c.ids[i]] === 1;
			if (c.values && c.number)
				return exact === null || !c.exact ? null : (i) => c.values[i] === exact;
			return (i) => c.text(i).toLowerCase().includes(word);
		}).filter(Boolean);
		return (i) => by.some((test) => test(i));
	});
	return (i) => tests.every((test) => test(i));
}

/* everything() - the numbers of all rows */
function everything(rows) {
	const order = new Uint32Array(rows);
	for (let i = 0; i < rows; i++)
		order[i] = i;
	return order;
}

/* narrowed() - the rows that pass, in place */
function narrowed(order, test) {
	let n = 0;
	for (let at = 0; at < order.length; at++)
		if (test(order[at]))
			order[n++] = order[at];
	return order.subarray(0, n);
}

class Table {
	constructor(strings, spec) {
		this.strings = strings;
		this.spec = spec;
		this.sorted = null;	/* { column, down } */
		this.chosen = -1;	/* place in this.order */
		this.drawn = "";
		this.top = 0;	/* asked of the box only when it moves: that has a price on a page of this size */
		this.search = make("input", { type: "search", placeholder: "filter", "aria-label": "filter " + spec.title,
			input: () => this.update() });
		this.said = make("span", { class: "said", role: "status" });
		this.head = make("tr");
		this.body = make("tbody");
		this.table = make("table", { "aria-labelledby": spec.id + "-title" }, make("thead", null, this.head), this.body);
		this.box = make("div", { class: "rows", tabIndex: 0, role: "region", "aria-label": spec.title + ", rows",
			scroll: () => requestAnimationFrame(() => this.scrolled()), keydown: (e) => this.key(e) }, this.table);
		this.detail = make("div", { class: "chosen" });
		this.element = section(spec.id, spec.title, spec.about ? make("p", { class: "about" }, spec.about) : null,
			make("div", { class: "bar" }, this.search, this.said), this.box, this.detail);
		view.follow(() => this.rebuild());
	}

	rebuild() {
		this.data = this.spec.build();
		if (!this.head.childElementCount)
			this.heads();
		this.update();
	}

	heads() {
		const widths = this.data.columns.map((c) => Math.max(WIDTHS[c.class] || 6, c.head.length * 0.55 + 2));
		this.head.replaceChildren(...this.data.columns.map((c, at) => this.headCell(c, at, widths[at])));
		this.table.style.minWidth = widths.reduce((sum, w) => sum + w, 0) + "rem";
	}

	headCell(column, at, width) {
		const sorted = this.sorted && this.sorted.column === at;
		const mark = sorted ? (this.sorted.down ? " \u25be" : " \u25b4") : "";
		const set = { scope: "col", class: (column.number ? "n " : "") + (column.class || "") };
		if (sorted)
			set["aria-sort"] = this.sorted.down ? "descending" : "ascending";
		const cell = make("th", set, button(column.head + mark, () => this.sort(at)));
		cell.style.width = width + "rem";
		return cell;
	}

	sort(at) {
		const same = this.sorted && this.sorted.column === at;
		const first = Boolean(this.data.columns[at].number);
		if (same && this.sorted.down !== first)
			this.sorted = null;
		else
			this.sorted = { column: at, down: same ? !this.sorted.down : first };
		this.heads();
		this.update();
	}

	/* tests() - of a row: what is not tcbox's own, and the choices of all tables; each is asked in a
	 * loop of its own, which is several times faster than one that asks all */
	tests() {
		const { time, until, noted, own } = this.data;
		const [from, to] = view.range || [0, 0];
		const tests = [];
		if (own)
			tests.push((i) => !own[i]);
		if (view.range && time && until)	/* what nobody saw the time of, below 0, may have been then */
			tests.push((i) => time(i) < 0 || (time(i) <= to && until(i) >= from));
		else if (view.range && time)
			tests.push((i) => time(i) < 0 || (time(i) <= to && time(i) >= from));
		if (view.hideDeclared && noted)
			tests.push(noted);
		return tests;
	}

	update() {
		const { rows, columns } = this.data;
		const tests = this.tests();
		if (this.search.value.trim())
			tests.push(matcher(this.strings, columns, this.search.value));
		this.order = tests.reduce(narrowed, everything(rows));
		if (this.sorted)
			this.arrange();
		this.say(this.order.length, this.data.total === undefined ? rows : this.data.total);
		this.choose(-1);
		this.drawn = "";
		this.scroll(0);
	}

	scrolled() {
		this.top = this.box.scrollTop;
		this.draw();
	}

	scroll(top) {
		if (top !== this.top)
			this.box.scrollTop = top;
		this.top = top;
		this.draw();
	}

	/* rowsInSight() - the box is at most that high, page.css */
	rowsInSight() {
		return Math.ceil(innerHeight * 0.55 / ROW);
	}

	arrange() {
		const value = this.data.columns[this.sorted.column].value;
		const sign = this.sorted.down ? -1 : 1;
		this.order.sort((a, b) => {
			const x = value(a), y = value(b);
			return x < y ? -sign : x > y ? sign : a - b;
		});
	}

	say(n, rows) {
		const left = this.data.leftOut;
		this.said.textContent = number(n) + " of " + number(rows) +
			(left ? "; " + number(left) + " more are not in this page, see events.jsonl" : "");
		this.box.classList.toggle("empty", n === 0);
		this.table.setAttribute("aria-rowcount", n + 1);
	}

	draw() {
		const first = Math.max(0, Math.floor(this.top / ROW) - SPARE);
		const count = this.rowsInSight() + 2 * SPARE;
		const last = Math.min(this.order.length, first + count);
		const state = first + "-" + last;
		if (state === this.drawn)
			return;
		this.drawn = state;
		const rows = [this.space(first)];
		for (let at = first; at < last; at++)
			rows.push(this.row(at));
		rows.push(this.space(this.order.length - last));
		this.body.replaceChildren(...rows.filter(Boolean));
	}

	space(rows) {
		if (!rows)
			return null;
		const cell = make("td", { colSpan: this.data.columns.length });
		cell.style.height = rows * ROW + "px";
		return make("tr", { class: "space", "aria-hidden": "true" }, cell);
	}

	row(at) {
		const i = this.order[at];
		const cells = this.data.columns.map((c) => {
			const text = c.text(i);
			const cell = make("td", { class: (c.number ? "n " : "") + (c.class || "") }, c.show ? c.show(i) : text);
			if (text.length > 12)
				cell.title = text;
			return cell;
		});
		return make("tr", { "aria-rowindex": at + 2, class: at === this.chosen ? "on" : "", click: () => this.choose(at) }, ...cells);
	}

	/* choose() - show all of one row below the table */
	choose(at) {
		this.mark(false);
		this.chosen = at;
		this.mark(true);
		this.detail.replaceChildren();
		if (at >= 0) {
			const i = this.order[at];
			const said = this.data.columns.map((c) => [c.head, c.text(i), c.show && c.show(i)]).filter(([, text]) => text);
			fill(this.detail, make("dl", null, said.map(([head, text, show]) => [make("dt", null, head), make("dd", null, show || text)])));
			if (this.data.filter && this.data.filter(i))
				fill(this.detail, filterLine(this.data.filter(i)));
		}
	}

	/* mark() - the chosen row, if it is in sight */
	mark(on) {
		const row = this.body.querySelector("[aria-rowindex=\"" + (this.chosen + 2) + "\"]");
		if (row)
			row.classList.toggle("on", on);
	}

	key(e) {
		const page = Math.max(1, this.rowsInSight() - 3);
		const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
		if (e.key === "Escape")
			this.choose(-1);
		if (!(e.key in steps) || e.target !== this.box || !this.order.length)
			return;
		e.preventDefault();
		const at = Math.min(this.order.length - 1, Math.max(0, this.chosen + steps[e.key]));
		const row = at * ROW;
		if (row < this.top || row > this.top + (page - 1) * ROW)
			this.scroll(Math.max(0, row - ROW));
		this.choose(at);
	}

	/* find() - show what has this text, and go there */
	find(text) {
		this.search.value = text;
		this.update();
		this.element.scrollIntoView();
		this.search.focus();
	}
}

/* filterLine() - a filter for Wireshark and tshark, to be copied */
function filterLine(filter) {
	return make("p", { class: "filter" }, make("code", null, filter), " ", button("copy filter", (e) => copyText(e.target, filter)));
}

