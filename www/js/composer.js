// A flow put together from lists that know who listens where. It writes the
// line that one could have typed.

import { byId, el } from './dom.js';

/** @typedef {import('../pkg/types.js').Picks} Picks */
/** @typedef {import('../pkg/types.js').Service} Service */

const OTHER = 'other';

export class Composer {
  /** @param {import('./doing.js').Page} page */
  constructor(page) {
    this.page = page;
    this.box = byId('composer');
    this.button = byId('compose');
    this.from = select('compose-from');
    this.how = select('compose-how');
    this.to = select('compose-to');
    this.address = input('compose-address');
    this.port = select('compose-port');
    this.number = input('compose-number');
    this.seconds = input('compose-seconds');
    /** @type {Picks} */
    this.picks = { from: [], to: [] };
    this.button.addEventListener('click', () => this.toggle());
    for (const field of [this.from, this.how, this.to, this.port]) field.addEventListener('change', () => this.changed(field));
    for (const field of [this.address, this.number, this.seconds]) field.addEventListener('input', () => this.write());
    this.box.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') {
        event.stopPropagation();
        this.hide();
        this.button.focus();
      }
    });
    // Whoever goes elsewhere is done with it.
    addEventListener('pointerdown', (event) => {
      const form = this.box.closest('form');
      if (!this.box.hidden && !form?.contains(/** @type {Node} */ (event.target))) this.hide();
    });
    // Enter in one of its fields sends, as in the line itself: it is one form.
  }

  toggle() {
    if (this.box.hidden) this.show();
    else this.hide();
  }

  show() {
    this.box.hidden = false;
    this.button.setAttribute('aria-expanded', 'true');
    this.load();
    this.read(this.page.flow());
    this.from.focus();
  }

  hide() {
    this.box.hidden = true;
    this.button.setAttribute('aria-expanded', 'false');
  }

  /** The machine may be another. */
  load() {
    const machine = this.page.machine();
    if (!machine || this.box.hidden) return;
    const kept = { from: this.from.value, to: this.to.value, port: this.port.value };
    this.picks = machine.picks();
    this.from.replaceChildren(...this.picks.from.map((name) => el('option', { value: name }, name)));
    /** @type {Map<string, HTMLOptGroupElement>} */
    const groups = new Map();
    for (const { address, netns, dev } of this.picks.to) {
      let group = groups.get(netns);
      if (!group) groups.set(netns, group = el('optgroup', { label: netns }));
      group.append(el('option', { value: address }, `${address} (${dev})`));
    }
    this.to.replaceChildren(...groups.values(), el('option', { value: OTHER }, this.page.word('otherAddress')));
    keep(this.from, kept.from);
    keep(this.to, kept.to);
    this.services();
    keep(this.port, kept.port);
    this.fit();
  }

  /** Which ports there are follows from address and protocol. */
  services() {
    const { word } = this.page;
    const tcp = this.how.value === 'tcp';
    const found = this.picks.to.find(({ address }) => address === this.to.value);
    const services = (found?.services ?? []).filter((service) => service.tcp === tcp);
    this.port.replaceChildren(
      ...services.map((service) => el('option', { value: service.port }, said(service, word('publishedFrom')))),
      el('option', { value: OTHER }, services.length === 0 ? `${word('otherPort')} (${word('nobodyListens')})` : word('otherPort')));
  }

  /** Shows the fields that the choices ask for. */
  fit() {
    const waits = this.how.value === 'wait';
    const portless = waits || this.how.value === 'ping';
    field(this.to).hidden = waits;
    field(this.port).hidden = portless;
    field(this.number).hidden = portless || this.port.value !== OTHER;
    field(this.address).hidden = waits || this.to.value !== OTHER;
    field(this.seconds).hidden = !waits;
  }

  /** @param {HTMLSelectElement} changed */
  changed(changed) {
    if (changed === this.to || changed === this.how) this.services();
    this.fit();
    this.write();
  }

  write() {
    const to = this.to.value === OTHER ? this.address.value.trim() : this.to.value;
    const port = this.port.value === OTHER ? this.number.value : this.port.value;
    const how = this.how.value;
    const whole = how === 'wait' ? this.seconds.value : how === 'ping' ? to : `${to}:${port}`;
    this.page.compose(`${this.from.value} ${how} ${whole}`);
  }

  /** Takes the choices from a line, as far as they are in the lists. @param {string} flow */
  read(flow) {
    const [from = '', how = '', target = ''] = flow.split(' ');
    const [to = '', port = ''] = target.split(':');
    keep(this.from, from);
    keep(this.how, how);
    if (how === 'wait') {
      if (target) this.seconds.value = target;
      this.fit();
      return;
    }
    if (!keep(this.to, to) && to) {
      this.to.value = OTHER;
      this.address.value = to;
    }
    this.services();
    if (!keep(this.port, port) && port) {
      this.port.value = OTHER;
      this.number.value = port;
    }
    this.fit();
  }
}

/** @param {Service} service @param {string} published */
function said(service, published) {
  const what = service.published ? `${published} ${service.published}` : service.program;
  return `${service.port} – ${what}`;
}

/** Chooses a value if it is there. @param {HTMLSelectElement} list @param {string} value */
function keep(list, value) {
  const there = [...list.options].some((option) => option.value === value);
  if (there) list.value = value;
  return there;
}

/** @param {Element} control */
function field(control) {
  return /** @type {HTMLElement} */ (control.closest('.field'));
}

/** @param {string} id */
function select(id) {
  return /** @type {HTMLSelectElement} */ (byId(id));
}

/** @param {string} id */
function input(id) {
  return /** @type {HTMLInputElement} */ (byId(id));
}
