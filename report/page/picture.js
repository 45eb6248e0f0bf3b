/* SPDX-License-Identifier: Apache-2.0
 *
 * picture.js - which program sent how much where, by d3-sankey
 *
 * The widths are bytes in both directions. What has a finding comes first, then what is big; of
 * the rest one more node tells how many there are. A conversation without bytes is as wide as the
 * thinnest line.
 */

const PICTURE_MAX = 50;		/* destinations; those that follow are one */
const NODE = 12;
const GAP = 7;
const STANDS = { undeclared: "bad", broken: "bad", ignored: "doubt", declared: "good", "not-compared": "plain" };

class Picture {
	/* @links: () => [{ program, dest, bytes, count, stand }] of the range that is shown; @choose:
	 * called with the text of what was chosen */
	constructor(links, choose) {
		this.links = links;
		this.choose = choose;
		this.place = make("div", { class: "picture" });
		this.said = make("span", { class: "said", role: "status" });
		this.element = section("picture", "Who talked to whom", make("p", { class: "about" },
			"Widths are bytes in both directions. Red is not declared or breaks a rule, green is declared. The table of destinations has the same."),
			make("div", { class: "bar" }, this.said), this.place);
		this.begun = false;
	}

	begin() {
		this.begun = true;
		view.follow(() => this.draw());
		new ResizeObserver(() => this.width !== this.place.clientWidth && this.draw()).observe(this.place);
	}

	/* graph() - nodes and links; equal ones are one */
	graph() {
		const all = this.links().sort((a, b) => gravity(b) - gravity(a) || b.bytes - a.bytes || b.count - a.count);
		const shown = new Set();
		for (const link of all)
			if (shown.size < PICTURE_MAX)
				shown.add(link.dest);
		const names = new Set(all.map((l) => l.dest));
		const others = number(names.size - shown.size) + " more destinations";
		const most = all.reduce((sum, l) => sum + l.bytes, 0), least = Math.max(1, most / 400);
		const nodes = new Map(), links = new Map();
		const node = (side, name) => {
			if (!nodes.has(side + name))
				nodes.set(side + name, { name, side, bytes: 0, open: 0 });
			return nodes.get(side + name);
		};
		for (const l of all) {
			const dest = shown.has(l.dest) ? l.dest : others;
			const source = node("<", l.program), target = node(">", dest), key = source.name + "\0" + target.name;
			const link = links.get(key) || { source, target, bytes: 0, open: 0, count: 0, value: 0, stand: l.stand };
			if (gravity(l) > gravity(link))
				link.stand = l.stand;
			for (const sum of [link, source, target]) {
				sum.bytes += l.bytes;
				sum.open += l.open;
			}
			link.count += l.count;
			link.value = Math.max(link.bytes, least);
			links.set(key, link);
		}
		this.said.textContent = number(shown.size) + " of " + amountCount(names.size, "destination", "destinations");
		return { nodes: [...nodes.values()], links: [...links.values()] };
	}

	draw() {
		const graph = this.graph();
		this.width = this.place.clientWidth;
		this.place.replaceChildren();
		if (!graph.links.length) {
			fill(this.place, make("p", null, "There was no traffic."));
			return;
		}
		const width = Math.max(480, this.width), side = Math.min(280, width * 0.32);
		const right = graph.nodes.filter((n) => n.side === ">").length, left = graph.nodes.length - right;
		const height = Math.max(80, Math.max(right, left) * (GAP + 13));
		d3.sankey().nodeWidth(NODE).nodePadding(GAP + 6).nodeSort(null).linkSort(null).extent([[side, 8], [width - side, height - 8]])(graph);
		const svg = makeSvg("svg", { viewBox: "0 0 " + width + " " + height, width, height, role: "group",
			"aria-label": "which program sent how much where" });
		fill(svg, graph.links.map((l) => this.link(l)), graph.nodes.map((n) => this.node(n, side)));
		fill(this.place, svg);
	}

	link(l) {
		const x0 = l.source.x1, x1 = l.target.x0, middle = (x0 + x1) / 2;
		const words = l.source.name + " \u2192 " + l.target.name + ": " + amountSeen(l.bytes, l.open) + ", " +
			amountCount(l.count, "conversation", "conversations") + ", " + l.stand;
		return makeSvg("path", { d: "M" + x0 + "," + l.y0 + "C" + middle + "," + l.y0 + " " + middle + "," + l.y1 + " " + x1 + "," + l.y1,
			"stroke-width": Math.max(1.5, l.width), class: "link " + STANDS[l.stand], click: () => this.choose(l.target.name) },
		makeSvg("title", null, words));
	}

	node(n, side) {
		const isLeft = n.side === "<", middle = (n.y0 + n.y1) / 2, most = Math.floor((side - 10) / 6.6);
		const name = isLeft ? base(n.name) : n.name, text = name + " " + amountSeen(n.bytes, n.open);
		const label = text.length > most ? name.slice(0, Math.max(4, most - 10)) + "\u2026 " + amountSeen(n.bytes, n.open) : text;
		return makeSvg("g", { class: "node", click: () => this.choose(n.name) },
			makeSvg("rect", { x: n.x0, y: n.y0, width: n.x1 - n.x0, height: Math.max(1, n.y1 - n.y0) }),
			makeSvg("text", { x: isLeft ? n.x0 - 6 : n.x1 + 6, y: middle, "text-anchor": isLeft ? "end" : "start", "dominant-baseline": "middle" }, label),
			makeSvg("title", null, n.name + ": " + amountSeen(n.bytes, n.open)));
	}
}

/* gravity() - what must be seen first */
const GRAVITIES = { "not-compared": 0, declared: 1, ignored: 2, broken: 3, undeclared: 4 };

function gravity(link) {
	return GRAVITIES[link.stand];
}

