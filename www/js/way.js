// The way through one namespace's kernel: two lanes, a station for each hook,
// a chip for each table. What is lit comes from Rust; here it is drawn.

import { byId, el, svg } from './dom.js';
import { plain, spans } from './words.js';
import { Zoom } from './zoom.js';

/** @typedef {import('../pkg/packetwalk.js').Walk} Walk */
/** @typedef {import('../pkg/types.js').Way} Chart */
/** @typedef {import('../pkg/types.js').StationBox} StationBox */
/** @typedef {import('../pkg/types.js').Chip} Chip */
/** @typedef {import('../pkg/types.js').Edge} Edge */
/** @typedef {import('../pkg/types.js').Light} Light */
/** @typedef {import('../pkg/types.js').Moment} Moment */
/** @typedef {import('../pkg/types.js').Frame} Frame */
/** @typedef {import('../pkg/types.js').Point} Point */
/** @typedef {import('./text.js').Lang} Lang */
/** @typedef {import('./text.js').Word} Word */

/** A sign beside each state: colour is never alone. */
const SIGNS = /** @type {const} */ ({
  visited: '✓', current: '▸', skipped: '–', dropped: '✕', stolen: '↷', 'not-modelled': '?',
});

/** The part of a step after which the packet has arrived. */
const RESTS = 0.7;

/** Under this width the chart stands upright. */
const NARROW = 640;

/** How many letters the buttons of namespaces have in all. */
const MOST = 30;

export class Way {
  /**
   * @param {(word: Word) => string} word
   * @param {(key: string) => string} name
   * @param {(step: number) => void} goTo
   * @param {import('./dom.js').Root} [root] where its elements are
   */
  constructor(word, name, goTo, root = document) {
    this.name = name;
    this.box = byId('way', root);
    this.tabs = byId('way-tabs', root);
    this.legend = byId('way-legend', root);
    this.reasons = byId('way-why', root);
    this.told = '';
    this.word = word;
    this.goTo = goTo;
    /** Namespaces that have no button. @type {HTMLSelectElement | null} */
    this.more = null;
    /** The namespace that the reader chose; null to follow the packet. @type {string | null} */
    this.chosen = null;
    /** The namespace on show. */
    this.netns = '';
    this.narrow = false;
    this.zoom = new Zoom(this.box, { least: 0.5, most: 1.25, legible: 0.62 });
    this.width = this.box.clientWidth;
    /** @type {Walk | null} */
    this.walk = null;
    /** @type {Chart | null} */
    this.chart = null;
    /** @type {SVGSVGElement | null} */
    this.picture = null;
    /** Stations and chips by their place. @type {Map<string, Piece>} */
    this.pieces = new Map();
    /** @type {Map<string, SVGElement>} */
    this.edges = new Map();
    /** Edges that are lit. @type {Set<string>} */
    this.lit = new Set();
    /** @type {Map<string, Light>} */
    this.lights = new Map();
    this.token = svg('g', { class: 'token' }, svg('rect', { x: -8, y: -6, width: 16, height: 12, rx: 2 }));
    /** Called when another chart has to be shown at the same moment. @type {() => void} */
    this.turned = () => {};
    this.box.addEventListener('click', (event) => {
      const place = /** @type {Element} */ (event.target).closest('[data-place]')?.getAttribute('data-place');
      const light = place === null || place === undefined ? undefined : this.lights.get(place);
      if (light) goTo(light.step);
    });
    new ResizeObserver(() => {
      this.width = this.box.clientWidth;
      this.zoom.resized();
      if (this.chart && this.isNarrow() !== this.narrow) this.turned();
      else if (this.width > 0) this.zoom.fit();
    }).observe(this.box);
  }

  isNarrow() {
    return this.width < NARROW;
  }

  /**
   * @param {Walk} walk
   * @param {string[]} netns names of all namespaces
   * @param {string[]} parties names of those that the flow is between, in order
   */
  load(walk, netns, parties) {
    this.walk = walk;
    this.chart = null;
    if (this.chosen !== null && !netns.includes(this.chosen)) this.chosen = null;
    const tab = (/** @type {string | null} */ name, /** @type {string} */ label) => {
      const button = el('button', { type: 'button', class: 'tab', 'data-netns': name ?? '' }, label);
      button.addEventListener('click', () => {
        this.chosen = name;
        this.turned();
      });
      return button;
    };
    const everyone = tab(null, this.word('follow'));
    everyone.title = this.word('followTitle');
    this.legend.replaceChildren(.../** @type {const} */ (['visited', 'current', 'skipped', 'dropped']).map((state) =>
      el('li', { class: state }, el('b', { 'aria-hidden': 'true' }, SIGNS[state]), ` ${this.name(`state.${state}`)}`)));
    // With many namespaces, those that take part have a button; the rest are in a list.
    let letters = 0;
    const fits = (/** @type {string} */ name) => (letters += name.length + 2) <= MOST;
    const few = netns.every(fits) ? netns : parties.filter((name, at) => {
      if (at === 0) letters = 0;
      return fits(name);
    });
    const rest = netns.filter((name) => !few.includes(name));
    const more = el('select', { class: 'chains', 'aria-label': this.word('wayOf') },
      el('option', { value: '' }, `+ ${rest.length}`), ...rest.map((name) => el('option', { value: name }, name)));
    more.addEventListener('change', () => {
      this.chosen = more.value || null;
      this.turned();
    });
    this.more = rest.length ? more : null;
    this.tabs.replaceChildren(everyone, ...few.map((name) => tab(name, name)), ...(this.more ? [more] : []));
  }

