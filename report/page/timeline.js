/* SPDX-License-Identifier: Apache-2.0
 *
 * timeline.js - what happened when, one lane for each kind, by uPlot
 */

