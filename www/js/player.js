// Time. The only thing that moves is `time`; whatever is shown follows from it.

import { calm } from './dom.js';

/**
 * What a walk's timeline says, as far as playing needs it.
 * @typedef {object} Track
 * @property {number} duration   in seconds, at normal speed
 * @property {number[]} starts   when each step begins
 */

/** The part of a step after which its packet rests: a little before the next. */
const REST = 0.8;

/** The longest that playing on to a step takes at normal speed, in seconds. */
const LONGEST = 6;

export class Player {
  /** @param {(time: number, step: number) => void} show  draws a moment */
  constructor(show) {
    this.show = show;
    /** @type {Track} */
    this.track = { duration: 0, starts: [0] };
    this.time = 0;
    this.step = 0;
    this.speed = 1;
    this.loop = false;
    this.playing = false;
    /** Nobody has touched time yet: playing begins at the beginning. */
    this.poster = false;
    /** Steps to keep to, in order; null for all. @type {Uint32Array | null} */
    this.only = null;
    this.last = 0;
    /** The step that is played on to, when it is reached, and how much faster. @type {{ step: number, time: number, faster: number } | null} */
    this.until = null;
    /** @type {() => void} */
    this.changed = () => {};
    this.tick = this.tick.bind(this);
  }

  /** @param {Track} track */
  load(track) {
    this.pause();
    this.track = track;
    this.only = null;
    this.time = 0;
    this.step = 0;
  }

  /** The step itself, or the next one that is kept to; none past the last. @param {number} step */
  kept(step) {
    return this.only ? this.only.find((at) => at >= step) : step;
  }

  /** When a step begins. @param {number} step */
  start(step) {
    return this.track.starts[step] ?? this.track.duration;
  }

  /** How long a step is. @param {number} step */
  length(step) {
    return this.start(step + 1) - this.start(step);
  }

  /** How much of the present step is over, 0 to 1. */
  get part() {
    const length = this.length(this.step);
    return length > 0 ? Math.min((this.time - this.start(this.step)) / length, 1) : 1;
  }

  /** Number of steps. */
  get steps() {
    return this.track.starts.length;
  }

  /** @param {number} time */
  stepAt(time) {
    const { starts } = this.track;
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= time) low = middle;
      else high = middle;
    }
    return low;
  }

  /** @param {number} time */
  seek(time) {
    this.time = Math.min(Math.max(time, 0), this.track.duration);
    this.step = this.stepAt(this.time);
    this.poster = false;
    this.show(this.time, this.step);
  }

  /** @param {number} step */
  goTo(step) {
    const at = Math.min(Math.max(step, 0), this.steps - 1);
    // Where the packet has arrived and rests. Steps may share a moment: the
    // step asked for is the one shown.
    this.time = this.start(at) + REST * this.length(at);
    this.step = at;
    this.poster = false;
    this.show(this.time, at);
  }

  get atEnd() {
    return this.time >= this.track.duration;
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  play() {
    if (this.poster || this.atEnd) {
      this.time = 0;
      this.step = 0;
    }
    this.poster = false;
    this.until = null;
    this.playing = true;
    this.last = 0;
    this.changed();
    requestAnimationFrame(this.tick);
  }

  /**
   * Plays on to a step and stops there; a long way is gone faster. Who asks
   * for less motion, or would have to go back, stands there at once.
   * @param {number} step
   */
  playTo(step) {
    this.pause();
    const time = this.start(step) + REST * this.length(step);
    if (calm() || time <= this.time) {
      this.goTo(step);
      return;
    }
    this.play();
    this.until = { step, time, faster: Math.max((time - this.time) / LONGEST, 1) };
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    this.until = null;
    this.changed();
  }

  /** @param {number} now */
  tick(now) {
    if (!this.playing) return;
    // A hidden tab, or a slow frame, must not make the packet jump.
    const elapsed = this.last === 0 ? 0 : Math.min((now - this.last) / 1000, 0.1);
    this.last = now;
    let time = this.time + elapsed * this.speed * (this.until?.faster ?? 1);
    if (this.until && time >= this.until.time) {
      const { step } = this.until;
      this.pause();
      this.goTo(step);
      return;
    }
    if (time >= this.track.duration) {
      if (this.loop) time = 0;
      else {
        this.time = this.track.duration;
        this.step = this.steps - 1;
        this.playing = false;
        this.show(this.time, this.step);
        this.changed();
        return;
      }
    }
    let step = this.stepAt(time);
    if (this.only) {
      const next = this.kept(step);
      const go = next ?? (this.loop ? this.only[0] : undefined);
      if (go === undefined) {
        this.pause();
        return;
      }
      if (go !== step) {
        time = this.start(go);
        step = go;
      }
    }
    const moved = step !== this.step;
    this.time = time;
    this.step = step;
    // Those who ask for less motion see one step after the other.
    if (!calm()) this.show(time, step);
    else if (moved) this.show(this.start(step) + REST * this.length(step), step);
    requestAnimationFrame(this.tick);
  }
}
