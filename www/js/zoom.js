// Looking closer at a picture: by keys, buttons, wheel, pinching and dragging.
// A picture lies in a box that scrolls; zooming changes its size there.

import { el, svg } from './dom.js';

/** @typedef {import('./text.js').Word} Word */
/** @typedef {{ width: number, height: number }} Size */

/** How much nearer one press brings it. */
const STEP = 1.25;

/** Pictures are never drawn smaller or larger than this. */
const LEAST = 0.2;
const MOST = 4;

/** How far a key moves it, in pixels. */
const PAN = 80;

/** A pointer that has moved less than this has clicked, in pixels. */
const CLICK = 4;

export class Zoom {
  /**
   * @param {HTMLElement} box
   * @param {{ least: number, most: number, legible?: number }} limits of the size at which it is fitted, and the size
   *     that is taken when that would be too small: then only a part is seen, but what is written there can be read
   */
  constructor(box, { least, most, legible = least }) {
    this.box = box;
    this.least = least;
    this.legible = legible;
    this.most = most;
    /** @type {SVGSVGElement | null} */
    this.picture = null;
    /** @type {Size} */
    this.size = { width: 1, height: 1 };
    /** @type {Size | null} */
    this.known = null;
    this.scale = 1;
    this.scrolls = false;
    this.capped = false;
    /** Has the reader chosen a size? Then it is kept. */
    this.chosen = false;
    this.wheel();
    this.drag();
    this.pinch();
  }

  /** Takes another picture. @param {SVGSVGElement} picture @param {Size} size */
  take(picture, size) {
    this.picture = picture;
    this.size = size;
    this.fit();
  }

  /** Forgets how much room there is, because that has changed. */
  resized() {
    this.known = null;
  }

  /** Room for the picture, in pixels; without a bound below on narrow pages. */
  room() {
    this.known ??= this.measure();
    return this.known;
  }

  measure() {
    const style = getComputedStyle(this.box);
    const inner = (/** @type {number} */ outer) => Math.max(outer - 2 * parseFloat(style.paddingLeft), 1);
    const bounded = style.getPropertyValue('--fit').trim() === 'both' && this.box.clientHeight > 0;
    // On narrow pages a picture is as high as it is, up to a part of the window.
    this.capped = !bounded && style.maxHeight !== 'none';
    return { width: inner(this.box.clientWidth), height: bounded ? inner(this.box.clientHeight) : Infinity };
  }

  /**
   * Fills the box, within limits. `whole`: all of it must be seen, however small.
   * @param {boolean} [whole]
   */
  fit(whole = false) {
    if (this.chosen && !whole) {
      this.write(this.scale);
      return;
    }
    this.chosen = false;
    const { width, height } = this.room();
    const scale = Math.min(width / this.size.width, height / this.size.height, this.most);
    this.write(scale < (whole ? LEAST : this.least) ? (whole ? LEAST : this.legible) : scale);
  }

  /** @param {number} scale */
  write(scale) {
    this.scale = Math.min(Math.max(scale, LEAST), MOST);
    if (!this.picture) return;
    this.picture.setAttribute('width', (this.size.width * this.scale).toFixed(1));
    this.picture.setAttribute('height', (this.size.height * this.scale).toFixed(1));
    // Reckoned, not measured: that would lay the page out once more.
    const { width, height } = this.room();
    this.scrolls = this.size.width * this.scale > width + 1 || (height === Infinity ? this.capped : this.size.height * this.scale > height + 1);
    this.box.classList.toggle('scrolls', this.scrolls);
  }

  /**
   * Nearer (more than 1) or farther, around a place of the window.
   * @param {number} by
   * @param {{ x: number, y: number }} [at]
   */
  by(by, at) {
    const { box, picture } = this;
    if (!picture) return;
    const frame = box.getBoundingClientRect();
    const around = at ?? { x: frame.left + frame.width / 2, y: frame.top + frame.height / 2 };
    const before = picture.getBoundingClientRect();
    const [x, y] = [(around.x - before.left) / this.scale, (around.y - before.top) / this.scale];
    this.chosen = true;
    this.write(this.scale * by);
    const after = picture.getBoundingClientRect();
    box.scrollLeft += after.left + x * this.scale - around.x;
    box.scrollTop += after.top + y * this.scale - around.y;
  }

  nearer() {
    this.by(STEP);
  }

