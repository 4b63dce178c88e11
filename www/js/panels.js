// Panels: one large at a time, two in one place, borders that can be moved.

import { byId, el, svg } from './dom.js';

/** @typedef {import('./text.js').Word} Word */

/** How far a key moves a border, in pixels. */
const NUDGE = 24;

export class Panels {
  /** @param {(word: Word) => string} word */
  constructor(word) {
    this.word = word;
    this.page = byId('main');
    /** The panel that has all the room; empty for none. */
    this.large = '';
    for (const panel of this.page.querySelectorAll('.panel')) {
      const name = /** @type {HTMLElement} */ (panel).dataset['panel'] ?? '';
      const button = el('button', { type: 'button', class: 'button tiny enlarge', 'aria-pressed': 'false', 'data-enlarge': name, 'data-label': 'enlarge', 'data-title': 'enlarge', 'aria-label': word('enlarge'), title: word('enlarge') },
        svg('svg', { class: 'icon', viewBox: '0 0 16 16', 'aria-hidden': 'true' },
          svg('path', { d: 'M9.500 2.500h4v4M13.500 2.500L9 7M6.500 13.500h-4v-4M2.500 13.500L7 9' })));
      button.addEventListener('click', () => this.enlarge(this.large === name ? '' : name));
      panel.querySelector('.panel-tools')?.append(button);
    }
    for (const border of this.page.querySelectorAll('.border')) this.border(/** @type {HTMLElement} */ (border));
  }

  /** Gives a panel all the room, or takes it back. @param {string} name */
  enlarge(name) {
    this.large = name;
    if (name) this.page.dataset['large'] = name;
    else delete this.page.dataset['large'];
    for (const button of this.page.querySelectorAll('[data-enlarge]')) {
      button.setAttribute('aria-pressed', String(button.getAttribute('data-enlarge') === name));
    }
  }

  /** The panel that has the focus, or is under no focus at all: the stage. */
  focused() {
    const panel = /** @type {HTMLElement | null | undefined} */ (document.activeElement?.closest('.panel'));
    return panel?.dataset['panel'] ?? 'stage';
  }

  /**
   * A border between panels: dragged, or moved by keys.
   * @param {HTMLElement} border
   */
  border(border) {
    const name = border.dataset['border'] ?? '';
    const upright = border.getAttribute('aria-orientation') === 'vertical';
    const share = () => {
      const box = this.page.getBoundingClientRect();
      const at = border.getBoundingClientRect();
      return upright ? (at.left + at.width / 2 - box.left) / box.width : (at.top + at.height / 2 - box.top) / box.height;
    };
    const write = (/** @type {number} */ value) => {
      const kept = Math.min(Math.max(value, 0.15), 0.85);
      // The style of one element, set by script, is not inline style to a policy.
      this.page.style.setProperty(`--share-${name}`, `${(kept * 100).toFixed(2)}%`);
      border.setAttribute('aria-valuenow', String(Math.round(kept * 100)));
    };
    const size = () => (upright ? this.page.clientWidth : this.page.clientHeight);
    border.addEventListener('pointerdown', (event) => {
      border.setPointerCapture(event.pointerId);
      event.preventDefault();
      border.focus();
    });
    border.addEventListener('pointermove', (event) => {
      if (!border.hasPointerCapture(event.pointerId)) return;
      const box = this.page.getBoundingClientRect();
      write(upright ? (event.clientX - box.left) / box.width : (event.clientY - box.top) / box.height);
    });
    border.addEventListener('dblclick', () => {
      this.page.style.removeProperty(`--share-${name}`);
    });
    border.addEventListener('keydown', (event) => {
      const [less, more] = upright ? ['ArrowLeft', 'ArrowRight'] : ['ArrowUp', 'ArrowDown'];
      const by = event.key === less ? -NUDGE : event.key === more ? NUDGE : 0;
      if (by === 0) return;
      event.preventDefault();
      event.stopPropagation();
      write(share() + by / size());
    });
    // Measured when all is laid out.
    requestAnimationFrame(() => border.setAttribute('aria-valuenow', String(Math.round(share() * 100))));
  }
}

/**
 * Two or more views in one place, one on show.
 * @param {HTMLElement} list with buttons whose aria-controls name the views
 * @param {(view: string) => void} changed
 * @param {import('./dom.js').Root} [root] where the views are
 */
export function tabs(list, changed, root = document) {
  const all = /** @type {HTMLElement[]} */ ([...list.querySelectorAll('[role="tab"]')]);
  const show = (/** @type {HTMLElement} */ tab) => {
    for (const other of all) {
      const on = other === tab;
      other.setAttribute('aria-selected', String(on));
      other.tabIndex = on ? 0 : -1;
      const view = byId(other.getAttribute('aria-controls') ?? '', root);
      view.hidden = !on;
    }
    changed(tab.getAttribute('aria-controls') ?? '');
  };
  list.addEventListener('click', (event) => {
    const tab = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest('[role="tab"]'));
    if (tab) show(tab);
  });
  list.addEventListener('keydown', (event) => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const at = all.indexOf(/** @type {HTMLElement} */ (event.target));
    const next = all[(at + by + all.length) % all.length];
    if (by === 0 || at < 0 || !next) return;
    event.preventDefault();
    event.stopPropagation();
    show(next);
    next.focus();
  });
  return {
    /** @param {string} view */
    show: (view) => {
      const tab = all.find((tab) => tab.getAttribute('aria-controls') === view);
      if (tab) show(tab);
    },
    next: () => {
      const at = all.findIndex((tab) => tab.getAttribute('aria-selected') === 'true');
      const tab = all[(at + 1) % all.length];
      if (tab) show(tab);
    },
  };
}
