// The panel in which the machine is changed: switches, texts, hosts.

import { byId, el, say, svg } from './dom.js';
import { EditorView } from './editing.js';
import { hosts } from './hosts.js';
import { remarks } from './remarks.js';
import { switches } from './switches.js';

/** @typedef {import('../pkg/types.js').Edit} Edit */
/** @typedef {'switches' | 'hosts' | 'remarks' | 'iptables' | 'ebtables' | 'arptables' | 'ipset' | 'sysctl'} Tab */

const TABS = /** @type {const} */ (['switches', 'iptables', 'ebtables', 'arptables', 'ipset', 'sysctl', 'hosts', 'remarks']);

/** Is it a part that is edited as text? @param {Tab} tab @returns {tab is import('../pkg/types.js').Part} */
function isText(tab) {
  return tab !== 'switches' && tab !== 'hosts' && tab !== 'remarks';
}

export class ChangePanel {
  /** @param {import('./doing.js').Page} page @param {import('./doing.js').Doing} doing */
  constructor(page, doing) {
    this.page = page;
    this.doing = doing;
    this.box = byId('change');
    this.body = byId('change-body');
    this.netns = /** @type {HTMLSelectElement} */ (byId('change-netns'));
    this.tabs = byId('change-tabs');
    this.message = byId('change-message');
    /** @type {Tab} */
    this.tab = 'switches';
    this.editing = new EditorView(page, (edit) => this.edit(edit));
    this.undo = byId('undo');
    this.redo = byId('redo');
    this.undo.addEventListener('click', () => doing.undo());
    this.redo.addEventListener('click', () => doing.redo());
    byId('change-close').addEventListener('click', () => this.hide());
    this.netns.addEventListener('change', () => this.draw());
    this.tabs.addEventListener('keydown', (event) => {
      const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
      if (by === 0) return;
      event.preventDefault();
      event.stopPropagation();
      const next = TABS[(TABS.indexOf(this.tab) + by + TABS.length) % TABS.length] ?? 'switches';
      this.choose(next);
      /** @type {HTMLElement | null} */ (this.tabs.querySelector('[aria-selected="true"]'))?.focus();
    });
  }

  toggle() {
    if (this.box.hidden) this.show();
    else this.hide();
  }

  /**
   * Opens the panel, for a namespace and a device of it if they are told.
   * @param {{ netns?: string, dev?: string }} [where]
   */
  show({ netns, dev } = {}) {
    this.box.hidden = false;
    document.body.classList.add('changing');
    byId('change-open').setAttribute('aria-pressed', 'true');
    this.load();
    if (netns && [...this.netns.options].some(({ value }) => value === netns)) this.netns.value = netns;
    if (netns) this.tab = 'switches';
    this.draw();
    // Where panels stand below each other it may be far away.
    if (innerWidth < 1200) this.box.scrollIntoView({ block: 'start' });
    const card = dev && /** @type {HTMLElement | undefined} */ ([...this.body.querySelectorAll('[data-device]')].find((found) => /** @type {HTMLElement} */ (found).dataset['device'] === dev));
    if (card) {
      card.scrollIntoView({ block: 'nearest' });
      card.classList.add('is-meant');
      /** @type {HTMLElement | null} */ (card.querySelector('input, select, button'))?.focus();
    } else {
      /** @type {HTMLElement | null} */ (this.tabs.querySelector('[aria-selected="true"]'))?.focus();
    }
  }

  /** Opens the list of what was not used, is not modelled or was wrong. */
  showRemarks() {
    this.tab = 'remarks';
    this.show();
  }

  hide() {
    const inside = this.box.contains(document.activeElement);
    this.box.hidden = true;
    this.editing.close();
    document.body.classList.remove('changing');
    byId('change-open').setAttribute('aria-pressed', 'false');
    if (inside) byId('change-open').focus();
  }

