// What of a snapshot was not used, is not modelled, or was wrong.

import { el } from './dom.js';
import { group } from './switches.js';

/** @typedef {import('../pkg/packetwalk.js').Machine} Machine */
/** @typedef {import('./text.js').Word} Word */

/** @param {Machine} machine @param {(word: Word) => string} word @param {(message: string) => string} told a message of Rust's in the page's language */
export function remarks(machine, word, told) {
  const all = machine.remarks();
  const list = (/** @type {typeof all} */ some) => el('ul', { class: 'remarks' }, ...some.map(({ place, line, message, hint }) => el('li', {},
    place && el('span', { class: 'mono quiet' }, `${place}${line ? `, ${word('line')} ${line}` : ''}: `),
    told(message),
    hint && el('span', { class: 'quiet' }, ` (${told(hint)})`))));
  const wrong = all.filter(({ error }) => error);
  const rest = all.filter(({ error }) => !error);
  if (all.length === 0) return [el('p', { class: 'empty' }, word('remarksNone'))];
  return [
    ...(wrong.length > 0 ? [group(`✕ ${word('remarksWrong')}`, list(wrong))] : []),
    ...(rest.length > 0 ? [group(`! ${word('remarksRest')}`, list(rest))] : []),
  ];
}
