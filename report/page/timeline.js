/* SPDX-License-Identifier: Apache-2.0
 *
 * timeline.js - what happened when, one lane for each kind, by uPlot
 *
 * Each lane is drawn as bars whose height is how much happened in two pixels' time, on a scale of
 * logarithms: one act can be seen beside a thousand. The range that is chosen here is that of all
 * tables.
 */

const LANE = 34;		/* pixels */
const BIN = 3;

/* colour() - of the style, so that it is right in the dark, too */
function colour(name) {
	return getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
}

class Timeline {
	/* @lanes: [{ name, times (microseconds, ascending), colour }] */
	constructor(lanes) {
		this.lanes = lanes.filter((l) => l.times.length);
		const ends = this.lanes.map((l) => l.times[l.times.length - 1]);
		const begins = this.lanes.map((l) => l.times[0]);
		this.from = Math.min(0, ...begins) / 1e6;
		this.to = Math.max(0.001, ...ends) / 1e6;
		const gap = (this.to - this.from) / 100;
		this.from -= gap;
		this.to += gap;
		this.said = make("span", { class: "said", role: "status" });
		this.inputs = ["from", "to"].map((word) => make("input", { type: "number", step: "0.001", "aria-label": word + ", seconds after the start",
			change: () => this.typed() }));
		this.place = make("div", { class: "plot", role: "img", "aria-label": "timeline of " + this.lanes.map((l) => l.name).join(", ") +
			"; the same is in the tables below, and the range can be typed above" });
		const bar = make("div", { class: "bar" }, make("label", null, "from ", this.inputs[0], " s"), make("label", null, "to ", this.inputs[1], " s"),
			button("zoom in", () => this.zoom(0.5)), button("zoom out", () => this.zoom(2)),
			button("earlier", () => this.move(-0.5)), button("later", () => this.move(0.5)),
			button("whole run", () => this.set(this.from, this.to)), this.said);
		this.element = section("timeline", "Timeline", make("p", { class: "about" },
			"Drag over a part of it: all tables and findings then show this time only. Heights are logarithms of how often."), bar, this.place);
	}

	/* begin() - once the element is in the page, which says how wide it is */
	begin() {
		const height = this.lanes.length * LANE + 40;
		const draw = { draw: [(u) => this.draw(u)], setScale: [(u, key) => key === "x" && this.chosen(u)], setCursor: [(u) => this.point(u)] };
		const axis = () => ({ stroke: () => colour("ink"), grid: { stroke: () => colour("line") }, ticks: { stroke: () => colour("line") } });
		this.plot = new uPlot({
			width: this.width(), height, legend: { show: false }, padding: [0, 8, 0, 0], hooks: draw,
			cursor: { y: false, points: { show: false }, drag: { x: true, y: false } },
			scales: { x: { time: false, min: this.from, max: this.to }, y: { range: [0, this.lanes.length] } },
			axes: [{ ...axis(), values: (u, splits) => splits.map((v) => +v.toFixed(6) + " s") },
				{ ...axis(), size: 110, splits: () => this.lanes.map((l, i) => i + 0.5), values: () => this.lanes.map((l) => l.name).reverse(),
					grid: { show: false }, ticks: { show: false } }],
			series: [{}, { points: { show: false }, paths: () => null }],
		}, [[this.from, this.to], [0, 0]], this.place);
		new ResizeObserver(() => this.plot.setSize({ width: this.width(), height })).observe(this.place);
		view.follow(() => this.plot.redraw(false));	/* the colours may be others */
		this.place.addEventListener("dblclick", () => this.set(this.from, this.to));
	}

	width() {
		return Math.max(300, this.place.clientWidth);
	}

	/* bins() - how many of a lane fall into each bar between two times */
	bins(lane, min, max, n) {
		const counts = new Uint32Array(n);
		const scale = n / (max - min) / 1e6, low = min * 1e6;
		for (let i = lowerBound(lane.times, low); i < lane.times.length && lane.times[i] <= max * 1e6; i++)
			counts[Math.min(n - 1, Math.floor((lane.times[i] - low) * scale))]++;
		return counts;
	}

	draw(u) {
		const { left, top, width, height } = u.bbox, ctx = u.ctx, ratio = devicePixelRatio || 1;
		const { min, max } = u.scales.x, n = Math.max(1, Math.floor(width / (BIN * ratio)));
		const lane = height / this.lanes.length, bar = width / n;
		ctx.save();
		this.lanes.forEach((l, at) => {
			const counts = this.bins(l, min, max, n);
			const most = Math.log1p(counts.reduce((a, b) => Math.max(a, b), 1));
			ctx.fillStyle = colour(l.colour);
			for (let i = 0; i < n; i++) {
				const h = counts[i] ? (0.25 + 0.75 * Math.log1p(counts[i]) / most) * (lane - 6 * ratio) : 0;
				if (h)
					ctx.fillRect(left + i * bar, top + (at + 1) * lane - h - 2 * ratio, Math.max(bar - ratio / 2, 1), h);
			}
		});
		ctx.restore();
	}

	/* chosen() - the scale is another now: so is the range of all tables */
	chosen(u) {
		const { min, max } = u.scales.x;
		if (min === undefined || min === null || (this.min === min && this.max === max))
			return;
		this.min = min;
		this.max = max;
		const whole = min <= this.from && max >= this.to;
		this.inputs[0].value = min.toFixed(3);
		this.inputs[1].value = max.toFixed(3);
		this.said.textContent = whole ? "whole run" : "all tables show " + min.toFixed(3) + " s to " + max.toFixed(3) + " s";
		if (!whole || view.range)
			view.set({ range: whole ? null : [min * 1e6, max * 1e6] });
	}

	set(min, max) {
		const least = 1e-6;
		min = Math.max(this.from, Math.min(min, this.to - least));
		max = Math.min(this.to, Math.max(max, min + least));
		this.plot.setScale("x", { min, max });
	}

	typed() {
		const [from, to] = this.inputs.map((i) => i.valueAsNumber);
		if (Number.isFinite(from) && Number.isFinite(to) && from < to)
			this.set(from, to);
	}

	zoom(by) {
		const middle = (this.min + this.max) / 2, half = (this.max - this.min) / 2 * by;
		this.set(middle - half, middle + half);
	}

	move(by) {
		const width = this.max - this.min;
		const from = Math.max(this.from, Math.min(this.min + width * by, this.to - width));
		this.set(from, from + width);
	}

	/* point() - what is under the mouse, in words */
	point(u) {
		if (u.cursor.left < 0 || u.cursor.left === null)
			return;
		const at = u.posToVal(u.cursor.left, "x"), near = (u.posToVal(BIN, "x") - u.posToVal(0, "x"));
		const words = this.lanes.map((l) => {
			const n = lowerBound(l.times, (at + near) * 1e6) - lowerBound(l.times, (at - near) * 1e6);
			return n ? number(n) + " " + l.name : "";
		}).filter(Boolean);
		this.place.title = at.toFixed(3) + " s" + (words.length ? ": " + words.join(", ") : "");
	}
}

/* lowerBound() - the first place in a sorted list whose value is not below v */
function lowerBound(list, v) {
	let low = 0, high = list.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (list[middle] < v)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

