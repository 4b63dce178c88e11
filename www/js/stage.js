// The machine: rooms, devices, cables, and the packet that moves in it.
// Where everything stands comes from Rust; here it is drawn.

import { byId, say, svg } from './dom.js';
import { Zoom } from './zoom.js';

/** @typedef {import('../pkg/packetwalk.js').Machine} Machine */
/** @typedef {import('../pkg/types.js').Scene} Scene */
/** @typedef {import('../pkg/types.js').Room} Room */
/** @typedef {import('../pkg/types.js').DeviceBox} DeviceBox */
/** @typedef {import('../pkg/types.js').Cable} Cable */
/** @typedef {import('../pkg/types.js').Frame} Frame */
/** @typedef {import('../pkg/types.js').Moment} Moment */
/** @typedef {import('../pkg/types.js').Dot} Dot */
/** @typedef {import('./text.js').Word} Word */

export class Stage {
  /** @param {(word: Word) => string} word @param {import('./dom.js').Root} [root] where its elements are */
  constructor(word, root = document) {
    this.box = byId('stage', root);
    this.word = word;
    /** @type {SVGGElement | null} */
    this.layer = null;
    /** @type {Map<string, Element>} */
    this.devices = new Map();
    /** @type {Map<string, Element>} */
    this.rooms = new Map();
    /** Packets on show, by buffer. @type {Map<number, Body>} */
    this.bodies = new Map();
    this.zoom = new Zoom(this.box, { least: 0.5, most: 1.15, legible: 0.82 });
    /** The room and the device that are lit. */
    this.litRoom = '';
    this.litDevice = '';
    this.narrow = false;
    /** Where the packet of the moment is, if there is one. @type {import('../pkg/types.js').Point | null} */
    this.at = null;
    /** Called when the picture changes between portrait and landscape. @type {() => void} */
    this.turned = () => {};
    new ResizeObserver(() => {
      this.zoom.resized();
      this.resize();
    }).observe(this.box);
  }

  /** @param {Machine} machine */
  load(machine) {
    this.machine = machine;
    this.narrow = this.isNarrow(machine);
    const scene = machine.scene(this.narrow);
    this.scene = scene;
    this.at = null;
    this.bodies.clear();
    this.devices.clear();
    this.rooms.clear();
    this.litRoom = '';
    this.litDevice = '';
    this.layer = svg('g', { class: 'packets' });
    const picture = svg('svg', {
      viewBox: `0 0 ${scene.width} ${scene.height}`,
      role: 'img',
      'aria-label': this.word('stageAlt'),
    },
      svg('defs', {}, svg('pattern', { id: 'dots', width: 16, height: 16, patternUnits: 'userSpaceOnUse' },
        svg('circle', { class: 'dot', cx: 8, cy: 8, r: 0.8 }))),
      svg('rect', { class: 'ground', x: 0, y: 0, width: scene.width, height: scene.height, fill: 'url(#dots)' }),
      svg('g', {}, ...scene.rooms.map((room) => this.room(room))),
      svg('g', {}, ...scene.cables.map((cable) => this.cable(cable))),
      svg('g', {}, ...scene.devices.map((device) => this.device(device))),
      this.layer);
    this.box.replaceChildren(picture);
    this.zoom.take(picture, scene);
  }

  /** Is the upright picture the larger one here? @param {Machine} machine */
  isNarrow(machine) {
    const { width, height } = this.zoom.room();
    return machine.upright(width, height);
  }

  resize() {
    // Hidden, it has no size; then it stays as it is.
    if (!this.machine || this.box.clientWidth === 0) return;
    if (this.narrow !== this.isNarrow(this.machine)) this.turned();
    else {
      this.zoom.fit();
      if (this.at) this.zoom.follow(this.at);
    }
  }

  /** @param {Room} room */
  room(room) {
    const { x, y, w, h } = room.area;
    const group = svg('g', { class: `room room-${room.kind}`, 'data-netns': room.netns },
      svg('rect', { class: 'floor', x, y, width: w, height: h, rx: 4 }),
      svg('text', { class: 'room-name', x: room.label.x, y: room.label.y }, room.netns),
      svg('path', { class: 'inner', d: `M${room.process.x} ${room.process.y}L${room.stack.x} ${room.stack.y}` }),
      svg('rect', { class: 'stack', x: room.stack.x - 12, y: room.stack.y - 8, width: 24, height: 16, rx: 3 }),
      svg('text', { class: 'stack-name', x: room.stack.x, y: room.stack.y + 4, 'text-anchor': 'middle' }, 'ip'),
      svg('g', { class: 'spot' },
        svg('circle', { class: 'process', cx: room.process.x, cy: room.process.y, r: 13 }),
        svg('path', { class: 'glyph', d: `M${room.process.x - 5} ${room.process.y - 4}l4 4-4 4M${room.process.x + 1} ${room.process.y + 4}h5` })));
    group.append(...listening(room));
    this.rooms.set(room.netns, group);
    return group;
  }

  /** @param {Cable} cable */
  cable(cable) {
    const d = cable.line.map(({ x, y }, at) => `${at ? 'L' : 'M'}${x} ${y}`).join('');
    return svg('path', { class: `cable cable-${cable.kind}${cable.up ? '' : ' down'}`, d, 'data-id': cable.id });
  }

