// The help: what this is, the keys, how a flow is written.

import { byId, el } from './dom.js';
import { KEYS } from './keys.js';

/** @typedef {import('./text.js').Word} Word */

const FLOWS = [
  'NS ping DST [from SRC] [ttl N] [size N]',
  'NS tcp DST:PORT [from [SRC]:PORT]',
  'NS udp DST:PORT [from [SRC]:PORT]',
  'NS frame DEV HEX',
  'NS wait SECONDS',
];

export class Help {
  /** @param {(word: Word) => string} word */
  constructor(word) {
    this.word = word;
    this.dialog = /** @type {HTMLDialogElement} */ (byId('help-dialog'));
  }

  show() {
    const { word } = this;
    byId('help-body').replaceChildren(
      el('p', {}, word('helpWords')),
      el('h3', {}, word('keys')),
      el('dl', { class: 'keys' }, ...KEYS.flatMap(([keys, what]) => [
        el('dt', {}, ...keys.map((key) => el('kbd', {}, key))),
        el('dd', {}, word(what)),
      ])),
      el('h3', {}, word('flows')),
      el('ul', { class: 'mono' }, ...FLOWS.map((flow) => el('li', {}, flow))));
    this.dialog.showModal();
  }
}
