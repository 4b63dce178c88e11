// Messages in a visible place. What they say is text, wherever it came from.

import { byId, el } from './dom.js';

/** @typedef {import('./text.js').Word} Word */

const SIGNS = { error: '✕', warning: '!', done: '✓' };

/** How long good news stays, in milliseconds. */
const STAYS = 8000;

export class Notices {
  /** @param {(word: Word) => string} word */
  constructor(word) {
    this.box = byId('notices');
    this.word = word;
  }

  clear() {
    this.box.replaceChildren();
    this.box.hidden = true;
  }

  /**
   * @param {'error' | 'warning' | 'done'} kind
   * @param {string} title
   * @param {{ place?: string, message: string, hint?: string }[]} items
   */
  say(kind, title, items = []) {
    const close = el('button', { type: 'button', class: 'button small', 'aria-label': this.word('dismiss') }, '✕');
    const notice = el('div', { class: 'notice', 'data-kind': kind, role: kind === 'error' ? 'alert' : 'status' },
      el('span', { class: 'sign', 'aria-hidden': 'true' }, SIGNS[kind]),
      el('div', { class: 'notice-body' },
        el('strong', {}, title),
        items.length > 0 && el('ul', { tabindex: 0 }, ...items.map((item) => el('li', {},
          item.place && el('span', { class: 'place mono' }, `${item.place} `),
          item.message,
          item.hint && el('span', { class: 'quiet' }, ` (${item.hint})`))))),
      close);
    close.addEventListener('click', () => {
      notice.remove();
      this.box.hidden = this.box.childElementCount === 0;
    });
    this.box.hidden = false;
    this.box.replaceChildren(notice);
    // Good news need not be dismissed.
    if (kind === 'done') setTimeout(() => notice.isConnected && close.click(), STAYS);
  }
}
