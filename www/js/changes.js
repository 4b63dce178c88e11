// What the last change did to the flow: a sentence, and the steps that differ.

import { byId, el, say, svg } from './dom.js';
import { spans } from './words.js';

/** @typedef {import('../pkg/packetwalk.js').Walk} Walk */

export class Changes {
  /** @param {import('./doing.js').Page} page */
  constructor(page) {
    this.page = page;
    this.box = byId('changes');
    /** The walk before the change, and after. @type {Walk | null} */
    this.before = null;
    /** @type {Walk | null} */
    this.after = null;
    /** @type {number[]} */
    this.steps = [];
    this.sentence = el('p', { class: 'changes-words', role: 'status' });
    this.count = el('span', { class: 'changes-count mono' });
    this.back = this.button('previousChange', 'M10.500 3L5.500 8l5 5', () => this.go(false));
    this.on = this.button('nextChange', 'M5.500 3l5 5-5 5', () => this.go(true));
    this.close = this.button('dismiss', 'M4 4l8 8M12 4l-8 8', () => this.forget());
    this.box.append(el('span', { class: 'changes-sign', 'aria-hidden': 'true' }, 'Δ'), this.sentence,
      el('span', { class: 'changes-tools' }, this.back, this.count, this.on, this.close));
  }

  /** @param {import('./text.js').Word} label @param {string} path @param {() => void} act */
  button(label, path, act) {
    const button = el('button', { type: 'button', class: 'button tiny', 'data-label': label, 'data-title': label });
    button.append(svg('svg', { class: 'icon', viewBox: '0 0 16 16', 'aria-hidden': 'true' }, svg('path', { class: 'line', d: path })));
    button.addEventListener('click', act);
    return button;
  }

  /**
   * The flow ran again on a changed machine. Both walks are kept until the next.
   * @param {Walk} before @param {Walk} after
   */
  show(before, after) {
    if (this.before && this.before !== before) this.before.free();
    this.before = before;
    this.after = after;
    this.write();
    return this.steps;
  }

  write() {
    if (!this.before || !this.after) return;
    const changes = this.after.changes(this.before, this.page.lang());
    this.steps = changes.steps;
    this.sentence.replaceChildren(...spans(changes.summary));
    const many = this.steps.length > 0;
    for (const part of [this.back, this.on, this.count]) part.hidden = !many;
    for (const button of [this.back, this.on, this.close]) {
      const label = this.page.word(/** @type {import('./text.js').Word} */ (button.dataset['label']));
      button.setAttribute('aria-label', label);
      button.title = label;
    }
    this.box.dataset['same'] = String(!changes.outcome && !many && changes.gone === 0);
    this.box.hidden = false;
    this.page.mark(this.steps);
    this.stepped();
  }

  /** Marks whether the step on show differs. */
  stepped() {
    if (this.box.hidden || this.steps.length === 0) return;
    const step = this.page.step();
    const here = this.steps.indexOf(step);
    this.box.dataset['here'] = String(here >= 0);
    say(this.count, here >= 0 ? `${here + 1}/${this.steps.length}` : `–/${this.steps.length}`);
  }

  /** @param {boolean} forward */
  go(forward) {
    const step = this.page.step();
    const next = forward ? this.steps.find((at) => at > step) ?? this.steps[0] : this.steps.findLast((at) => at < step) ?? this.steps.at(-1);
    if (next !== undefined) this.page.travel(next);
  }

  relabel() {
    if (!this.box.hidden) this.write();
  }

  forget() {
    if (!this.before) return;
    this.before.free();
    this.before = null;
    this.after = null;
    this.steps = [];
    this.box.hidden = true;
    this.page.mark([]);
  }
}
