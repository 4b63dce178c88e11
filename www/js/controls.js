// Play, pause, the scrubber and the buttons that step.

import { byId, say } from './dom.js';

/** @typedef {import('./player.js').Player} Player */
/** @typedef {import('./text.js').Word} Word */
/** @typedef {import('../pkg/types.js').Overview} Overview */
/** @typedef {import('../pkg/types.js').Unit} Unit */

const SPEEDS = [0.25, 0.5, 1, 2, 4, 10];

/** The scrubber counts in this many parts of a second. */
const PARTS = 1000;

/** @type {Record<Unit, { back: Word, on: Word }>} */
const UNITS = {
  step: { back: 'backStep', on: 'onStep' },
  rule: { back: 'backRule', on: 'onRule' },
  hook: { back: 'backHook', on: 'onHook' },
  packet: { back: 'backPacket', on: 'onPacket' },
};

export class Controls {
  /** @param {Player} player @param {(word: Word) => string} word @param {import('./dom.js').Root} [root] where its elements are */
  constructor(player, word, root = document) {
    this.player = player;
    this.word = word;
    this.root = root;
    this.transport = byId('transport', root);
    this.scrubber = /** @type {HTMLInputElement} */ (byId('scrubber', root));
    this.speed = /** @type {HTMLSelectElement} */ (byId('speed', root));
    this.unit = /** @type {HTMLSelectElement} */ (byId('unit', root));
    this.loop = byId('loop', root);
    this.counter = byId('counter', root);
    this.playWord = byId('play-word', root);
    this.marks = /** @type {HTMLCanvasElement} */ (byId('marks', root));
    /** @type {Overview | null} */
    this.overview = null;
    /** Steps that are not as they were before a change. @type {number[]} */
    this.differs = [];

    byId('play', root).addEventListener('click', () => player.toggle());
    byId('previous', root).addEventListener('click', () => this.step(this.chosen, false));
    byId('next', root).addEventListener('click', () => this.step(this.chosen, true));
    this.unit.addEventListener('change', () => this.writeUnit());
    this.loop.addEventListener('click', () => this.toggleLoop());
    this.speed.addEventListener('change', () => {
      player.speed = Number(this.speed.value);
    });
    this.scrubber.addEventListener('input', () => {
      player.pause();
      player.seek(Number(this.scrubber.value) / PARTS);
    });
    /** Will the strip be drawn before the next frame? */
    this.drawing = false;
    new ResizeObserver(() => this.drawMarks()).observe(this.marks);
    player.changed = () => this.writePlay();
    this.writeUnit();
  }

  get chosen() {
    return /** @type {Unit} */ (this.unit.value);
  }

  /** @param {Overview} overview */
  load(overview) {
    this.overview = overview;
    this.scrubber.max = String(Math.max(Math.ceil(overview.duration * PARTS), 1));
    this.drawMarks();
    this.writePlay();
  }

  /** @param {number} time @param {number} step @param {string} sentence */
  show(time, step, sentence) {
    this.scrubber.value = String(Math.round(time * PARTS));
    say(this.counter, `${step + 1}/${this.player.steps}`);
    // While it plays, nobody could listen to a value that changes each frame.
    if (this.player.playing) return;
    const text = `${this.word('step')} ${step + 1} ${this.word('of')} ${this.player.steps}: ${sentence}`;
    this.scrubber.setAttribute('aria-valuetext', text);
    this.writePlay();
  }

  /** @param {Unit} unit @param {boolean} forward */
  step(unit, forward) {
    const { player } = this;
    player.pause();
    const { only, step: now } = player;
    const places = unit === 'step' ? only : this.overview?.stops[unit] ?? [];
    if (!places) {
      player.goTo(now + (forward ? 1 : -1));
      return;
    }
    const kept = only && new Set(only);
    const stops = [...places].filter((at) => !kept || kept.has(at));
    const next = forward ? stops.find((at) => at > now) : stops.findLast((at) => at < now);
    player.goTo(next ?? (only ? now : forward ? player.steps - 1 : 0));
  }

  /** @param {boolean} end */
  end(end) {
    this.player.pause();
    if (end) this.player.seek(this.player.track.duration);
    else this.player.goTo(0);
  }

  /** @param {number} by */
  faster(by) {
    const at = SPEEDS.indexOf(this.player.speed) + by;
    const speed = SPEEDS[Math.min(Math.max(at, 0), SPEEDS.length - 1)] ?? 1;
    this.player.speed = speed;
    this.speed.value = String(speed);
  }

  toggleLoop() {
    this.player.loop = !this.player.loop;
    this.loop.setAttribute('aria-pressed', String(this.player.loop));
  }

  /** Words anew, after the language changed. */
  relabel() {
    this.writePlay();
    this.writeUnit();
  }

  writeUnit() {
    const { back, on } = UNITS[this.chosen];
    for (const [id, key] of /** @type {const} */ ([['previous', back], ['next', on]])) {
      const button = byId(id, this.root);
      button.title = this.word(key);
      button.setAttribute('aria-label', this.word(key));
    }
  }

  writePlay() {
    const { player } = this;
    this.transport.classList.toggle('playing', player.playing);
    say(this.playWord, this.word(player.playing ? 'pause' : player.atEnd && !player.poster ? 'again' : 'play'));
  }

  /** Which packet is on its way when: a strip above the scrubber. Drawn once a frame, when all is laid out. */
  drawMarks() {
    if (this.drawing) return;
    this.drawing = true;
    requestAnimationFrame(() => {
      this.drawing = false;
      this.paintMarks();
    });
  }

  paintMarks() {
    const { clientWidth: width, clientHeight: height } = this.marks;
    const context = this.marks.getContext('2d');
    const { overview } = this;
    if (!context || !overview || width === 0) return;
    const scale = devicePixelRatio || 1;
    this.marks.width = Math.round(width * scale);
    this.marks.height = Math.round(height * scale);
    context.scale(scale, scale);
    const style = getComputedStyle(this.marks);
    const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
    // The thumb's centre runs between these two.
    const inset = 8;
    const place = (/** @type {number} */ step) =>
      inset + ((overview.starts[step] ?? overview.duration) / (overview.duration || 1)) * (width - 2 * inset);
    context.fillStyle = colour('--line-strong');
    for (const step of overview.stops.hook) context.fillRect(place(step), 7, 1, 3);
    context.fillStyle = colour('--link');
    for (const step of this.differs) context.fillRect(place(step), 7, Math.max(place(step + 1) - place(step), 2), 3);
    for (const message of overview.conversation.messages) {
      const from = place(message.first);
      const to = Math.max(place(message.last + 1), from + 2);
      context.fillStyle = colour({ request: '--packet', reply: '--net', error: '--no', arp: '--line-strong', other: '--line-strong' }[message.kind]);
      // A reply is drawn lower than a request: place tells them apart, too.
      context.fillRect(from, message.kind === 'reply' ? 4 : 1, Math.max(to - from - 1, 1), 3);
    }
  }
}
