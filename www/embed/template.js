// What an element is made of. The parts are those of the page itself.

import page from '../index.html';
import controls from '../css/controls.css';
import ladder from '../css/ladder.css';
import layout from '../css/layout.css';
import lesson from '../css/lesson.css';
import panels from '../css/panels.css';
import stage from '../css/stage.css';
import tokens from '../css/tokens.css';
import way from '../css/way.css';
import own from './embed.css';
import { el } from '../js/dom.js';
import { Unable } from './engine.js';

/** Views that stand in the page's markup, and the part that each is. */
const PARTS = /** @type {const} */ ({ stage: '.panel.stage', way: '.panel.way', packet: '.panel.packet', rules: '.panel.rules', log: '.panel.log' });

/** @type {CSSStyleSheet | null} */
let sheet = null;

/** The styles, made once for all elements. */
export function styles() {
  if (!sheet) {
    if (!('adoptedStyleSheets' in document)) throw new Unable('tooOld', 'adoptedStyleSheets');
    sheet = new CSSStyleSheet();
    sheet.replaceSync([tokens, layout, controls, stage, way, ladder, panels, lesson, own].join('\n'));
  }
  return sheet;
}

/** @type {Document | null} */
let parts = null;

/** The page's own markup, which is ours and holds nothing of an author's. */
function markup() {
  if (!parts) {
    /** @type {{ createPolicy?: (name: string, rules: object) => { createHTML: (text: string) => string } } | undefined} */
    const types = /** @type {any} */ (globalThis).trustedTypes;
    const policy = types?.createPolicy?.('packetwalk', { createHTML: (/** @type {string} */ text) => text });
    parts = new DOMParser().parseFromString(policy ? policy.createHTML(page) : page, 'text/html');
  }
  return parts;
}

/**
 * Makes the inside of an element: the views asked for in their order, and the
 * controls. Parts that are not shown are there and hidden, so that whoever
 * draws finds its place.
 * @param {import('./options.js').Options} options
 * @returns {HTMLElement}
 */
export function build(options) {
  const source = markup();
  const take = (/** @type {string} */ selector) => {
    const part = source.querySelector(selector);
    if (!part) throw new Error(`index.html has no ${selector}`);
    return /** @type {HTMLElement} */ (document.importNode(part, true));
  };
  const box = el('div', { class: 'embed', 'data-controls': options.controls, 'data-fit': options.fit });
  const shown = options.views.map((view) => (view === 'ladder' ? 'stage' : view)).filter((view, at, all) => all.indexOf(view) === at);
  const order = [...shown, ...Object.keys(PARTS).filter((view) => !shown.includes(view))];
  for (const view of order) {
    const part = take(PARTS[/** @type {keyof typeof PARTS} */ (view)]);
    part.hidden = !shown.includes(view);
    part.dataset['view'] = view;
    // What the page has for itself alone.
    for (const extra of part.querySelectorAll('.border, #log-save, #only')) (extra.closest('label') ?? extra).remove();
    box.append(part);
  }
  const transport = take('.transport');
  const last = box.querySelector(`[data-view="way"]:not([hidden]), [data-view="stage"]:not([hidden])`);
  if (last) {
    const pictures = [...box.children].filter((part) => /^(stage|way)$/.test(/** @type {HTMLElement} */ (part).dataset['view'] ?? '') && !/** @type {HTMLElement} */ (part).hidden);
    pictures[pictures.length - 1]?.after(transport);
  } else {
    box.prepend(transport);
  }
  if (options.lesson) {
    const pane = take('.panel.lesson');
    pane.querySelector('#lesson-close')?.remove();
    box.classList.add('in-lesson');
    box.prepend(pane);
  }
  box.style.setProperty('--pictures', String(shown.filter((view) => view === 'stage' || view === 'way').length || 1));
  box.style.setProperty('--details', String(shown.filter((view) => view !== 'stage' && view !== 'way').length || 1));
  return box;
}