  /** @param {Walk} walk @param {Moment} moment @param {Lang} lang */
  show(walk, moment, lang) {
    const netns = this.chosen ?? moment.netns;
    if (!this.chart || netns !== this.netns || this.isNarrow() !== this.narrow) {
      this.netns = netns;
      this.narrow = this.isNarrow();
      this.draw(walk.way(netns, this.narrow));
    }
    for (const tab of this.tabs.querySelectorAll('button')) {
      const name = tab.dataset['netns'] ?? '';
      tab.setAttribute('aria-pressed', String(name === (this.chosen ?? '')));
      tab.classList.toggle('here', name === moment.netns);
    }
    if (this.more) this.more.value = [...this.more.options].some(({ value }) => value === this.chosen) ? this.chosen ?? '' : '';
    const { lights, ways } = walk.lights(moment.step, netns, lang);
    this.light(lights);
    this.tell(lights);
    this.lightEdges(ways);
  }

  /** @param {Light[]} lights */
  light(lights) {
    const next = new Map(lights.map((light) => [key(light.place.station, light.place.chip), light]));
    for (const place of this.lights.keys()) if (!next.has(place)) this.pieces.get(place)?.show(null);
    for (const [place, light] of next) this.pieces.get(place)?.show(light);
    this.lights = next;
  }

  /** Says why what was skipped or dropped was, the latest first. @param {Light[]} lights */
  tell(lights) {
    const reasons = lights.filter(({ why }) => why).sort((one, other) => other.step - one.step);
    const key = JSON.stringify(reasons);
    if (key === this.told) return;
    this.told = key;
    this.reasons.replaceChildren(...reasons.map(({ state, step, why }) => {
      const go = el('button', { type: 'button', class: 'reason', 'data-state': state, title: plain(why ?? []) },
        el('b', { 'aria-hidden': 'true' }, SIGNS[state]), ' ', ...spans(why ?? []));
      go.addEventListener('click', () => this.goTo(step));
      return el('li', {}, go);
    }));
  }

  /** @param {[string, string][]} ways */
  lightEdges(ways) {
    const next = new Set(ways.flatMap(([from, to]) => [`${from} ${to}`, `${to} ${from}`]));
    for (const way of this.lit) if (!next.has(way)) this.edges.get(way)?.classList.remove('lit');
    for (const way of next) if (!this.lit.has(way)) this.edges.get(way)?.classList.add('lit');
    this.lit = next;
  }

  /** @param {Frame} frame */
  move(frame) {
    const { way } = frame;
    // At rest the station or chip itself is lit; the packet would hide its name.
    this.token.setAttribute('visibility', way && frame.part < RESTS ? 'visible' : 'hidden');
    if (!way) return;
    this.token.setAttribute('transform', `translate(${way.x.toFixed(2)} ${way.y.toFixed(2)})`);
    this.zoom.follow(way);
  }

  /** @param {Chart | null} chart */
  draw(chart) {
    this.chart = chart;
    this.pieces.clear();
    this.edges.clear();
    this.lit.clear();
    this.lights.clear();
    if (!chart) {
      this.box.replaceChildren();
      return;
    }
    const arrow = (/** @type {string} */ id) => svg('marker', {
      id, class: id, viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: 'auto-start-reverse', markerUnits: 'userSpaceOnUse',
    }, svg('path', { d: 'M0 0.5L8 4 0 7.5z' }));
    this.picture = svg('svg', {
      viewBox: `0 0 ${chart.width} ${chart.height}`,
      role: 'img',
      'aria-label': `${this.word('wayAlt')}: ${chart.netns}`,
      'data-netns': chart.netns,
    },
      svg('defs', {}, arrow('arrow'), arrow('arrow-lit')),
      ...chart.lanes.map(({ lane, area: { x, y, w, h } }) => svg('g', { class: `lane lane-${lane}` },
        svg('rect', { x, y, width: w, height: h }),
        svg('text', { class: 'lane-name', ...laneName(chart, lane, { x, y, w, h }) }, this.name(`lane.${lane}`)))),
      svg('g', { class: 'edges' }, ...chart.edges.map((edge) => this.edge(edge))),
      svg('g', { class: 'stations' }, ...chart.stations.map((station) => this.station(station))),
      this.token);
    this.box.replaceChildren(this.picture);
    this.zoom.take(this.picture, chart);
  }

