// One machine and one walk on show: what the page does, in a root of its own.

import { Machine } from '../pkg/packetwalk.js';
import { Controls } from '../js/controls.js';
import { byId, say, settle } from '../js/dom.js';
import { Ladder } from '../js/ladder.js';
import { Log } from '../js/log.js';
import { PacketPanel } from '../js/packet.js';
import { tabs } from '../js/panels.js';
import { Player } from '../js/player.js';
import { RulesPanel } from '../js/rules.js';
import { Stage } from '../js/stage.js';
import { TEXT, writeWords } from '../js/text.js';
import { Way } from '../js/way.js';
import { plain, spans } from '../js/words.js';

/** @typedef {import('../pkg/packetwalk.js').Walk} Walk */
/** @typedef {import('../pkg/types.js').Moment} Moment */
/** @typedef {import('../pkg/types.js').Overview} Overview */
/** @typedef {import('../js/text.js').Lang} Lang */
/** @typedef {import('../js/text.js').Word} Word */

export class Viewer {
  /**
   * @param {ShadowRoot} root
   * @param {Lang} lang
   * @param {Record<string, Record<string, string>>} names of stations and states, by language
   */
  constructor(root, lang, names) {
    this.root = root;
    this.lang = lang;
    const word = (/** @type {Word} */ key) => TEXT[this.lang][key];
    const name = (/** @type {string} */ key) => names[this.lang]?.[key] ?? '';
    const travel = (/** @type {number} */ step) => {
      this.player.pause();
      this.player.goTo(step);
    };
    this.word = word;
    this.name = name;
    writeWords(lang, root);
    this.player = new Player((time, step) => this.show(time, step));
    this.controls = new Controls(this.player, word, root);
    this.stage = new Stage(word, root);
    this.way = new Way(word, name, travel, root);
    this.rules = new RulesPanel(word, travel, root);
    this.packet = new PacketPanel(word, travel, root);
    this.ladder = new Ladder(word, travel, root);
    this.log = new Log(travel, root);
    this.views = tabs(byId('stage-tabs', root), () => {}, root);
    this.stage.turned = this.way.turned = () => this.redraw();
    byId('log-copy', root).addEventListener('click', () => {
      navigator.clipboard?.writeText(this.log.text()).catch(() => this.log.selectAll());
    });
    /** @type {HTMLInputElement} */ (byId('log-all', root)).addEventListener('change', (event) => {
      this.trace = /** @type {HTMLInputElement} */ (event.target).checked;
      if (this.overview) this.run(this.overview.flow);
    });
    this.trace = false;
    /** @type {Machine | null} */
    this.machine = null;
    /** @type {Walk | null} */
    this.walk = null;
    /** @type {Overview | null} */
    this.overview = null;
    this.shown = -1;
    this.sentence = '';
    this.said = { label: '', dropped: false };
    /** Told of every step that is shown. @type {(moment: Moment) => void} */
    this.stepped = () => {};
  }

  /** Opens a snapshot; throws a `Problem` where there is none. @param {string} text */
  open(text) {
    const next = Machine.load(text);
    this.machine?.free();
    this.machine = next;
    this.stage.load(next);
  }

  /** Runs a flow; throws a `Problem` for one that cannot be read. @param {string} flow */
  run(flow) {
    const { machine } = this;
    if (!machine) return;
    const next = machine.run(flow, this.trace);
    this.walk?.free();
    this.walk = next;
    const overview = next.overview();
    this.overview = overview;
    this.player.load(overview);
    this.way.load(next, machine.namespaces(), overview.conversation.lanes);
    this.ladder.load(next, this.lang);
    this.rules.load(next);
    this.packet.reset();
    this.log.load(overview.log, this.word('logEmpty'));
    this.controls.load(overview);
    const outcome = byId('outcome', this.root);
    outcome.hidden = false;
    outcome.dataset['outcome'] = overview.outcome.split(' ')[0] ?? '';
    outcome.title = this.name(`result.${overview.outcome}`);
    say(outcome, [overview.outcome, overview.seen].filter(Boolean).join(' · '));
    this.shown = -1;
    this.player.goTo(0);
    this.player.poster = true;
    this.controls.writePlay();
  }

  /** @param {number} time @param {number} step */
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
    const moment = walk.moment(step, this.lang);
    if (!moment) return;
    const { root } = this;
    this.sentence = plain(moment.sentence);
    byId('sentence', root).replaceChildren(...spans(moment.sentence));
    say(byId('where', root), moment.path.join(' › '));
    if (!this.player.playing) say(byId('narration', root), this.sentence);
    this.said = { label: moment.label ?? '', dropped: moment.dropped };
    this.stage.show(moment);
    this.way.show(walk, moment, this.lang);
    this.ladder.show(moment);
    this.rules.show(walk, step, this.lang);
    this.packet.show(walk.packet(step));
    this.log.show(step);
    this.stepped(moment);
  }

  redraw() {
    if (this.machine) this.stage.load(this.machine);
    this.shown = -1;
    this.show(this.player.time, this.player.step);
  }

  /** The step that a place names: a number from 1, or how a line of the log begins. @param {string} place */
  find(place) {
    if (/^\d+$/.test(place)) return Math.min(Number(place), this.player.steps) - 1;
    const line = this.overview?.log.find(({ text }) => text.startsWith(place) || text.startsWith(`TRACE: ${place}`));
    return line?.step ?? -1;
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
