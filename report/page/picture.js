/* SPDX-License-Identifier: Apache-2.0
 *
 * picture.js - who sent how much where, by d3-sankey
 */

