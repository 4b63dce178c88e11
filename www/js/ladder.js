// The flow as a ladder between namespaces. Where everything stands and what it
// says comes from Rust; here it is drawn, and a row leads to its moment.

import { byId, svg } from './dom.js';
import { Zoom } from './zoom.js';

/** @typedef {import('../pkg/packetwalk.js').Walk} Walk */
/** @typedef {import('../pkg/types.js').Ladder} Picture */
/** @typedef {import('../pkg/types.js').LadderRow} LadderRow */
/** @typedef {import('../pkg/types.js').LadderLook} LadderLook */
/** @typedef {import('../pkg/types.js').Moment} Moment */
/** @typedef {import('./text.js').Lang} Lang */
/** @typedef {import('./text.js').Word} Word */

/** A sign beside what is not an arrow: colour is never alone. @type {Record<LadderLook, string>} */
const SIGNS = { rung: '', within: '', nat: '⇄', drop: '✕', 'not-modelled': '?', outcome: '●', folded: '⋯' };

export class Ladder {
  /**
   * @param {(word: Word) => string} word
   * @param {(step: number) => void} goTo
   * @param {import('./dom.js').Root} [root] where its elements are
   */
  constructor(word, goTo, root = document) {
    this.word = word;
    this.goTo = goTo;
    this.box = byId('ladder', root);
    this.view = byId('ladder-view', root);
    this.zoom = new Zoom(this.box, { least: 0.72, most: 1.1 });
    this.arp = /** @type {HTMLInputElement} */ (byId('ladder-arp', root));
    /** @type {Walk | null} */
    this.walk = null;
    /** @type {Lang} */
    this.lang = 'en';
    /** @type {Picture | null} */
    this.ladder = null;
    /** @type {SVGElement[]} */
    this.rows = [];
    this.current = -1;
    this.buffer = 0;
    /** The moment on show. @type {Moment | null} */
    this.moment = null;
    /** Is it drawn when it is first seen? */
    this.late = false;
    this.arp.addEventListener('change', () => this.draw());
    this.box.addEventListener('click', (event) => {
      const at = this.rows.indexOf(/** @type {SVGElement} */ (/** @type {Element} */ (event.target).closest('.row')));
      this.choose(at);
    });
    this.box.addEventListener('keydown', (event) => {
      const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
      if (by === 0 || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      event.preventDefault();
      event.stopPropagation();
      this.choose(Math.min(Math.max(this.current + by, 0), this.rows.length - 1));
    });
    new ResizeObserver(() => {
      if (this.late && !this.view.hidden) this.draw();
      this.zoom.resized();
      this.zoom.fit();
      this.reveal();
    }).observe(this.box);
  }

  /** @param {number} at */
  choose(at) {
    const row = this.ladder?.rows[at];
    if (!row) return;
    if (row.look === 'folded') {
      this.arp.checked = true;
      this.draw();
    }
    this.goTo(row.step);
  }

  /** @param {Walk} walk @param {Lang} lang */
  load(walk, lang) {
    this.walk = walk;
    this.lang = lang;
    this.moment = null;
    this.late = Boolean(this.view.hidden);
    if (this.late) this.ladder = null;
    else this.draw();
  }

  draw() {
    if (!this.walk) return;
    this.late = false;
    const ladder = this.walk.ladder(this.lang, this.arp.checked);
    this.ladder = ladder;
    this.current = -1;
    this.buffer = 0;
    /** @type {HTMLElement} */ (this.arp.parentElement).hidden = ladder.aside === 0;
    this.rows = ladder.rows.map((row, at) => draw(row, at));
    const tip = (/** @type {string} */ id) => svg('marker', {
      id, class: id, viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, orient: 'auto', markerUnits: 'userSpaceOnUse',
    }, svg('path', { d: 'M0 0.500L8 4 0 7.500z' }));
    const picture = svg('svg', {
      class: 'ladder', viewBox: `0 0 ${ladder.width} ${ladder.height}`, role: 'listbox', 'aria-label': this.word('talk'),
    },
      svg('defs', {}, ...['request', 'reply', 'error', 'arp', 'other'].map((kind) => tip(`tip-${kind}`))),
      svg('g', { class: 'lanes', role: 'presentation' }, ...ladder.lanes.map(({ name, head, line: [top, bottom] }) => svg('g', { class: 'ladder-lane', 'data-netns': name },
        svg('path', { d: `M${top?.x} ${top?.y}V${bottom?.y}` }),
        svg('rect', { x: head.x, y: head.y, width: head.w, height: head.h, rx: 4 }),
        svg('text', { x: head.x + head.w / 2, y: head.y + head.h / 2 + 4, 'text-anchor': 'middle' }, name)))),
      ...this.rows);
    this.box.replaceChildren(picture);
    this.zoom.take(picture, ladder);
    if (this.moment) this.show(this.moment);
  }

  /** @param {Moment} moment */
  show(moment) {
    this.moment = moment;
    if (!this.ladder) return;
    const { rows } = this.ladder;
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((rows[middle]?.step ?? 0) <= moment.step) low = middle + 1;
      else high = middle;
    }
    const current = low - 1;
    if (current !== this.current) {
      const [from, to] = current > this.current ? [this.current + 1, current] : [current + 1, this.current];
      for (let at = Math.max(from, 0); at <= to; at += 1) this.rows[at]?.classList.toggle('past', at <= current);
      this.mark(this.current, false);
      this.mark(current, true);
      this.current = current;
      this.reveal();
    }
    if (moment.buffer !== this.buffer) {
      this.buffer = moment.buffer;
      rows.forEach((row, at) => this.rows[at]?.classList.toggle('same', row.buffer !== 0 && row.buffer === moment.buffer));
    }
  }

