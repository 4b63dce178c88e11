// Play, pause, the scrubber and the buttons that step.

import { byId, say } from './dom.js';

/** @typedef {import('./player.js').Player} Player */
/** @typedef {import('./text.js').Word} Word */
/** @typedef {import('../pkg/types.js').Timeline} Timeline */

const SPEEDS = [0.25, 0.5, 1, 2, 4, 10];

export class Controls {
  /** @param {Player} player @param {(word: Word) => string} word */
  constructor(player, word) {
    this.player = player;
    this.word = word;
    this.scrubber = /** @type {HTMLInputElement} */ (byId('scrubber'));
    this.speed = /** @type {HTMLSelectElement} */ (byId('speed'));
    this.loop = byId('loop');
    this.counter = byId('counter');
    this.playWord = byId('play-word');
    this.marks = /** @type {HTMLCanvasElement} */ (byId('marks'));
    /** Steps at which a hook begins, and at which a packet does. @type {number[]} */
    this.hooks = [];
    /** @type {number[]} */
    this.packets = [];
    /** @type {{ kind: string, from: number, to: number }[]} */
    this.spans = [];

    byId('play').addEventListener('click', () => player.toggle());
    const press = (/** @type {string} */ id, /** @type {() => void} */ act) => byId(id).addEventListener('click', act);
    press('prev-rule', () => this.step(-1));
    press('next-rule', () => this.step(1));
    press('prev-hook', () => this.hook(-1));
    press('next-hook', () => this.hook(1));
    press('prev-packet', () => this.packet(-1));
    press('next-packet', () => this.packet(1));
    press('loop', () => this.toggleLoop());
    this.speed.addEventListener('change', () => {
      player.speed = Number(this.speed.value);
    });
    this.scrubber.addEventListener('input', () => {
      player.pause();
      player.seek(Number(this.scrubber.value));
    });
    new ResizeObserver(() => this.drawMarks()).observe(this.marks);
    player.changed = () => this.writePlay();
  }

  /** @param {Timeline} timeline */
  load(timeline) {
    this.scrubber.max = String(Math.max(Math.ceil(timeline.duration), 1));
    this.hooks = timeline.hooks;
    this.packets = timeline.packets.map((packet) => packet.first);
    this.spans = timeline.packets.map((packet) => ({
      kind: packet.kind,
      from: this.player.track.starts[packet.first] ?? 0,
      to: this.player.track.starts[packet.last + 1] ?? timeline.duration,
    }));
    this.drawMarks();
    this.writePlay();
  }

  /** @param {number} time @param {number} step @param {string} sentence */
  show(time, step, sentence) {
    this.scrubber.value = String(Math.round(time));
    say(this.counter, `${step + 1}/${this.player.steps}`);
    const text = `${this.word('step')} ${step + 1} ${this.word('of')} ${this.player.steps}: ${sentence}`;
    // While it plays, nobody could listen to a value that changes each frame.
    if (!this.player.playing) this.scrubber.setAttribute('aria-valuetext', text);
    if (this.player.atEnd) this.writePlay();
  }

  /** @param {number} by */
  step(by) {
    this.player.pause();
    this.player.goTo(this.player.step + by);
  }

  /** @param {number} by */
  hook(by) {
    this.jump(this.hooks, by);
  }

  /** @param {number} by */
  packet(by) {
    this.jump(this.packets, by);
  }

  /** To the next of `places`, or the one before. @param {number[]} places @param {number} by */
  jump(places, by) {
    this.player.pause();
    const { step, steps } = this.player;
    const next = by > 0 ? places.find((at) => at > step) ?? steps - 1 : places.findLast((at) => at < step) ?? 0;
    this.player.goTo(next);
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

  writePlay() {
    const { player } = this;
    document.body.classList.toggle('playing', player.playing);
    say(this.playWord, this.word(player.playing ? 'pause' : player.atEnd && !player.poster ? 'again' : 'play'));
  }

  /** Which packet is on its way when: a strip above the scrubber. */
  drawMarks() {
    const { clientWidth: width, clientHeight: height } = this.marks;
    const context = this.marks.getContext('2d');
    if (!context || width === 0) return;
    const scale = devicePixelRatio || 1;
    this.marks.width = Math.round(width * scale);
    this.marks.height = Math.round(height * scale);
    context.scale(scale, scale);
    const style = getComputedStyle(document.documentElement);
    const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
    // The thumb's centre runs between these two.
    const inset = 8;
    const place = (/** @type {number} */ time) => inset + (time / (this.player.track.duration || 1)) * (width - 2 * inset);
    for (const span of this.spans) {
      const from = place(span.from);
      const to = Math.max(place(span.to), from + 2);
      context.fillStyle = colour(span.kind === 'error' ? '--no' : span.kind === 'reply' ? '--net' : span.kind === 'arp' ? '--line-strong' : '--packet');
      // A reply is drawn lower than a request: place tells them apart, too.
      context.fillRect(from, span.kind === 'reply' ? 5 : 2, Math.max(to - from - 1, 1), 3);
    }
    context.fillStyle = colour('--line-strong');
    for (const step of this.hooks) context.fillRect(place(this.player.track.starts[step] ?? 0), 8, 1, 2);
  }
}
