/* SPDX-License-Identifier: Apache-2.0
 *
 * words.js - amounts and times as a person reads them, as report/amounts.c writes them; Markdown
 */

function amountBytes(n) {
	if (n < 1024)
		return n + " B";
	const units = ["KiB", "MiB", "GiB", "TiB"];
	let unit = -1;
	do {
		n /= 1024;
		unit++;
	} while (n >= 1024 && unit < units.length - 1);
	return n.toFixed(1) + " " + units[unit];
}

/* amountSeen() - bytes of conversations. @open: how one of them ended was not recorded, and no more is known than what its
 * first packets had */
function amountSeen(n, open) {
	if (open && !n)
		return "not known";
	return (open ? "at least " : "") + amountBytes(n);
}

function amountCount(n, one, many) {
	return number(n) + " " + (n === 1 ? one : many);
}

/* number() - with thin blanks between thousands, which every reader of numbers understands */
function number(n) {
	return String(n).replace(/\B(?=(\d{3})+(?!\d))/g, "\u2009");
}

/* seconds() - of microseconds since the start */
function seconds(us) {
	return (us / 1e6).toFixed(3) + " s";
}

/* sinceStart() - microseconds from the start to a time as RFC 3339 says it; null: none */
function sinceStart(time, started) {
	const part = /^(.*)\.(\d{6})\d*Z$/.exec(time || "");
	return part ? Date.parse(part[1] + "Z") * 1000 + Number(part[2]) - started : null;
}

function base(path) {
	return path.slice(path.lastIndexOf("/") + 1) || path;
}

/* markdown() - text that is nothing but text where it is pasted, as markdown.c makes it */
function markdown(text) {
	return text.replace(/[@#$]+|:\/\/|:(?=[\w+-]+:)|(?<=www)\./gi, "`$&`").replace(/[\\*_{}[\]<>|~&!=^]/g, "\\$&")
		.replace(/^(\d*)([-+.)])/, "$1\\$2");
}

