// The script that makes a snapshot of a host: to read, to copy, to save.

import { text } from './assets.js';
import { byId, offer, say } from './dom.js';

const SCRIPT = 'collect.sh';

export class Collector {
  /** @param {import('./doing.js').Page} page */
  constructor(page) {
    this.page = page;
    this.script = byId('collector-script');
    byId('collector-copy').addEventListener('click', () => void this.copy());
    byId('collector-save').addEventListener('click', () => offer(this.script.textContent ?? '', SCRIPT));
  }

  /** Gets the script while the page is still loading: nothing is asked for later. */
  async prepare() {
    const script = await text(SCRIPT).catch((/** @type {unknown} */ error) => String(error));
    say(this.script, script);
  }

  async copy() {
    const words = /** @type {HTMLElement} */ (byId('collector-copy').firstElementChild);
    try {
      await navigator.clipboard.writeText(this.script.textContent ?? '');
      say(words, this.page.word('copied'));
    } catch {
      const shown = /** @type {HTMLDetailsElement} */ (this.script.closest('details'));
      shown.open = true;
      getSelection()?.selectAllChildren(this.script);
      say(words, this.page.word('copyFailed'));
    }
  }
}
