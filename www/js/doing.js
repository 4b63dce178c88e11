// Change it and see, compose, share: what the reader does to the machine.

import { ChangePanel } from './change.js';
import { Changes } from './changes.js';
import { Composer } from './composer.js';
import { Collector } from './collector.js';
import { byId } from './dom.js';
import { Sharing } from './sharing.js';

/** @typedef {import('../pkg/packetwalk.js').Machine} Machine */
/** @typedef {import('../pkg/packetwalk.js').Walk} Walk */
/** @typedef {import('../pkg/types.js').Edit} Edit */
/** @typedef {import('../pkg/types.js').Refusal} Refusal */
/** @typedef {import('./text.js').Word} Word */

/**
 * What the page lends.
 * @typedef {object} Page
 * @property {(word: Word) => string} word
 * @property {(message: string) => string} told a message of Rust's in the page's language
 * @property {() => import('./text.js').Lang} lang
 * @property {() => Machine | null} machine
 * @property {() => string} flow the flow on show
 * @property {() => number} step the step on show
 * @property {() => string} known the name by which the page has the machine, if it has
 * @property {() => void} rerun the machine is another: draw it, run the flow again
 * @property {() => void} redraw the machine is another: draw it
 * @property {(step: number) => void} travel
 * @property {(steps: number[]) => void} mark marks steps on the time line and rules
 * @property {(text: string) => void} compose a flow was put together
 * @property {import('./notices.js').Notices} notices
 */

export class Doing {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    this.changes = new Changes(page);
    this.panel = new ChangePanel(page, this);
    this.composer = new Composer(page);
    this.sharing = new Sharing(page);
    this.collector = new Collector(page);
    byId('change-open').addEventListener('click', () => this.panel.toggle());
    addEventListener('keydown', (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== 'z') return;
      const target = /** @type {Element} */ (event.composedPath()[0]);
      if (target.closest('input:not([type="checkbox"]), textarea, [contenteditable]') || document.querySelector('dialog[open]')) return;
      event.preventDefault();
      if (event.shiftKey) this.redo();
      else this.undo();
    });
  }

  /**
   * Does a change, and runs the flow again.
   * @param {Edit} edit
   * @returns {Refusal | null} why it was not done
   */
  edit(edit) {
    let changed;
    try {
      changed = this.page.machine()?.edit(edit);
    } catch (problem) {
      return typeof problem === 'object' && problem !== null && 'message' in problem
        ? /** @type {Refusal} */ (problem)
        : { message: String(problem), findings: [] };
    }
    if (changed) this.page.rerun();
    return null;
  }

  /**
   * Does several changes and draws what came of them; running is the caller's.
   * @param {Edit[]} edits
   * @returns {boolean} whether all could be done; else none is
   */
  apply(edits) {
    const machine = this.page.machine();
    if (!machine) return false;
    let done = 0;
    try {
      for (const edit of edits) if (machine.edit(edit)) done += 1;
    } catch {
      while (done > 0 && machine.undo()) done -= 1;
      return false;
    }
    this.page.redraw();
    return true;
  }

  undo() {
    if (this.page.machine()?.undo()) this.page.rerun();
  }

  redo() {
    if (this.page.machine()?.redo()) this.page.rerun();
  }

  undoAll() {
    const machine = this.page.machine();
    let any = false;
    while (machine?.undo()) any = true;
    if (any) this.page.rerun();
  }

  /** Another machine, or the same one changed. */
  loaded() {
    this.panel.load();
    this.composer.load();
  }

  relabel() {
    this.panel.relabel();
    this.composer.load();
    this.changes.relabel();
  }
}
