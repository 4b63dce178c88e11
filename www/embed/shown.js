// A walk on show in an element: the page's viewer, and what an author may ask.

import { Machine } from '../pkg/packetwalk.js';
import { byId } from '../js/dom.js';
import { LessonPane } from '../js/lesson.js';
import { tabs } from '../js/panels.js';
import { TEXT, writeWords } from '../js/text.js';
import { Viewer } from '../js/viewer.js';
import { plain } from '../js/words.js';

/** @typedef {import('../js/text.js').Lang} Lang */
/** @typedef {import('../pkg/packetwalk.js').Lessons} Lessons */
/** @typedef {{ step: number, label: string, title?: string }} Mark a moment that has a name */

export class Shown extends Viewer {
  /**
   * @param {ShadowRoot} root
   * @param {Lang} lang
   * @param {Record<string, Record<string, string>>} names of stations and states, by language
   */
  constructor(root, lang, names) {
    super({ word: (key) => TEXT[lang][key], name: (key) => names[lang]?.[key] ?? '', lang: () => lang }, root);
    writeWords(lang, root);
    this.root = root;
    /** Is every packet traced? */
    this.trace = false;
    /** Told of every walk that is taken. */
    this.ran = () => {};
    /** @type {LessonPane | null} */
    this.pane = null;
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

  /**
   * Runs a flow, and stands at the moment that tells most, as the page does;
   * throws a `Problem` for one that cannot be read.
   * @param {string} flow
   */
  run(flow) {
    const walk = this.machine?.run(flow, this.trace);
    if (!walk) return;
    this.pane?.strayed();
    this.load(walk)?.free();
    this.pose(this.overview?.opening ?? 0);
    this.ran();
  }

  /**
   * Reads a lesson beside the walk.
   * @param {Lessons} lessons
   * @param {string} id
   * @param {(card: number, cards: number) => void} shown
   */
  teach(lessons, id, shown) {
    const pane = new LessonPane({
      word: this.word,
      lang: this.lang,
      run: (text, flow) => {
        this.open(text);
        this.run(flow);
        this.player.poster = false;
        return this.walk;
      },
      goTo: (step) => this.travel(step),
      playTo: (step) => this.player.playTo(step),
      closed: () => {},
      following: null,
      shown: (card) => shown(card, pane.lesson?.cards.length ?? 0),
    }, this.root, /** @type {HTMLElement} */ (this.root.querySelector('.embed')));
    pane.lessons = lessons;
    this.pane = pane;
    pane.open(id);
  }

  /**
   * Where the cards of a lesson's scene stand on its walk.
   * @param {Lessons} lessons
   * @param {{ id: string, scene: number }} scene
   * @returns {Mark[]}
   */
  stops(lessons, { id, scene }) {
    const cards = lessons.view(id, this.lang())?.cards ?? [];
    const steps = this.walk ? lessons.steps(id, scene, this.walk) : new Int32Array();
    return cards
      .map((card, at) => ({ step: steps[at] ?? -1, title: card.body.map(plain).join(' ') }))
      .filter(({ step }) => step >= 0)
      .map((stop, at) => ({ ...stop, label: String(at + 1) }));
  }

  /** The step that a place names: a number from 1, or how a line of the log begins. @param {string} place */
  find(place) {
    if (/^\d+$/.test(place)) return Math.min(Number(place), this.player.steps) - 1;
    const line = this.overview?.log.find(({ text }) => text.startsWith(place) || text.startsWith(`TRACE: ${place}`));
    return line?.step ?? -1;
  }
}
