// The flow line: what to send, and what is wrong with it, in place.

import { byId, el } from './dom.js';

/** @typedef {import('../pkg/types.js').Problem} Problem */

export class FlowBox {
  /** @param {(text: string) => void} run @param {(message: string) => string} told a message of Rust's in the page's language */
  constructor(run, told) {
    this.told = told;
    /** What is wrong, while it is shown. @type {Problem | null} */
    this.wrong = null;
    this.form = /** @type {HTMLFormElement} */ (byId('flow-form'));
    this.input = /** @type {HTMLInputElement} */ (byId('flow-input'));
    this.problem = byId('flow-problem');
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      run(this.input.value);
    });
    this.input.addEventListener('input', () => this.clear());
    this.input.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') {
        this.clear();
        this.input.blur();
      }
    });
  }

  /** @param {string[]} flows */
  suggest(flows) {
    byId('flow-examples').replaceChildren(...flows.map((flow) => el('option', { value: flow })));
  }

  /** @param {string} text */
  write(text) {
    this.input.value = text;
    this.clear();
  }

  clear() {
    this.wrong = null;
    this.input.removeAttribute('aria-invalid');
    this.problem.hidden = true;
    this.problem.replaceChildren();
  }

  /** What is wrong, in the language that is spoken now. */
  relabel() {
    if (this.wrong) this.show(this.wrong);
  }

  /** @param {Problem} problem */
  complain(problem) {
    this.wrong = problem;
    this.show(problem);
    this.input.focus();
  }

  /** @param {Problem} problem */
  show(problem) {
    const text = this.input.value;
    const letters = [...text];
    const from = Math.min(Math.max(problem.column - 1, 0), letters.length);
    const end = letters.findIndex((letter, at) => at > from && letter === ' ');
    const to = end < 0 ? letters.length : end;
    const wrong = letters.slice(from, to).join('');
    this.input.setAttribute('aria-invalid', 'true');
    this.problem.replaceChildren(
      el('span', { class: 'where' }, letters.slice(0, from).join(''), el('mark', {}, wrong || ' '), letters.slice(to).join('')),
      el('span', { class: 'message' }, this.told(problem.message)),
      problem.hint ? el('span', { class: 'hint' }, ` (${this.told(problem.hint)})`) : '');
    this.problem.hidden = false;
  }
}
