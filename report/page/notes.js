/* SPDX-License-Identifier: Apache-2.0
 *
 * notes.js - what examiners noted, and when
 */

/* noteTimes() - of the notes that were made while the run went on, for the timeline: later ones
 * would make the run a dot */
function noteTimes(report, started) {
	const end = sinceStart(report.run.ended, started);
	return (report.notes || []).map((n) => sinceStart(n.time, started)).filter((t) => t >= 0 && (end === null || t <= end));
}

function notesSection(report, started) {
	const end = sinceStart(report.run.ended, started);
	const when = (n) => {
		const t = sinceStart(n.time, started);
		return end !== null && t > end ? "after the end" : t < 0 ? "before the start" : seconds(t) + " after the start";
	};
	return section("notes", "Notes of the examiner", plainTable("notes of the examiner", ["when", "time", "who", "note"],
		report.notes.map((n) => [when(n), n.time, n.examiner, n.text])));
}

