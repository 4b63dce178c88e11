// The packet, layer by layer, with what changed; what it has been through; its
// connection, and the table that this is in.

import { byId, el, reveal, say } from './dom.js';

/** @typedef {import('../pkg/types.js').PacketShown} PacketShown */
/** @typedef {import('../pkg/types.js').Changed} Changed */
/** @typedef {import('../pkg/types.js').Field} Field */
/** @typedef {import('../pkg/types.js').Connection} Connection */
/** @typedef {import('../pkg/types.js').TableRow} TableRow */
/** @typedef {import('./text.js').Word} Word */

export class PacketPanel {
  /** @param {(word: Word) => string} word @param {(step: number) => void} goTo @param {import('./dom.js').Root} [root] where its elements are */
  constructor(word, goTo, root = document) {
    this.box = byId('packet', root);
    this.note = byId('packet-note', root);
    this.word = word;
    this.shown = '';
    this.box.addEventListener('click', (event) => {
      const go = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest('[data-go]'));
      if (go) goTo(Number(go.dataset['go']));
    });
  }

  /** Forgets what is on show, so that the next packet is drawn anew. */
  reset() {
    this.shown = '';
  }

  /** @param {PacketShown | null} shown */
  show(shown) {
    // Most steps leave the packet as it is: then nothing is touched.
    const key = JSON.stringify(shown);
    if (key === this.shown) return;
    this.shown = key;
    const { packet = null, changes = [], netns = '', table = [] } = shown ?? {};
    say(this.note, packet?.summary ?? '');
    this.box.replaceChildren(
      packet ? '' : el('p', { class: 'empty' }, this.word('packetEmpty')),
      changes.length ? this.changes(changes) : '',
      ...(packet ? [
        ...packet.layers.map((layer) => this.layer(layer.name, layer.fields, layer.id)),
        this.connection(packet.connection),
        this.layer('sk_buff', packet.meta, 'meta'),
      ] : []),
      this.table(netns, table));
    const changed = this.box.querySelector('.change.is-now');
    reveal(this.box, changed instanceof HTMLElement ? changed : null);
  }

  /** What it was, and what it became, side by side. @param {Changed[]} changes */
  changes(changes) {
    // A hardware address may be broken, but not anywhere.
    const cell = (/** @type {string | null} */ value) => el('td', {}, ...(value ?? '–').split(/(?<=:)/).flatMap((part, at) => (at ? [el('wbr'), part] : [part])));
    return el('section', { class: 'rewrites' },
      el('h3', {}, this.word('changes')),
      el('table', {},
        el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, this.word('field')), el('th', { scope: 'col' }, this.word('was')), el('th', { scope: 'col' }, this.word('is')), el('th', { scope: 'col' }, this.word('step')))),
        el('tbody', {}, ...changes.flatMap(({ step, now, fields }) => fields.map(({ name, before, after }, at) =>
          el('tr', { class: `change${now ? ' is-now' : ''}` },
            el('th', { scope: 'row' }, name), cell(before), cell(after),
            el('td', {}, at === 0 && el('button', { type: 'button', class: 'go', 'data-go': step, 'aria-label': `${this.word('step')} ${step + 1}` }, String(step + 1)))))))));
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

  /** The table as it stands now, as `conntrack -L` would print it. @param {string} netns @param {TableRow[]} rows */
  table(netns, rows) {
    return el('section', { class: 'conntrack' },
      el('h3', {}, `${this.word('table')} ${netns}`, ' ', el('span', { class: 'quiet' }, `conntrack -L: ${rows.length || this.word('tableEmpty')}`)),
      el('ul', {}, ...rows.map(({ connection, since, made, changed }) => el('li', { class: changed ? 'is-now' : null },
        made && el('span', { class: 'state' }, this.word('tableNew')),
        el('code', { class: 'conntrack-line' }, connection.line),
        since !== null && el('button', { type: 'button', class: 'go', 'data-go': since, 'aria-label': `${this.word('step')} ${since + 1}` }, String(since + 1))))));
  }
}
