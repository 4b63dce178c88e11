// Messages in a visible place. What they say is text, wherever it came from.

import { byId, el } from './dom.js';

/** @typedef {import('./text.js').Word} Word */

/**
 * One thing that is said: a problem that Rust found, or a word of the page.
 * @typedef {object} Item
 * @property {Word} [word]
 * @property {string} [message]
 * @property {string} [place]
 * @property {number} [line]
 * @property {string | null} [hint]
 */

/**
 * @typedef {object} Notice
 * @property {'error' | 'warning' | 'done'} kind
 * @property {Word} title
 * @property {string} [about] what the title is about, such as a file
 * @property {Item[]} [items]
 * @property {() => void} [all] shows all of them elsewhere; then only the first is shown here
 */

const SIGNS = { error: '✕', warning: '!', done: '✓' };

/** How long good news stays, in milliseconds. */
const STAYS = 8000;

export class Notices {
  /** @param {(word: Word) => string} word @param {(message: string) => string} told a message of Rust's in the page's language */
  constructor(word, told) {
    this.box = byId('notices');
    this.word = word;
    this.told = told;
    /** @type {Notice | null} */
    this.notice = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  clear() {
    this.notice = null;
    this.write();
  }

  /** @param {Notice} notice */
  say(notice) {
    this.notice = notice;
    this.write();
    clearTimeout(this.timer);
    // Good news need not be dismissed.
    if (notice.kind === 'done') {
      this.timer = setTimeout(() => {
        if (this.notice === notice) this.clear();
      }, STAYS);
    }
  }

  /** Writes it, in the language that is spoken now. */
  write() {
    const { notice, word } = this;
    this.box.hidden = notice === null;
    this.box.replaceChildren();
    if (!notice) return;
    const { kind, title, about, items = [], all } = notice;
    this.box.dataset['kind'] = kind;
    const close = el('button', { type: 'button', class: 'button small', 'aria-label': word('dismiss'), title: word('dismiss') }, el('span', { 'aria-hidden': 'true' }, '✕'));
    close.addEventListener('click', () => this.clear());
    const more = all && items.length > 1 && el('button', { type: 'button', class: 'button small' }, `${word('allRemarks')} (${items.length})`);
    if (more) more.addEventListener('click', all);
    const shown = all ? items.slice(0, 1) : items;
    this.box.append(el('div', { class: 'notice', 'data-kind': kind, role: kind === 'error' ? 'alert' : 'status' },
      el('span', { class: 'sign', 'aria-hidden': 'true' }, SIGNS[kind]),
      el('div', { class: 'notice-body' },
        el('strong', {}, `${word(title)}${about ? `: ${about}` : ''}`),
        shown.length > 0 && el('ul', { tabindex: shown.length > 3 ? 0 : null }, ...shown.map((item) => this.item(item)))),
      el('div', { class: 'notice-tools' }, more, close)));
  }

  /** @param {Item} item */
  item({ word, message = '', place = '', line = 0, hint = null }) {
    const where = [place, line ? `${this.word('line')} ${line}` : ''].filter(Boolean).join(', ');
    return el('li', {},
      where && el('span', { class: 'place mono' }, `${where} `),
      word ? this.word(word) : this.told(message),
      hint && el('span', { class: 'quiet' }, ` (${this.told(hint)})`));
  }
}
