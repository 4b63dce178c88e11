// The kernel's log: one row a line, lit as time passes.

import { byId, el, reveal, say } from './dom.js';

/** @typedef {import('../pkg/types.js').LogLine} LogLine */

export class Log {
  /** @param {(step: number) => void} goTo @param {import('./dom.js').Root} [root] where its elements are */
  constructor(goTo, root = document) {
    this.box = byId('log', root);
    this.note = byId('log-note', root);
    this.goTo = goTo;
    /** @type {LogLine[]} */
    this.lines = [];
    /** @type {HTMLElement[]} */
    this.rows = [];
    /** How many lines have been printed. */
    this.printed = 0;
    this.current = -1;
    this.box.addEventListener('click', (event) => {
      // A click that ends a selection is not meant to travel in time.
      if (getSelection()?.toString()) return;
      const row = /** @type {Element} */ (event.target).closest('.log-line');
      const at = this.rows.indexOf(/** @type {HTMLElement} */ (row));
      const line = this.lines[at];
      if (line) this.goTo(line.step);
    });
    this.box.addEventListener('keydown', (event) => {
      const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
      if (by === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
      const line = this.lines[Math.max(this.printed - 1 + by, 0)];
      event.preventDefault();
      event.stopPropagation();
      if (line) this.goTo(line.step);
    });
  }

  /**
   * @param {LogLine[]} lines
   * @param {string} empty what to say when there is none
   */
  load(lines, empty) {
    this.lines = lines;
    this.printed = 0;
    this.current = -1;
    const kernels = new Set(lines.map((line) => line.netns)).size;
    this.rows = lines.map((line, at) => row(line, at, kernels > 1));
    this.box.replaceChildren(...(lines.length ? this.rows : [el('p', { class: 'empty' }, empty)]));
    reveal(this.box, null);
    this.count();
  }

  /** @param {number} step */
  show(step) {
    const printed = this.before(step + 1);
    for (let at = this.printed; at < printed; at += 1) this.rows[at]?.classList.add('printed');
    for (let at = printed; at < this.printed; at += 1) this.rows[at]?.classList.remove('printed');
    const current = printed > 0 && this.lines[printed - 1]?.step === step ? printed - 1 : -1;
    if (current !== this.current) {
      this.mark(this.current, false);
      this.mark(current, true);
      this.current = current;
    }
    if (printed !== this.printed || current >= 0) {
      const last = this.rows[Math.max(printed - 1, 0)];
      if (last) reveal(this.box, last);
    }
    this.printed = printed;
    this.count();
  }

  /** @param {number} at @param {boolean} on */
  mark(at, on) {
    const row = this.rows[at];
    if (!row) return;
    row.classList.toggle('current', on);
    if (on) row.setAttribute('aria-current', 'true');
    else row.removeAttribute('aria-current');
  }

  /** How many lines were printed before `step`. @param {number} step */
  before(step) {
    let low = 0;
    let high = this.lines.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.lines[middle]?.step ?? 0) < step) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  count() {
    say(this.note, this.lines.length ? `${this.printed}/${this.lines.length}` : '');
  }

  /** All lines as the kernel would have them. */
  text() {
    return this.lines.map((line) => `${line.text}\n`).join('');
  }

  /** Saves them as a file. */
  save() {
    const address = URL.createObjectURL(new Blob([this.text()], { type: 'text/plain' }));
    el('a', { href: address, download: 'kernel-log.txt' }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  }

  selectAll() {
    const range = document.createRange();
    range.selectNodeContents(this.box);
    getSelection()?.removeAllRanges();
    getSelection()?.addRange(range);
  }
}

/** @param {LogLine} line @param {number} at @param {boolean} named */
function row(line, at, named) {
  const [head, rest] = split(line.text);
  return el('div', { class: 'log-line', 'data-step': line.step },
    el('span', { class: 'log-number', 'aria-hidden': 'true', 'data-number': at + 1 }),
    named && el('span', { class: 'log-netns', 'data-netns': line.netns }),
    el('code', {}, el('b', {}, head), rest));
}

/** The part that tells one line from another, and the rest. @param {string} text */
function split(text) {
  const at = text.search(/ (IN=|MAC source)/);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at)];
}