  farther() {
    this.by(1 / STEP);
  }

  /** @param {number} x @param {number} y in steps */
  pan(x, y) {
    this.box.scrollLeft += x * PAN;
    this.box.scrollTop += y * PAN;
  }

  /** Scrolls so that a place of the picture is in sight. @param {{ x: number, y: number }} place */
  follow(place) {
    const { box, picture, scale } = this;
    if (!this.scrolls || !picture) return;
    const frame = box.getBoundingClientRect();
    const drawn = picture.getBoundingClientRect();
    const x = place.x * scale + drawn.left - frame.left + box.scrollLeft;
    const y = place.y * scale + drawn.top - frame.top + box.scrollTop;
    const edge = Math.min(60, box.clientWidth / 4, box.clientHeight / 4);
    if (x < box.scrollLeft + edge || x > box.scrollLeft + box.clientWidth - edge) box.scrollLeft = x - box.clientWidth / 2;
    if (y < box.scrollTop + edge || y > box.scrollTop + box.clientHeight - edge) box.scrollTop = y - box.clientHeight / 2;
  }

  /** Buttons for those who point. @param {(word: Word) => string} word */
  buttons(word) {
    const button = (/** @type {Word} */ label, /** @type {string} */ path, /** @type {() => void} */ act) => {
      const made = el('button', { type: 'button', class: 'button tiny', 'aria-label': word(label), title: word(label), 'data-label': label, 'data-title': label });
      made.append(svg('svg', { class: 'icon', viewBox: '0 0 16 16', 'aria-hidden': 'true' }, svg('path', { d: path })));
      made.addEventListener('click', act);
      return made;
    };
    return el('div', { class: 'zoom', role: 'group', 'aria-label': word('zoom'), 'data-label': 'zoom' },
      button('zoomOut', 'M3.500 8h9', () => this.farther()),
      button('zoomFit', 'M2.500 6V2.500H6M10 2.500h3.500V6M13.500 10v3.500H10M6 13.500H2.500V10', () => this.fit(true)),
      button('zoomIn', 'M3.500 8h9M8 3.500v9', () => this.nearer()));
  }

  wheel() {
    // With Ctrl, as for the page itself; a pinch on a touch pad comes as that.
    this.box.addEventListener('wheel', (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      this.by(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.0025)), { x: event.clientX, y: event.clientY });
    }, { passive: false });
  }

  drag() {
    const { box } = this;
    /** @type {{ x: number, y: number, left: number, top: number } | null} */
    let from = null;
    let moved = false;
    box.addEventListener('pointerdown', (event) => {
      if (event.pointerType !== 'mouse' || event.button !== 0 || !this.scrolls) return;
      from = { x: event.clientX, y: event.clientY, left: box.scrollLeft, top: box.scrollTop };
      moved = false;
    });
    box.addEventListener('pointermove', (event) => {
      if (!from) return;
      const [x, y] = [event.clientX - from.x, event.clientY - from.y];
      if (!moved && Math.hypot(x, y) < CLICK) return;
      if (!moved) box.setPointerCapture(event.pointerId);
      moved = true;
      box.classList.add('grabbing');
      box.scrollLeft = from.left - x;
      box.scrollTop = from.top - y;
    });
    const end = () => {
      from = null;
      box.classList.remove('grabbing');
    };
    box.addEventListener('pointerup', end);
    box.addEventListener('pointercancel', end);
    // What was dragged was not clicked.
    box.addEventListener('click', (event) => {
      if (!moved) return;
      moved = false;
      event.stopPropagation();
      event.preventDefault();
    }, { capture: true });
  }

  pinch() {
    const { box } = this;
    let apart = 0;
    const measure = (/** @type {TouchEvent} */ event) => {
      const [one, other] = event.touches;
      if (!one || !other) return null;
      return {
        apart: Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY),
        at: { x: (one.clientX + other.clientX) / 2, y: (one.clientY + other.clientY) / 2 },
      };
    };
    box.addEventListener('touchstart', (event) => {
      apart = measure(event)?.apart ?? 0;
    }, { passive: true });
    box.addEventListener('touchmove', (event) => {
      const now = measure(event);
      if (!now || apart === 0) return;
      event.preventDefault();
      this.by(now.apart / apart, now.at);
      apart = now.apart;
    }, { passive: false });
    box.addEventListener('touchend', () => {
      apart = 0;
    });
  }
}
