// A link that holds everything, and a file.

import { byId, offer, say } from './dom.js';

/** Longer links are cut off by some programs, in characters. */
const LONG = 8000;

export class Sharing {
  /** @param {import('./doing.js').Page} page */
  constructor(page) {
    this.page = page;
    this.dialog = /** @type {HTMLDialogElement} */ (byId('share-dialog'));
    this.link = /** @type {HTMLTextAreaElement} */ (byId('share-link'));
    this.withLang = /** @type {HTMLInputElement} */ (byId('share-lang'));
    byId('share').addEventListener('click', () => this.show());
    byId('share-copy').addEventListener('click', () => void this.copy());
    byId('share-save').addEventListener('click', () => this.save());
    this.withLang.addEventListener('change', () => this.write());
    this.link.addEventListener('focus', () => this.link.select());
  }

  show() {
    if (!this.page.machine()) return;
    this.write();
    this.dialog.showModal();
  }

  write() {
    const { page } = this;
    const machine = page.machine();
    if (!machine) return;
    const known = page.known();
    const fragment = machine.share(known, page.flow(), page.step(), this.withLang.checked ? page.lang() : '');
    const url = `${location.origin === 'null' ? 'file://' : location.origin}${location.pathname}#${fragment}`;
    this.link.value = url;
    byId('share-own').hidden = known !== '';
    byId('share-long').hidden = url.length <= LONG;
    say(byId('share-size'), `${url.length} ${page.word('shareSize')}`);
    say(/** @type {HTMLElement} */ (byId('share-copy').firstElementChild), page.word('shareCopy'));
  }

  async copy() {
    const words = /** @type {HTMLElement} */ (byId('share-copy').firstElementChild);
    try {
      await navigator.clipboard.writeText(this.link.value);
      say(words, this.page.word('copied'));
    } catch {
      this.link.focus();
      this.link.select();
      say(words, this.page.word('copyFailed'));
    }
  }

  save() {
    const text = this.page.machine()?.saved(this.page.flow());
    if (text !== undefined) offer(text, 'packetwalk.txt');
  }
}
