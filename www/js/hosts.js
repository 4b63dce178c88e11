// Containers and outside hosts: added and removed.

import { el } from './dom.js';
import { group } from './switches.js';

/** @typedef {import('../pkg/packetwalk.js').Machine} Machine */
/** @typedef {import('../pkg/types.js').Edit} Edit */
/** @typedef {import('./text.js').Word} Word */

/**
 * @param {Machine} machine
 * @param {(word: Word) => string} word
 * @param {(edit: Edit) => unknown} edit
 */
export function hosts(machine, word, edit) {
  const names = machine.namespaces();
  const all = names.map((name) => machine.switches(name)).filter((found) => found !== null);
  const places = (/** @type {'bridge' | 'outside'} */ what) => all.flatMap(({ netns, devices }) =>
    devices.filter((device) => device[what]).map(({ name, addresses }) => ({ netns, name, addresses })));
  const bridges = places('bridge');
  const outside = places('outside');
  const list = el('ul', { class: 'chips' }, ...names.map((name) => {
    const remove = el('button', { type: 'button', class: 'button tiny', 'aria-label': `${word('remove')}: ${name}`, title: word('remove'), 'data-key': `remove ${name}` }, '✕');
    remove.addEventListener('click', () => edit({ edit: 'remove', netns: name }));
    const [first] = all.find(({ netns }) => netns === name)?.devices.flatMap((device) => (device.name === 'lo' ? [] : device.addresses)) ?? [];
    return el('li', { class: 'chip' }, el('strong', { class: 'mono' }, name), el('span', { class: 'quiet mono' }, first ?? ''), names.length > 1 && remove);
  }));
  return [
    group(word('here'), list),
    group(word('addContainer'), bridges.length === 0
      ? el('p', { class: 'quiet' }, word('noBridge'))
      : form({ id: 'container', places: bridges, where: word('onBridge'), name: free(names, 'c'), word }, (name, netns, bridge, ports) => edit({ edit: 'add-container', name, netns, bridge, ports }))),
    group(word('addHost'), outside.length === 0
      ? el('p', { class: 'quiet' }, word('noOutside'))
      : form({ id: 'host', places: outside, where: word('beyond'), name: free(names, 'ext'), word }, (name, netns, dev, ports) => edit({ edit: 'add-host', name, netns, dev, ports }))),
  ];
}

/** A name that nobody has. @param {string[]} names @param {string} stem */
function free(names, stem) {
  let number = 1;
  while (names.includes(`${stem}${number}`)) number += 1;
  return `${stem}${number}`;
}

/**
 * @param {{ id: string, places: { netns: string, name: string, addresses: string[] }[], where: string, name: string, word: (word: Word) => string }} what
 * @param {(name: string, netns: string, dev: string, ports: number[]) => unknown} add
 */
function form({ id, places, where, name, word }, add) {
  const named = el('input', { type: 'text', class: 'mono', value: name, required: true, maxlength: 40, pattern: '[A-Za-z0-9][A-Za-z0-9_.\\-]*', spellcheck: 'false', autocomplete: 'off', 'data-key': `${id}-name` });
  const place = el('select', { 'data-key': `${id}-place` }, ...places.map(({ netns, name: dev, addresses }, at) => el('option', { value: at }, `${netns} › ${dev} (${addresses[0] ?? ''})`)));
  const ports = el('input', { type: 'text', class: 'mono', value: '80', placeholder: word('portsExample'), inputmode: 'numeric', autocomplete: 'off', 'data-key': `${id}-ports` });
  const made = el('form', { class: 'fields add-form' },
    el('label', { class: 'field' }, el('span', {}, word('nameWord')), named),
    el('label', { class: 'field' }, el('span', {}, where), place),
    el('label', { class: 'field' }, el('span', {}, word('tcpPorts')), ports),
    el('button', { type: 'submit', class: 'button primary', 'data-key': `${id}-add` }, word('add')));
  const read = () => ports.value.split(/[\s,]+/).filter(Boolean).map(Number);
  ports.addEventListener('input', () => {
    const bad = read().some((port) => !Number.isInteger(port) || port < 1 || port > 65535);
    ports.setCustomValidity(bad ? word('badPorts') : '');
  });
  made.addEventListener('submit', (event) => {
    event.preventDefault();
    const chosen = places[Number(place.value)];
    if (chosen) add(named.value, chosen.netns, chosen.name, read());
  });
  return made;
}
