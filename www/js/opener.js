// Opening a snapshot: by file, by dropping, by pasting.

import { byId } from './dom.js';

/** The largest file that is read at all, in bytes. */
const LARGEST = 64 * 1024 * 1024;

export class Opener {
  /**
   * @param {(text: string, name: string) => void} load
   * @param {() => void} article
   * @param {() => void} tooLarge
   */
  constructor(load, article, tooLarge) {
    this.load = load;
    this.tooLarge = tooLarge;
    this.dialog = /** @type {HTMLDialogElement} */ (byId('open-dialog'));
    this.file = /** @type {HTMLInputElement} */ (byId('file'));
    this.paste = /** @type {HTMLTextAreaElement} */ (byId('paste'));
    const drop = byId('drop');

    byId('open').addEventListener('click', () => this.dialog.showModal());
    byId('open-file').addEventListener('click', () => this.file.click());
    byId('open-article').addEventListener('click', () => {
      this.dialog.close();
      article();
    });
    byId('open-load').addEventListener('click', () => {
      const text = this.paste.value;
      this.dialog.close();
      load(text, '');
    });
    this.file.addEventListener('change', () => {
      const [file] = this.file.files ?? [];
      this.file.value = '';
      if (file) void this.read(file);
    });

    let depth = 0;
    addEventListener('dragenter', (event) => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      depth += 1;
      drop.hidden = false;
    });
    addEventListener('dragleave', () => {
      depth = Math.max(depth - 1, 0);
      drop.hidden = depth === 0;
    });
    addEventListener('dragover', (event) => event.preventDefault());
    addEventListener('drop', (event) => {
      event.preventDefault();
      depth = 0;
      drop.hidden = true;
      const [file] = event.dataTransfer?.files ?? [];
      if (file) void this.read(file);
    });
    // A snapshot pasted anywhere but into a text field is opened.
    addEventListener('paste', (event) => {
      const target = /** @type {HTMLElement} */ (event.composedPath()[0]);
      if (target.closest('input, textarea, [contenteditable]')) return;
      const text = event.clipboardData?.getData('text/plain');
      if (text) load(text, '');
    });
  }

  /** @param {File} file */
  async read(file) {
    if (this.dialog.open) this.dialog.close();
    if (file.size > LARGEST) {
      this.tooLarge();
      return;
    }
    this.load(await file.text(), file.name);
  }
}