  /** @param {DeviceBox} device */
  device(device) {
    const { x, y, w, h } = device.area;
    const middle = { x: x + w / 2, y: y + h / 2 };
    const { lines } = device;
    // A bar is wide and low: all in one line.
    const bar = device.look === 'bridge';
    const group = svg('g', { class: `device device-${device.look}${device.up ? '' : ' down'}`, 'data-id': device.id },
      svg('title', {}, [device.name, ...device.addresses, device.mac, `mtu ${device.mtu}`, ...device.flags].join('\n')),
      svg('rect', { class: 'body', x, y, width: w, height: h, rx: 3 }));
    if (device.vertical) {
      group.append(svg('text', { class: 'device-name', transform: `translate(${middle.x + 4} ${y + h - 6}) rotate(-90)` }, device.name));
    } else if (bar) {
      group.append(svg('text', { x: middle.x, y: middle.y + 4, 'text-anchor': 'middle' },
        svg('tspan', { class: 'device-name' }, device.name),
        svg('tspan', { class: 'device-line', dx: 10 }, lines.slice(1).join('  '))));
    } else {
      const first = middle.y + 4 - ((lines.length - 1) * 13) / 2;
      lines.forEach((line, at) => group.append(svg('text', {
        class: at === 0 ? 'device-name' : 'device-line', x: middle.x, y: first + at * 13, 'text-anchor': 'middle',
      }, line)));
    }
    this.devices.set(device.id, group);
    return group;
  }

  /**
   * Lights the room and the device that a step is about.
   * @param {Moment} moment
   */
  show(moment) {
    const device = moment.dev === null ? '' : `${moment.netns}/${moment.dev}`;
    if (moment.netns !== this.litRoom) {
      this.rooms.get(this.litRoom)?.classList.remove('here');
      this.rooms.get(moment.netns)?.classList.add('here');
      this.litRoom = moment.netns;
    }
    if (device !== this.litDevice) {
      this.devices.get(this.litDevice)?.classList.remove('here');
      this.devices.get(device)?.classList.add('here');
      this.litDevice = device;
    }
  }

  /**
   * Puts the packets where they are now. Only what changed is touched.
   * @param {Frame} frame
   * @param {{ label: string, dropped: boolean }} current what is said of the current packet
   */
  move(frame, current) {
    if (!this.layer) return;
    for (const [buffer, body] of this.bodies) {
      if (!frame.dots.some((dot) => dot.buffer === buffer)) {
        body.group.remove();
        this.bodies.delete(buffer);
      }
    }
    for (const dot of frame.dots) {
      let body = this.bodies.get(dot.buffer);
      if (!body) {
        body = new Body();
        this.bodies.set(dot.buffer, body);
        this.layer.append(body.group);
      }
      body.show(dot, dot.current ? current : { label: '', dropped: false });
      // The current one lies on top.
      if (dot.current && this.layer.lastChild !== body.group) this.layer.append(body.group);
      if (!dot.current) continue;
      this.at = dot.at;
      this.zoom.follow(dot.at);
    }
  }
}

/**
 * Who listens, beside the programs' place, as far as there is room: else by
 * protocol and port alone, else only when asked.
 * @param {Room} room
 */
function listening(room) {
  const { area, process, stack, listens } = room;
  const x = process.x + 18;
  const fits = (/** @type {string[]} */ texts) => texts.every((text) => x + text.length * 6.1 < area.x + area.w - 3);
  const short = listens.map((text) => text.split(' ').pop() ?? text);
  const texts = fits(listens) ? listens : fits(short) ? short : [];
  const up = stack.y < process.y;
  const most = Math.max(Math.floor((up ? area.y + area.h - process.y + 8 : stack.y - process.y + 30) / 12), 1);
  return [
    svg('title', {}, [room.netns, ...listens].join('\n')),
    ...texts.slice(0, most).map((text, at) => svg('text', { class: 'listens', x, y: process.y + 4 + (at - (Math.min(texts.length, most) - 1) / 2) * 12 }, text)),
  ];
}

/** A packet as it is drawn. */
class Body {
  constructor() {
    this.label = svg('text', { class: 'packet-label', y: -16, x: 0, 'text-anchor': 'middle' });
    this.plate = svg('rect', { class: 'plate', y: -29, height: 18, rx: 3 });
    this.mark = svg('path', { class: 'mark' });
    this.group = svg('g', { class: 'mover' },
      this.plate, this.label,
      svg('rect', { class: 'body', x: -11, y: -8, width: 22, height: 16, rx: 2.5 }),
      this.mark);
    this.look = '';
    this.place = '';
  }

  /** @param {Dot} dot @param {{ label: string, dropped: boolean }} said */
  show(dot, said) {
    const place = `translate(${dot.at.x.toFixed(2)} ${dot.at.y.toFixed(2)})`;
    if (place !== this.place) {
      this.place = place;
      this.group.setAttribute('transform', place);
    }
    const look = `${dot.kind} ${dot.current} ${said.dropped} ${said.label}`;
    if (look === this.look) return;
    this.look = look;
    this.group.setAttribute('class', `mover mover-${dot.kind}${dot.current ? ' is-current' : ''}${said.dropped ? ' is-dropped' : ''}`);
    say(this.label, said.label);
    const width = said.label ? said.label.length * 6.3 + 12 : 0;
    this.plate.setAttribute('width', String(width));
    this.plate.setAttribute('x', String(-width / 2));
    this.mark.setAttribute('d', said.dropped ? CROSS : MARKS[dot.kind]);
  }
}

const CROSS = 'M-5-5l10 10M5-5l-10 10';

/**
 * Shape tells kinds apart, not colour alone.
 * @type {Record<Dot['kind'], string>}
 */
const MARKS = {
  request: 'M-5 0h10M2-3.5L5.5 0 2 3.5',
  reply: 'M5 0h-10M-2-3.5L-5.5 0-2 3.5',
  arp: 'M-4-2h8M-4 2h8',
  error: 'M0-5v6M0 4.5v.5',
  other: 'M-3 0h6',
};
