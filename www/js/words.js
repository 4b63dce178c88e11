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
    span.class === 'text' ? span.text : el('span', { class: `w w-${span.class}` }, ...words(span.text)));
}

/**
 * A command goes on in the next line between its words, never within `-j`.
 * @param {string} text
 */
export function words(text) {
  const all = text.split(' ');
  return all.length === 1 ? all : all.flatMap((word, at) => [at ? ' ' : '', el('span', { class: 'word' }, word)]);
}

/** @param {Sentence} sentence */
export function plain(sentence) {
  return sentence.map((span) => span.text).join('');
}
