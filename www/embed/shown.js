// A walk on show in an element: the page's viewer, and what an author may ask.

import { Machine } from '../pkg/packetwalk.js';
import { byId } from '../js/dom.js';
import { tabs } from '../js/panels.js';
import { TEXT, writeWords } from '../js/text.js';
import { Viewer } from '../js/viewer.js';

/** @typedef {import('../js/text.js').Lang} Lang */

export class Shown extends Viewer {
  /**
   * @param {ShadowRoot} root
   * @param {Lang} lang
   * @param {Record<string, Record<string, string>>} names of stations and states, by language
   */
  constructor(root, lang, names) {
    super({ word: (key) => TEXT[lang][key], name: (key) => names[lang]?.[key] ?? '', lang: () => lang }, root);
    writeWords(lang, root);
    /** Is every packet traced? */
    this.trace = false;
    this.views = tabs(byId('stage-tabs', root), () => {}, root);
    const traceAll = /** @type {HTMLInputElement} */ (byId('log-all', root));
    traceAll.addEventListener('change', () => {
      this.trace = traceAll.checked;
      if (this.overview) this.run(this.overview.flow);
    });
    byId('log-copy', root).addEventListener('click', () => {
      navigator.clipboard?.writeText(this.log.text()).catch(() => this.log.selectAll());
    });
  }

  /** Opens a snapshot; throws a `Problem` where there is none. @param {string} text */
  open(text) {
    this.take(Machine.load(text));
  }

  /** Runs a flow; throws a `Problem` for one that cannot be read. @param {string} flow */
  run(flow) {
    const walk = this.machine?.run(flow, this.trace);
    if (!walk) return;
    this.load(walk)?.free();
    this.pose(0);
  }

  /** The step that a place names: a number from 1, or how a line of the log begins. @param {string} place */
  find(place) {
    if (/^\d+$/.test(place)) return Math.min(Number(place), this.player.steps) - 1;
    const line = this.overview?.log.find(({ text }) => text.startsWith(place) || text.startsWith(`TRACE: ${place}`));
    return line?.step ?? -1;
  }
}
