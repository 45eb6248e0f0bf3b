/* SPDX-License-Identifier: Apache-2.0
 *
 * d3.js - what d3-sankey uses of d3-array: its two other libraries would be ten times its size
 *
 * Its links are drawn by picture.js, so d3-shape is not called.
 */
var d3 = {
	sum: (values, of) => values.reduce((sum, v, i) => sum + (of ? +of(v, i) || 0 : +v || 0), 0),
	max: (values, of) => values.reduce((max, v, i) => Math.max(max, of ? of(v, i) : v), -Infinity),
	min: (values, of) => values.reduce((min, v, i) => Math.min(min, of ? of(v, i) : v), Infinity),
};

