// The chain being walked, as `iptables -nvL --line-numbers` prints it.

import { byId, el, reveal } from './dom.js';
import { spans } from './words.js';

/** @typedef {import('../pkg/types.js').RulesShown} RulesShown */
/** @typedef {import('../pkg/types.js').Row} Row */
/** @typedef {import('../pkg/types.js').At} At */
/** @typedef {import('../pkg/types.js').Mark} Mark */
/** @typedef {import('./text.js').Word} Word */

/** Sign of what became of a rule: colour is never alone. @type {Record<Mark, string>} */
const SIGNS = { none: '', tick: '✓', cross: '✕' };

export class RulesPanel {
  /** @param {(word: Word) => string} word @param {(step: number) => void} goTo */
  constructor(word, goTo) {
    this.box = byId('rules');
    this.crumbs = byId('jump-stack');
    this.word = word;
    this.shown = '';
    this.box.addEventListener('click', (event) => {
      if (getSelection()?.toString()) return;
      const row = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest('[data-go]'));
      if (row) goTo(Number(row.dataset['go']));
    });
  }

  /** Forgets what is on show, so that it is drawn anew. */
  reset() {
    this.shown = '';
  }

  /** @param {RulesShown | null} rules */
  show(rules) {
    const key = JSON.stringify(rules);
    if (key === this.shown) return;
    this.shown = key;
    if (!rules) {
      this.crumbs.replaceChildren();
      this.box.replaceChildren(el('p', { class: 'empty' }, this.word('rulesEmpty')));
      return;
    }
    const { view, now, stack } = rules;
    this.crumbs.replaceChildren(
      el('li', {}, el('span', { class: 'crumb family' }, `${view.netns} ${view.bridge ? 'ebtables' : 'iptables'} ${view.table}`)),
      ...stack.map((at) => el('li', {}, el('span', { class: 'crumb' }, at.chain, at.rule === null ? '' : `:${at.rule}`))),
      el('li', {}, el('span', { class: 'crumb' }, view.chain)));
    const list = el('ol', { class: `chain${now ? '' : ' over'}` }, ...view.rows.map((row) => this.row(row, view.table, view.chain, now)));
    const end = now && view.ended;
    const policy = el('p', { class: `chain-end${end ? ' is-now' : ''}`, 'data-ended': view.ended },
      el('span', { class: 'mark', 'aria-hidden': 'true' }, end ? '▸' : view.ended ? '✓' : ''),
      el('span', {}, view.policy ? `policy ${view.policy}` : this.word('chainEnd')));
    this.box.replaceChildren(
      el('div', { class: 'chain-box mono' },
        el('p', { class: 'chain-title' }, view.title),
        view.columns && el('p', { class: 'chain-columns', 'aria-hidden': 'true' }, view.columns),
        list, policy));
    const current = this.box.querySelector('.is-now');
    if (current instanceof HTMLElement) reveal(this.box, current);
    else this.box.scrollTop = 0;
  }

  /** @param {Row} row @param {string} table @param {string} chain @param {boolean} now */
  row(row, table, chain, now) {
    const current = now && row.current;
    // Number and counters first, then what the rule says.
    const [, head = '', count = '', rest = row.line] = /^(\S+\s+)(\S+\s+\S+ )(.*)$/.exec(row.line) ?? [];
    return el('li', {
      class: `rule${current ? ' is-now' : ''}`,
      'data-mark': row.mark,
      'data-rule': `${table} ${chain} ${row.number}`,
      'data-go': row.step,
      'aria-current': current ? 'step' : null,
    },
      el('span', { class: 'mark', role: 'img', 'aria-label': row.mark === 'none' ? null : this.word(row.mark), 'aria-hidden': row.mark === 'none' }, current && row.mark === 'none' ? '▸' : SIGNS[row.mark]),
      el('span', { class: 'line' }, head, el('span', { class: row.counted ? 'counted' : null }, count), rest),
      row.why && el('span', { class: 'why' }, ...spans(row.why)));
  }
}
