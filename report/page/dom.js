/* SPDX-License-Identifier: Apache-2.0
 *
 * dom.js - elements of the page. Text is set as text: there is no way here to set markup
 */

const SVG = "http://www.w3.org/2000/svg";

/* fill() - append texts and elements; null is nothing */
function fill(element, ...children) {
	for (const child of children.flat(Infinity))
		if (child !== null && child !== undefined)
			element.append(child);
	return element;
}

/* make() - an element. @set: its properties; "class" and those with "-" are attributes, functions
 * are listeners. Names and properties are our own words */
function make(name, set, ...children) {
	const element = document.createElement(name);
	for (const [key, value] of Object.entries(set || {})) {
		if (typeof value === "function")
			element.addEventListener(key, value);
		else if (key === "class" || key === "role" || key === "scope" || key.includes("-"))
			element.setAttribute(key, value);
		else
			element[key] = value;
	}
	return fill(element, ...children);
}

function makeSvg(name, set, ...children) {
	const element = document.createElementNS(SVG, name);
	for (const [key, value] of Object.entries(set || {})) {
		if (typeof value === "function")
			element.addEventListener(key, value);
		else
			element.setAttribute(key, value);
	}
	return fill(element, ...children);
}

function button(text, act, set) {
	return make("button", { type: "button", click: act, ...set }, text);
}

/* copyText() - to the clipboard; the button says that it did */
async function copyText(from, text) {
	const label = from.textContent;
	try {
		await navigator.clipboard.writeText(text);
	} catch {
		const area = make("textarea", { value: text, class: "away" });
		document.body.append(area);
		area.select();
		document.execCommand("copy");
		area.remove();
		from.focus();
	}
	from.textContent = "copied";
	setTimeout(() => { from.textContent = label; }, 1500);
}

/* section() - a part of the page with its heading; the navigation lists it */
function section(id, title, ...children) {
	const heading = make("h2", { id: id + "-title" }, title);
	return make("section", { id, "aria-labelledby": id + "-title" }, heading, ...children);
}

