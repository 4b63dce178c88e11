// The chain being walked, or another one that the reader chose, as
// `iptables -nvL --line-numbers` prints it; and for one rule of it, every
// packet that met it.

import { byId, el, reveal } from './dom.js';
import { spans } from './words.js';

/** @typedef {import('../pkg/packetwalk.js').Walk} Walk */
/** @typedef {import('../pkg/types.js').RulesShown} RulesShown */
/** @typedef {import('../pkg/types.js').Row} Row */
/** @typedef {import('../pkg/types.js').Mark} Mark */
/** @typedef {import('./text.js').Lang} Lang */
/** @typedef {import('./text.js').Word} Word */

/** Sign of what became of a rule: colour is never alone. @type {Record<Mark, string>} */
const SIGNS = { none: '', tick: '✓', cross: '✕' };

/** Height of the head that stays while the rules are scrolled, in pixels. */
const HEAD = 56;

/** How many rules around the one being asked are drawn, and how many more at a time. */
const SPREAD = 20;

export class RulesPanel {
  /** @param {(word: Word) => string} word @param {(step: number) => void} goTo @param {import('./dom.js').Root} [root] where its elements are */
  constructor(word, goTo, root = document) {
    this.box = byId('rules', root);
    this.crumbs = byId('jump-stack', root);
    this.chains = /** @type {HTMLSelectElement} */ (byId('chains', root));
    this.metBox = byId('met', root);
    this.word = word;
    this.goTo = goTo;
    /** @type {Walk | null} */
    this.walk = null;
    /** @type {Lang} */
    this.lang = 'en';
    this.step = 0;
    this.spread = SPREAD;
/** Steps that are not as they were before a change. @type {Set<number>} */
    this.differs = new Set();
    this.shown = '';
    /** The chain that is drawn. */
    this.chain = '';
    /** Its place among all chains. */
    this.place = 0;
    /** What each of its rules looks like. @type {string[]} */
    this.rows = [];
    /** The rule whose meetings are listed: its chain's place and its number. @type {{ place: number, rule: number } | null} */
    this.asked = null;
    this.title = el('p', { class: 'chain-title' });
    this.columns = el('p', { class: 'chain-columns', 'aria-hidden': 'true' });
    this.list = el('ol', { class: 'chain' });
    this.end = el('p', { class: 'chain-end' });
    this.earlier = this.more();
    this.later = this.more();
    this.chains.addEventListener('change', () => this.again());
    this.box.addEventListener('click', (event) => {
      if (getSelection()?.toString()) return;
      const row = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest('[data-number]'));
      if (row) this.ask(Number(row.dataset['number']), row.dataset['go']);
    });
    this.box.addEventListener('keydown', (event) => this.key(event));
  }

  /** A button that shows more of a long chain. */
  more() {
    const button = el('button', { type: 'button', class: 'button small more' });
    button.addEventListener('click', () => {
      this.spread *= 4;
      this.again();
    });
    return button;
  }

  /** Up and down go from rule to rule, Enter asks about one. @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    event.stopPropagation();
    const rows = /** @type {HTMLElement[]} */ ([...this.list.children]);
    const at = rows.findIndex((row) => row.classList.contains('is-asked') || (!this.asked && row.classList.contains('is-now')));
    const row = rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
    if (!row) return;
    this.ask(Number(row.dataset['number']), undefined);
    row.scrollIntoView({ block: 'nearest' });
  }

  /** A new walk: its chains to choose from. @param {Walk} walk */
  load(walk) {
    this.walk = walk;
    this.asked = null;
    this.metBox.hidden = true;
    this.spread = SPREAD;
    const chosen = this.chains.value;
    /** @type {Map<string, HTMLOptGroupElement>} */
    const groups = new Map();
    walk.chains().forEach(({ netns, tool, table, chain, rules }, place) => {
      const label = `${netns} ${tool} ${table}`;
      const group = groups.get(label) ?? el('optgroup', { label });
      groups.set(label, group);
      group.append(el('option', { value: String(place) }, `${chain} (${rules})`));
    });
    this.chains.replaceChildren(el('option', { value: '' }, this.word('chainFollow')), ...groups.values());
    this.chains.value = chosen;
    if (this.chains.selectedIndex < 0) this.chains.value = '';
    this.reset();
  }

  /** Forgets what is on show, so that it is drawn anew. */
  reset() {
    this.shown = '';
    this.chain = '';
  }

  again() {
    if (!this.walk) return;
    this.reset();
    this.show(this.walk, this.step, this.lang);
  }

  /** @param {Walk} walk @param {number} step @param {Lang} lang */
  show(walk, step, lang) {
    this.walk = walk;
    this.step = step;
    this.lang = lang;
    const chosen = this.chains.value === '' ? undefined : Number(this.chains.value);
    this.draw(walk.rules(step, lang, chosen, this.spread));
    this.markMeeting();
  }

  /** @param {RulesShown | null} rules */
  draw(rules) {
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
    this.place = view.place;
    this.crumbs.replaceChildren(
      now || this.chains.value !== '' ? '' : el('li', { class: 'crumb-last' }, this.word('lastChain')),
      el('li', {}, el('span', { class: 'crumb family' }, `${view.netns} ${view.tool} ${view.table}`)),
      ...stack.map((at) => el('li', {}, el('span', { class: 'crumb' }, at.chain, at.rule === null ? '' : `:${at.rule}`))),
      el('li', {}, el('span', { class: 'crumb' }, view.chain)));
    const chain = [view.place, view.before, view.rows.length].join(' ');
    if (chain !== this.chain) this.begin(chain);
    this.title.textContent = view.title;
    this.columns.textContent = view.columns;
    for (const [button, count, sign] of /** @type {const} */ ([[this.earlier, view.before, '↑'], [this.later, view.after, '↓']])) {
      button.hidden = count === 0;
      button.textContent = `${sign} ${count} ${this.word('moreRules')}`;
    }
    // Only the rules that changed are drawn anew.
    let current = null;
    // Of the chain that was walked last, too, what decided is in sight.
    const follows = now || this.chains.value === '';
    for (const [at, row] of view.rows.entries()) {
      const is = `${JSON.stringify(row)}${now}`;
      if (is !== this.rows[at]) {
        this.rows[at] = is;
        const made = this.row(row, view.table, view.chain, now);
        const old = this.list.children[at];
        if (old) old.replaceWith(made);
        else this.list.append(made);
      }
      if (follows && row.current) current = this.list.children[at];
    }
    const end = now && view.ended;
    this.end.className = `chain-end${end ? ' is-now' : ''}`;
    this.end.dataset['ended'] = String(view.ended);
    this.end.replaceChildren(
      el('span', { class: 'mark', 'aria-hidden': 'true' }, end ? '▸' : view.ended ? '✓' : ''),
      el('span', {}, view.policy ? `policy ${view.policy}` : this.word('chainEnd')));
    if (follows && view.ended) current = this.end;
    if (current instanceof HTMLElement) reveal(this.box, current, HEAD);
    this.markAsked();
  }

  /** Begins another chain. @param {string} chain */
  begin(chain) {
    this.chain = chain;
    this.rows = [];
    this.list.replaceChildren();
    this.box.replaceChildren(el('div', { class: 'chain-box mono' },
      el('div', { class: 'chain-head' }, this.title, this.columns), this.earlier, this.list, this.later, this.end));
    reveal(this.box, null);
  }

  /** @param {Row} row @param {string} table @param {string} chain @param {boolean} now */
  row(row, table, chain, now) {
    const current = now && row.current;
    // Number and counters first, then what the rule says.
    const [, head = '', count = '', rest = row.line] = /^(\S+\s+)(\S+\s+\S+ )(.*)$/.exec(row.line) ?? [];
    return el('li', {
      class: `rule${current ? ' is-now' : ''}${row.step !== null && this.differs.has(row.step) ? ' differs' : ''}`,
      'data-mark': row.mark,
      'data-rule': `${table} ${chain} ${row.number}`,
      'data-number': row.number,
      'data-go': row.step,
      'aria-current': current ? 'step' : null,
    },
      row.mark === 'none'
        ? el('span', { class: 'mark', 'aria-hidden': 'true' }, current ? '▸' : '')
        : el('span', { class: 'mark', role: 'img', 'aria-label': this.word(row.mark) }, SIGNS[row.mark]),
      el('span', { class: 'line' }, head, el('span', { class: row.counted ? 'counted' : null }, count), rest),
      // Where there is little room, the rule as it is written.
      el('span', { class: 'spec' }, `${row.number}  `, el('span', { class: row.counted ? 'counted' : null }, `${row.packets} ${row.bytes}`), '  ', ...row.spec.split(' ').flatMap((word) => [el('span', { class: 'word' }, word), ' '])),
      row.why && el('span', { class: 'why' }, ...spans(row.why)));
  }

  /**
   * Lists the packets that met a rule, and goes to its last meeting.
   * @param {number} rule
   * @param {string | undefined} go
   */
  ask(rule, go) {
    if (!this.walk) return;
    this.asked = { place: this.place, rule };
    const { place } = this;
    const chain = this.chains.querySelector(`option[value="${place}"]`)?.textContent?.split(' ')[0] ?? '';
    const met = this.walk.met(place, rule);
    const button = (/** @type {Word} */ label, /** @type {string} */ sign, /** @type {-1 | 1} */ by) => {
      const made = el('button', { type: 'button', class: 'button small', 'aria-label': this.word(label), title: this.word(label) }, sign);
      made.addEventListener('click', () => {
        const next = by > 0 ? met.find(({ step }) => step > this.step) : met.findLast(({ step }) => step < this.step);
        if (next) this.goTo(next.step);
      });
      return made;
    };
    const close = el('button', { type: 'button', class: 'button small', 'aria-label': this.word('dismiss'), title: this.word('dismiss') }, '✕');
    close.addEventListener('click', () => {
      this.asked = null;
      this.metBox.hidden = true;
      this.markAsked();
      this.box.focus();
    });
    this.metBox.hidden = false;
    this.metBox.replaceChildren(
      el('span', { class: 'met-rule mono' }, `${chain} ${rule}`),
      met.length > 0 ? button('metEarlier', '‹', -1) : '',
      met.length === 0
        ? el('span', { class: 'quiet' }, this.word('metNone'))
        : el('ol', { class: 'met-list' }, ...met.slice(0, 500).map(({ step, matched, summary }) => {
          const go = el('button', { type: 'button', class: 'meeting', 'data-step': step, 'data-mark': matched ? 'tick' : 'cross' },
            el('b', { 'aria-hidden': 'true' }, matched ? '✓' : '✕'),
            el('span', { class: 'visually-hidden' }, this.word(matched ? 'tick' : 'cross')),
            ` ${step + 1} `, el('span', { class: 'mono' }, summary));
          go.addEventListener('click', () => this.goTo(step));
          return el('li', {}, go);
        })),
      met.length > 0 ? button('metLater', '›', 1) : '',
      close);
    this.markAsked();
    if (go !== undefined) this.goTo(Number(go));
    this.markMeeting();
  }

  /** Shows which rule is asked about. */
  markAsked() {
    for (const row of this.list.querySelectorAll('.is-asked')) row.classList.remove('is-asked');
    if (this.asked?.place !== this.place) return;
    this.list.querySelector(`[data-number="${this.asked.rule}"]`)?.classList.add('is-asked');
  }

  /** Shows which of the listed meetings is the moment on show. */
  markMeeting() {
    if (this.metBox.hidden) return;
    for (const meeting of this.metBox.querySelectorAll('.meeting')) {
      const now = Number(meeting.getAttribute('data-step')) === this.step;
      if (now) meeting.setAttribute('aria-current', 'step');
      else meeting.removeAttribute('aria-current');
      if (now) meeting.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    }
  }
}
