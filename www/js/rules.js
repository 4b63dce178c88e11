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

/** Height of the head that stays while the rules are scrolled, in pixels. */
const HEAD = 56;

export class RulesPanel {
  /** @param {(word: Word) => string} word @param {(step: number) => void} goTo */
  constructor(word, goTo) {
    this.box = byId('rules');
    this.crumbs = byId('jump-stack');
    this.word = word;
    this.shown = '';
    /** The chain that is drawn. */
    this.chain = '';
    /** What each of its rules looks like. @type {string[]} */
    this.rows = [];
    this.title = el('p', { class: 'chain-title' });
    this.columns = el('p', { class: 'chain-columns', 'aria-hidden': 'true' });
    this.list = el('ol', { class: 'chain' });
    this.end = el('p', { class: 'chain-end' });
    this.box.addEventListener('click', (event) => {
      if (getSelection()?.toString()) return;
      const row = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest('[data-go]'));
      if (row) goTo(Number(row.dataset['go']));
    });
  }

  /** Forgets what is on show, so that it is drawn anew. */
  reset() {
    this.shown = '';
    this.chain = '';
  }

  /** @param {RulesShown | null} rules */
  show(rules) {
    const key = JSON.stringify(rules);
    if (key === this.shown) return;
    this.shown = key;
    if (!rules) {
      this.chain = '';
      this.crumbs.replaceChildren();
      this.box.replaceChildren(el('p', { class: 'empty' }, this.word('rulesEmpty')));
      return;
    }
    const { view, now, stack } = rules;
    this.crumbs.replaceChildren(
      now ? '' : el('li', { class: 'crumb-last' }, this.word('lastChain')),
      el('li', {}, el('span', { class: 'crumb family' }, `${view.netns} ${view.bridge ? 'ebtables' : 'iptables'} ${view.table}`)),
      ...stack.map((at) => el('li', {}, el('span', { class: 'crumb' }, at.chain, at.rule === null ? '' : `:${at.rule}`))),
      el('li', {}, el('span', { class: 'crumb' }, view.chain)));
    const chain = [view.netns, view.bridge, view.table, view.chain, view.rows.length].join(' ');
    if (chain !== this.chain) this.draw(chain);
    this.title.textContent = view.title;
    this.columns.textContent = view.columns;
    // A chain may be long: only the rules that changed are drawn anew.
    let current = null;
    for (const [at, row] of view.rows.entries()) {
      const is = `${JSON.stringify(row)}${now}`;
      if (is !== this.rows[at]) {
        this.rows[at] = is;
        const made = this.row(row, view.table, view.chain, now);
        const old = this.list.children[at];
        if (old) old.replaceWith(made);
        else this.list.append(made);
      }
      if (now && row.current) current = this.list.children[at];
    }
    const end = now && view.ended;
    this.end.className = `chain-end${end ? ' is-now' : ''}`;
    this.end.dataset['ended'] = String(view.ended);
    this.end.replaceChildren(
      el('span', { class: 'mark', 'aria-hidden': 'true' }, end ? '▸' : view.ended ? '✓' : ''),
      el('span', {}, view.policy ? `policy ${view.policy}` : this.word('chainEnd')));
    if (end) current = this.end;
    if (current instanceof HTMLElement) reveal(this.box, current, HEAD);
  }

  /** Begins another chain. @param {string} chain */
  draw(chain) {
    this.chain = chain;
    this.rows = [];
    this.list.replaceChildren();
    this.box.replaceChildren(el('div', { class: 'chain-box mono' },
      el('div', { class: 'chain-head' }, this.title, this.columns), this.list, this.end));
    this.box.scrollTop = 0;
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