  /** @param {Edge} edge */
  edge(edge) {
    const d = edge.line.map(({ x, y }, at) => `${at ? 'L' : 'M'}${x} ${y}`).join('');
    const line = svg('path', { class: `edge edge-${edge.kind}`, d });
    this.edges.set(`${edge.from} ${edge.to}`, line);
    return line;
  }

  /** @param {StationBox} station */
  station(station) {
    const { x, y, w, h } = station.area;
    const place = key(station.id, null);
    const family = station.id.split(':')[0] ?? '';
    const name = station.hook ?? this.name(`station.${station.id}`);
    const group = svg('g', { class: `station station-${station.look} lane-${station.lane}`, 'data-place': place });
    const title = svg('title', {}, name);
    const sign = svg('text', { class: 'sign', x: x + w - 6, y: y + 16, 'text-anchor': 'end' });
    group.append(title, svg('rect', { class: 'frame', x, y, width: w, height: h, rx: station.look === 'hook' ? 3 : 12 }));
    if (station.look === 'hook' && family !== 'ipv4') {
      group.append(svg('text', { class: 'family', x: x + w - 6, y: y - 4, 'text-anchor': 'end' }, { bridge: 'eb', arp: 'arp', ipv6: 'ip6' }[family] ?? family));
    }
    const plain = station.chips.length === 0;
    group.append(svg('text', {
      class: 'station-name', x: plain ? x + w / 2 : x + 6, y: plain ? y + h / 2 + 4 : y + 16, 'text-anchor': plain ? 'middle' : 'start',
    }, name));
    this.pieces.set(place, new Piece(group, title, [name, this.name(`about.station.${station.id}`)].filter(Boolean).join('\n'), plain ? null : sign));
    if (!plain) group.append(sign);
    for (const chip of station.chips) group.append(this.chip(station, chip));
    return group;
  }

  /** @param {StationBox} station @param {Chip} chip */
  chip(station, chip) {
    const { x, y, w, h } = chip.area;
    const place = key(station.id, chip.name);
    const title = svg('title', {}, chip.name);
    const sign = svg('text', { class: 'sign', x: x + w - 4, y: y + h / 2 + 4, 'text-anchor': 'end' });
    const group = svg('g', { class: `chip chip-${chip.look}`, 'data-place': place },
      title,
      svg('rect', { x, y, width: w, height: h, rx: 2 }),
      svg('text', { class: 'chip-name', x: x + 5, y: y + h / 2 + 4 }, chip.name),
      sign);
    this.pieces.set(place, new Piece(group, title, [`${chip.name} (${priority(chip.priority)})`, this.name(`about.chip.${station.id}/${chip.name}`)].filter(Boolean).join('\n'), sign));
    return group;
  }
}

/**
 * Where a lane's name stands: in a corner where no station is.
 * @param {Chart} chart
 * @param {'link' | 'network'} lane
 * @param {{ x: number, y: number, w: number, h: number }} area
 */
function laneName(chart, lane, { x, y, w, h }) {
  const top = { x: x + 10, y: y + 16 };
  const bottom = { x: x + 10, y: y + h - 8 };
  const places = [...(lane === 'link' ? [bottom, top] : [top, bottom]), { x: x + w / 2 - 40, y: y + h - 8 }];
  const free = (/** @type {{ x: number, y: number }} */ at) => chart.stations.every(({ area }) =>
    at.x > area.x + area.w || at.x + 90 < area.x || at.y - 12 > area.y + area.h || at.y + 4 < area.y);
  return places.find(free) ?? top;
}

/** A station or chip that can be lit. */
class Piece {
  /** @param {SVGElement} group @param {SVGElement} title @param {string} name @param {SVGElement | null} sign */
  constructor(group, title, name, sign) {
    this.group = group;
    this.title = title;
    this.name = name;
    this.sign = sign;
    this.state = '';
    this.why = '';
    title.textContent = name;
  }

  /** @param {Light | null} light */
  show(light) {
    const state = light?.state ?? '';
    const why = light?.why ? light.why.map((span) => span.text).join('') : '';
    if (state !== this.state) {
      this.state = state;
      if (light) this.group.setAttribute('data-state', state);
      else this.group.removeAttribute('data-state');
      if (this.sign) this.sign.textContent = light ? SIGNS[light.state] : '';
    }
    if (why !== this.why) {
      this.why = why;
      this.title.textContent = why ? `${this.name}\n${why}` : this.name;
    }
  }
}

/** @param {string} station @param {string | null} chip */
function key(station, chip) {
  return chip === null ? station : `${station}/${chip}`;
}

/** A priority, as people write the ends of the range. @param {number} value */
function priority(value) {
  if (value <= -2147483648) return 'first';
  if (value >= 2147483647) return 'last';
  return String(value);
}