  /** Takes what the machine has now. */
  load() {
    const machine = this.page.machine();
    if (!machine || this.box.hidden) return;
    const kept = this.netns.value;
    const names = machine.namespaces();
    this.netns.replaceChildren(...names.map((name) => el('option', { value: name }, name)));
    this.netns.value = names.includes(kept) ? kept : names.includes('host') ? 'host' : names[0] ?? '';
    this.draw();
  }

  relabel() {
    this.editing.close();
    this.load();
  }

  /** @param {Tab} tab */
  choose(tab) {
    this.tab = tab;
    this.draw();
  }

  /**
   * @param {Edit} edit
   * @returns {import('../pkg/types.js').Refusal | null}
   */
  edit(edit) {
    const refusal = this.doing.edit(edit);
    this.message.hidden = refusal === null;
    if (refusal) {
      this.message.replaceChildren(el('strong', {}, `${this.page.word('refused')}: `), this.page.told(refusal.message));
      // The controls show again what is.
      if (refusal.findings.length === 0) this.draw();
    }
    return refusal;
  }

  draw() {
    const machine = this.page.machine();
    if (!machine || this.box.hidden) return;
    const { word } = this.page;
    const netns = this.netns.value;
    const count = machine.remarks().length;
    this.tabs.replaceChildren(...TABS.map((tab) => {
      const on = tab === this.tab;
      const button = el('button', { type: 'button', class: 'tab', role: 'tab', id: `change-tab-${tab}`, 'aria-selected': String(on), 'aria-controls': 'change-body', tabindex: on ? 0 : -1 },
        isText(tab) ? tab : word(tab), tab === 'remarks' && count > 0 && el('span', { class: 'count' }, String(count)));
      button.addEventListener('click', () => this.choose(tab));
      return button;
    }));
    this.body.setAttribute('aria-labelledby', `change-tab-${this.tab}`);
    this.netns.hidden = this.tab === 'hosts' || this.tab === 'remarks';
    this.drawHistory();
    const { tab } = this;
    if (isText(tab)) {
      this.editing.open(this.body, netns, tab);
      return;
    }
    this.editing.close();
    const { scrollTop } = this.body;
    // Whoever holds the focus gets it back when all is drawn anew.
    const holder = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset['key'];
    const edit = (/** @type {Edit} */ change) => this.edit(change);
    const views = tab === 'hosts' ? hosts(machine, word, edit) : tab === 'remarks' ? remarks(machine, word, this.page.told) : switches(machine, netns, word, edit);
    this.body.replaceChildren(...views);
    this.body.scrollTop = scrollTop;
    if (holder) {
      const again = [...this.body.querySelectorAll('[data-key]')].find((found) => /** @type {HTMLElement} */ (found).dataset['key'] === holder);
      /** @type {HTMLElement | undefined} */ (again)?.focus();
    }
  }

  drawHistory() {
    const { word } = this.page;
    const history = this.page.machine()?.history(this.page.lang());
    if (!history) return;
    for (const [button, what, none, name] of /** @type {const} */ ([
      [this.undo, history.undo, 'nothingToUndo', 'undo'],
      [this.redo, history.redo, 'nothingToRedo', 'redo'],
    ])) {
      const label = what === null ? word(none) : `${word(name)}: ${what}`;
      // A button that holds the focus must not vanish from under it.
      button.setAttribute('aria-disabled', String(what === null));
      button.setAttribute('aria-label', label);
      button.title = label;
    }
    const list = byId('change-history');
    say(byId('change-count'), String(history.done.length));
    if (history.done.length === 0) {
      list.replaceChildren(el('p', { class: 'quiet' }, word('nothingChanged')));
      return;
    }
    const all = el('button', { type: 'button', class: 'button small', 'data-key': 'undo-all' },
      svg('svg', { class: 'icon', viewBox: '0 0 16 16', 'aria-hidden': 'true' }, svg('path', { class: 'line', d: 'M5.500 3L2.500 6l3 3M2.500 6h7a4 4 0 0 1 0 8H6' })),
      word('undoAll'));
    all.addEventListener('click', () => this.doing.undoAll());
    list.replaceChildren(el('ol', { class: 'history mono' }, ...history.done.map((what) => el('li', {}, what))), all);
  }
}
