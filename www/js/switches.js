// What can be switched in a namespace. How it stands comes from Rust.

import { el } from './dom.js';

/** @typedef {import('../pkg/packetwalk.js').Machine} Machine */
/** @typedef {import('../pkg/types.js').Edit} Edit */
/** @typedef {import('../pkg/types.js').Setting} Setting */
/** @typedef {import('../pkg/types.js').DeviceSwitches} DeviceSwitches */
/** @typedef {import('./text.js').Word} Word */
/** @typedef {(edit: Edit) => unknown} Do */

/**
 * @param {Machine} machine
 * @param {string} netns
 * @param {(word: Word) => string} word
 * @param {Do} edit
 */
export function switches(machine, netns, word, edit) {
  const now = machine.switches(netns);
  if (!now) return [];
  return [
    group(word('devices'), el('div', { class: 'device-cards' }, ...now.devices.map((found) => device(found, netns, word, edit)))),
    group(word('policies'), now.policies.length === 0
      ? el('p', { class: 'quiet' }, word('policiesEmpty'))
      : el('div', { class: 'fields' }, ...now.policies.map(({ tool, table, chain, policy }) => {
        const name = `${tool === 'iptables' ? '' : `${tool} `}${table} ${chain}`;
        const choices = ['ACCEPT', 'DROP'];
        const list = el('select', { class: policy === 'DROP' ? 'is-drop' : null, 'data-key': `policy ${name}` }, ...choices.map((choice) => el('option', { value: choice, selected: choice === policy }, choice)));
        list.addEventListener('change', () => edit({ edit: 'policy', netns, tool, table, chain, policy: list.value }));
        return el('label', { class: 'setting' }, el('span', { class: 'mono' }, name), list);
      }))),
    group(word('settingsTitle'), el('div', { class: 'fields' }, ...now.sysctls.map((found) => setting(found, netns, edit)))),
    group(word('listeners'), listeners(now.listens, netns, word, edit)),
  ];
}

/** @param {string} title @param {...Node} parts */
export function group(title, ...parts) {
  return el('section', { class: 'group' }, el('h3', {}, title), ...parts);
}

/**
 * Something that is on or off.
 * @param {string} label @param {boolean} on @param {string} key @param {(on: boolean) => void} change @param {string} [title]
 */
function toggle(label, on, key, change, title) {
  const box = el('input', { type: 'checkbox', role: 'switch', checked: on, 'data-key': key });
  box.addEventListener('change', () => change(box.checked));
  return el('label', { class: 'toggle', title }, box, el('span', { class: 'mono' }, label));
}

/** @param {DeviceSwitches} found @param {string} netns @param {(word: Word) => string} word @param {Do} edit */
function device(found, netns, word, edit) {
  const dev = found.name;
  const facts = [...found.addresses, found.master !== null && `${word('portOf')} ${found.master}`, found.up && !found.carrier && word('noCarrier')].filter(Boolean).join(' · ');
  return el('div', { class: 'device-card', 'data-device': dev, role: 'group', 'aria-label': dev },
    el('div', { class: 'device-head' },
      el('strong', { class: 'mono' }, dev),
      el('span', { class: 'quiet device-facts' }, facts),
      toggle(word('up'), found.up, `link ${dev}`, (up) => edit({ edit: 'link', netns, dev, up }), `ip link set ${dev} ${found.up ? 'down' : 'up'}`)),
    found.port.length > 0 && el('div', { class: 'toggles' }, ...found.port.map(({ name, on }) =>
      toggle(name, on, `port ${dev} ${name}`, (now) => edit({ edit: 'port', netns, dev, flag: name, on: now }), `bridge link set dev ${dev} ${name} ${on ? 'off' : 'on'}`))),
    el('details', { class: 'more' },
      el('summary', { 'data-key': `more ${dev}` }, `${word('deviceSettings')} `, el('span', { class: 'mono' }, dev)),
      el('div', { class: 'fields' }, ...found.sysctls.map((one) => setting(one, netns, edit)))));
}

/** @param {Setting} found @param {string} netns @param {Do} edit */
function setting({ name, short, value, switch: either }, netns, edit) {
  const write = (/** @type {string} */ to) => edit({ edit: 'sysctl', netns, name, value: to });
  if (either) return toggle(short, value === '1', name, (on) => write(on ? '1' : '0'), name);
  const field = el('input', { type: 'number', class: 'mono', value, min: 0, 'data-key': name, inputmode: 'numeric' });
  field.addEventListener('change', () => write(field.value));
  return el('label', { class: 'setting', title: name }, el('span', { class: 'mono' }, short), field);
}

/**
 * @param {import('../pkg/types.js').Listener[]} list
 * @param {string} netns
 * @param {(word: Word) => string} word
 * @param {Do} edit
 */
function listeners(list, netns, word, edit) {
  const proto = el('select', { 'aria-label': word('protocol'), 'data-key': 'listen-proto' }, el('option', { value: 'tcp' }, 'tcp'), el('option', { value: 'udp' }, 'udp'));
  const port = el('input', { type: 'number', class: 'mono', min: 1, max: 65535, required: true, placeholder: '8080', 'aria-label': word('port'), 'data-key': 'listen-port' });
  const form = el('form', { class: 'inline' }, proto, port, el('button', { type: 'submit', class: 'button small', 'data-key': 'listen' }, word('listen')));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    edit({ edit: 'listen', netns, tcp: proto.value === 'tcp', port: Number(port.value), on: true });
  });
  return el('div', {},
    list.length === 0 ? el('p', { class: 'quiet' }, word('listenersEmpty')) : el('ul', { class: 'chips' }, ...list.map((one) => {
      const name = `${one.tcp ? 'tcp' : 'udp'} ${one.address.includes(':') ? `[${one.address}]` : one.address}:${one.port}`;
      const stop = el('button', { type: 'button', class: 'button tiny', 'aria-label': `${word('stop')}: ${name}`, title: word('stop'), 'data-key': `stop ${name}` }, '✕');
      stop.addEventListener('click', () => edit({ edit: 'listen', netns, tcp: one.tcp, port: one.port, on: false }));
      return el('li', { class: 'chip' }, el('span', { class: 'mono' }, name), el('span', { class: 'quiet' }, one.program), stop);
    })),
    form);
}
