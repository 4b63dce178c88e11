// One machine and one walk on show, in the page or in an element of another
// page. What is shown at a step follows from the step alone.

import { Controls } from './controls.js';
import { byId, say, settle } from './dom.js';
import { Ladder } from './ladder.js';
import { Log } from './log.js';
import { PacketPanel } from './packet.js';
import { Player } from './player.js';
import { RulesPanel } from './rules.js';
import { Stage } from './stage.js';
import { Way } from './way.js';
import { plain, spans } from './words.js';

/** @typedef {import('../pkg/packetwalk.js').Machine} Machine */
/** @typedef {import('../pkg/packetwalk.js').Walk} Walk */
/** @typedef {import('../pkg/types.js').Moment} Moment */
/** @typedef {import('../pkg/types.js').Overview} Overview */
/** @typedef {import('./text.js').Lang} Lang */
/** @typedef {import('./text.js').Word} Word */

/**
 * What a viewer speaks.
 * @typedef {object} Speech
 * @property {(word: Word) => string} word the page's own words
 * @property {(key: string) => string} name names of stations and states, which Rust has
 * @property {() => Lang} lang
 */

export class Viewer {
  /**
   * @param {Speech} speech
   * @param {import('./dom.js').Root} [root] where the parts' elements are
   */
  constructor({ word, name, lang }, root = document) {
    this.word = word;
    this.name = name;
    this.lang = lang;
    const travel = (/** @type {number} */ step) => this.travel(step);
    this.player = new Player((time, step) => this.show(time, step));
    this.controls = new Controls(this.player, word, root);
    this.stage = new Stage(word, root);
    this.way = new Way(word, name, travel, root);
    this.rules = new RulesPanel(word, travel, root);
    this.packet = new PacketPanel(word, travel, root);
    this.ladder = new Ladder(word, travel, root);
    this.log = new Log(travel, root);
    this.where = byId('where', root);
    this.sentenceBox = byId('sentence', root);
    this.narration = byId('narration', root);
    this.outcome = byId('outcome', root);
    this.stage.turned = this.way.turned = () => this.redraw();
    /** @type {Machine | null} */
    this.machine = null;
    /** @type {Walk | null} */
    this.walk = null;
    /** @type {Overview | null} */
    this.overview = null;
    this.sentence = '';
    /** What is said of the packet that the step is about. */
    this.said = { label: '', dropped: false };
    /** The step that everything but the moving packet shows. */
    this.shown = -1;
    /** Told of every step that is shown. @type {(moment: Moment) => void} */
    this.stepped = () => {};
  }

  /** Takes another machine, and frees the one before. @param {Machine} machine */
  take(machine) {
    this.machine?.free();
    this.machine = machine;
    this.stage.load(machine);
  }

  /**
   * Takes another walk on the machine; nothing is shown of it before somebody
   * goes to a step. Gives the one before, which is the caller's to free.
   * @param {Walk} walk
   */
  load(walk) {
    const before = this.walk;
    const overview = walk.overview();
    this.walk = walk;
    this.overview = overview;
    this.player.load(overview);
    this.packet.reset();
    this.controls.load(overview);
    this.write();
    this.shown = -1;
    return before;
  }

  /** What stands still: names of namespaces, chains, lines, the outcome. */
  write() {
    const { walk, machine, overview } = this;
    if (!walk || !machine || !overview) return;
    this.way.load(walk, machine.namespaces(), walk.parties());
    this.ladder.load(walk, this.lang());
    this.rules.load(walk);
    this.log.load(overview.log, this.word('logEmpty'));
    const { outcome } = this;
    outcome.hidden = false;
    outcome.dataset['outcome'] = overview.outcome.split(' ')[0] ?? '';
    outcome.title = this.name(`result.${overview.outcome}`);
    say(outcome, [overview.outcome, overview.seen, overview.lost ? this.word('lost') : null].filter(Boolean).join(' · '));
  }

  /** Stands at a step before anybody has pressed play: playing begins at the beginning. @param {number} step */
  pose(step) {
    this.player.goTo(step);
    this.player.poster = true;
    this.controls.writePlay();
  }

  /**
   * Shows a moment. The packet moves with time; all else changes with the step.
   * @param {number} time
   * @param {number} step
   */
  show(time, step) {
    const { walk } = this;
    if (!walk) return;
    if (step !== this.shown) this.showStep(walk, step);
    const frame = walk.frame(step, this.player.part, this.stage.narrow);
    this.stage.move(frame, this.said);
    this.way.move(frame);
    this.controls.show(time, step, this.sentence);
    settle();
  }

  /** @param {Walk} walk @param {number} step */
  showStep(walk, step) {
    this.shown = step;
    const lang = this.lang();
    const moment = walk.moment(step, lang);
    if (!moment) return;
    this.sentence = plain(moment.sentence);
    this.sentenceBox.replaceChildren(...spans(moment.sentence));
    say(this.where, moment.path.join(' › '));
    // Narrated when the reader steps; a film is not read aloud frame by frame.
    if (!this.player.playing) say(this.narration, this.sentence);
    this.said = { label: moment.label ?? '', dropped: moment.dropped };
    this.stage.show(moment);
    this.way.show(walk, moment, lang);
    this.ladder.show(moment);
    this.rules.show(walk, step, lang);
    this.packet.show(walk.packet(step, lang));
    this.log.show(step);
    this.stepped(moment);
  }

  /** The details of the step on show anew. */
  refresh() {
    if (this.shown >= 0 && this.walk) this.showStep(this.walk, this.shown);
  }

  /** Goes to a step because the reader pointed at it. @param {number} step */
  travel(step) {
    this.player.pause();
    this.player.goTo(step);
  }

  /** The same moment in a picture of another shape. */
  redraw() {
    if (this.machine) this.stage.load(this.machine);
    this.shown = -1;
    this.show(this.player.time, this.player.step);
  }

  /** All words anew, at the same moment. */
  relabel() {
    this.controls.relabel();
    this.packet.reset();
    this.rules.reset();
    this.write();
    this.redraw();
  }

  /** Gives back what it holds of the simulator's memory. */
  free() {
    this.player.pause();
    this.walk?.free();
    this.machine?.free();
    this.walk = null;
    this.machine = null;
    this.overview = null;
  }
}
