// The page's list of lessons, and the way from one to the next.

import { byId, el } from './dom.js';

/** @typedef {import('./lesson.js').LessonPane} LessonPane */

export class LessonList {
  /** @param {LessonPane} pane */
  constructor(pane) {
    this.pane = pane;
    /** Was the list asked for before the lessons were there? */
    this.wanted = false;
    this.dialog = /** @type {HTMLDialogElement} */ (byId('lessons-dialog'));
    byId('lessons').addEventListener('click', () => this.show());
    byId('lesson-close').addEventListener('click', () => pane.close());
  }

  /** All lessons, in order. */
  get entries() {
    return this.pane.lessons?.list(this.pane.host.lang()) ?? [];
  }

  /** The lessons have been read: shows the list, if that was asked for before. */
  came() {
    if (this.wanted) this.show();
    this.wanted = false;
  }

  /** Shows the list. */
  show() {
    if (!this.pane.lessons) {
      // They are on their way.
      this.wanted = true;
      return;
    }
    byId('lessons-list').replaceChildren(...this.entries.map((entry, at) => {
      const here = this.pane.lesson?.id === entry.id;
      const button = el('button', { type: 'button', class: 'lesson-entry', 'aria-current': here && 'true' },
        el('span', { class: 'number', 'aria-hidden': 'true' }, String(at + 1)),
        el('span', {}, el('strong', {}, entry.title), el('span', { class: 'quiet' }, entry.about)));
      button.addEventListener('click', () => {
        this.dialog.close();
        this.open(entry.id);
      });
      return el('li', {}, button);
    }));
    this.dialog.showModal();
  }

  /** Opens a lesson. @param {string} id */
  open(id) {
    if (!this.pane.open(id)) return;
    this.pane.pane.focus({ preventScroll: true });
    // Where the pane stands above the pictures, they are read from its top.
    this.pane.pane.scrollIntoView({ block: 'nearest' });
  }

  /** The lesson after this one; the list behind the last. @param {string} id */
  following(id) {
    const { entries } = this;
    const next = entries[entries.findIndex((entry) => entry.id === id) + 1];
    if (next) this.open(next.id);
    else this.show();
  }
}
