// The packet, layer by layer, with what changed, and its connection beside it.

import { byId, el, reveal, say } from './dom.js';

/** @typedef {import('../pkg/types.js').Packet} Packet */
/** @typedef {import('../pkg/types.js').Field} Field */
/** @typedef {import('../pkg/types.js').Connection} Connection */
/** @typedef {import('./text.js').Word} Word */

export class PacketPanel {
  /** @param {(word: Word) => string} word */
  constructor(word) {
    this.box = byId('packet');
    this.note = byId('packet-note');
    this.word = word;
    this.shown = '';
  }

  /** Forgets what is on show, so that the next packet is drawn anew. */
  reset() {
    this.shown = '';
  }

  /** @param {Packet | null} packet */
  show(packet) {
    // Most steps leave the packet as it is: then nothing is touched.
    const key = packet ? JSON.stringify(packet) : 'none';
    if (key === this.shown) return;
    this.shown = key;
    if (!packet) {
      say(this.note, '');
      this.box.replaceChildren(el('p', { class: 'empty' }, this.word('packetEmpty')));
      return;
    }
    say(this.note, packet.summary);
    const layers = packet.layers.map((layer) => this.layer(layer.name, layer.fields, layer.id));
    this.box.replaceChildren(
      ...layers,
      this.connection(packet.connection),
      this.layer('sk_buff', packet.meta, 'meta'));
    const changed = [...this.box.querySelectorAll('.layer:not([data-layer="meta"]) .changed')].pop();
    if (changed instanceof HTMLElement) reveal(this.box, changed);
    else this.box.scrollTop = 0;
  }

  /** @param {string} name @param {Field[]} fields @param {string} id */
  layer(name, fields, id) {
    const changed = fields.some(({ before }) => before !== undefined && before !== null);
    return el('section', { class: 'layer', 'data-layer': id, 'data-changed': changed },
      el('h3', {}, name),
      el('dl', {}, ...fields.map((field) => this.field(field))));
  }

  /** A field, and what it was before it changed. @param {Field} field */
  field({ name, value, before }) {
    if (before === undefined || before === null) return el('div', {}, el('dt', {}, name), el('dd', {}, value));
    return el('div', { class: 'changed' }, el('dt', {}, name),
      el('dd', {}, el('del', {}, before), el('span', { class: 'arrow' }, ' → '), el('ins', {}, value)));
  }

  /** @param {Connection | null} connection */
  connection(connection) {
    if (!connection) {
      return el('section', { class: 'connection none' },
        el('h3', {}, this.word('connection')),
        el('p', { class: 'quiet' }, this.word('noConnection')));
    }
    const [original, reply] = connection.directions;
    const direction = (/** @type {string} */ name, /** @type {typeof original} */ way, /** @type {boolean} */ on) =>
      el('tr', { class: on ? 'on' : null },
        el('th', { scope: 'row' }, name),
        el('td', {}, way.src, el('span', { class: 'arrow' }, ' → '), way.dst),
        el('td', {}, way.icmp ?? ''));
    return el('section', { class: 'connection' },
      el('h3', {}, this.word('connection'), ' ', el('span', { class: 'state' }, connection.state),
        connection.proto_state && el('span', { class: 'state quiet' }, connection.proto_state)),
      el('table', {}, el('tbody', {},
        direction('original', original, !connection.reply),
        direction('reply', reply, connection.reply))),
      el('p', { class: 'status' }, ...connection.status.map((bit) => el('span', {}, bit))),
      el('code', { class: 'conntrack-line' }, connection.line));
  }
}