  /** @param {number} at @param {boolean} on */
  mark(at, on) {
    const row = this.rows[at];
    if (!row) return;
    row.classList.toggle('is-now', on);
    row.setAttribute('aria-selected', String(on));
    if (on) this.box.setAttribute('aria-activedescendant', row.id);
    const netns = on ? this.moment?.netns : null;
    for (const lane of this.box.querySelectorAll('.ladder-lane')) lane.classList.toggle('here', lane.getAttribute('data-netns') === netns);
  }

  reveal() {
    const row = this.ladder?.rows[this.current];
    const [place] = row?.line ?? [];
    if (row && place && !this.view.hidden) this.zoom.follow({ x: place.x, y: row.area.y + row.area.h });
  }
}

/** @param {LadderRow} row @param {number} at */
function draw(row, at) {
  const { area, line, label_at: label, detail_at: detail } = row;
  const [first, last] = [line[0] ?? { x: 0, y: 0 }, line[line.length - 1] ?? { x: 0, y: 0 }];
  const arrow = row.look === 'rung' || row.look === 'within';
  const sign = SIGNS[row.look];
  return svg('g', {
    class: `row row-${row.look} row-${row.kind}`, id: `ladder-row-${at}`, role: 'option', 'aria-selected': 'false', 'aria-label': row.spoken,
  },
    svg('rect', { class: 'hit', x: area.x + 2, y: area.y, width: area.w - 4, height: area.h, rx: 4 }),
    arrow
      ? svg('path', { class: 'arrow-line', d: line.map(({ x, y }, at) => `${at ? 'L' : 'M'}${x} ${y}`).join(''), 'marker-end': `url(#tip-${row.kind})` })
      : null,
    arrow ? svg('circle', { class: 'start', cx: first.x, cy: first.y, r: 3.5 }) : null,
    sign && row.look !== 'folded' ? svg('g', { class: 'sign', 'aria-hidden': 'true' },
      svg('circle', { cx: last.x, cy: last.y, r: 8 }),
      svg('text', { x: last.x, y: last.y + 4, 'text-anchor': 'middle' }, sign)) : null,
    svg('text', { class: 'label', x: label.x, y: label.y, 'text-anchor': row.anchor }, row.detail ? `${row.label} ` : row.label),
    row.detail ? svg('text', { class: 'detail', x: detail.x, y: detail.y, 'text-anchor': row.anchor }, row.detail) : null);
}
