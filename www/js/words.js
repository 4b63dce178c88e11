// Sentences that Rust made, span by span.

import { el } from './dom.js';

/** @typedef {import('../pkg/types.js').Sentence} Sentence */

/**
 * A sentence as nodes: names and values look like what they are.
 * @param {Sentence} sentence
 * @returns {(Node | string)[]}
 */
export function spans(sentence) {
  return sentence.map((span) =>
    span.class === 'text' ? span.text : el('span', { class: `w w-${span.class}` }, span.text));
}

/** @param {Sentence} sentence */
export function plain(sentence) {
  return sentence.map((span) => span.text).join('');
}
