// Registers the element, and puts one where a script's own data asks for it.

import { OPTIONS, property, write } from './options.js';

/** The element's name. */
export const NAME = 'packet-walk';

/**
 * Registers the element unless it is known already, and gives what a page's
 * own scripts use: `PacketWalk.create(options, element)`.
 * @param {CustomElementConstructor} element
 * @param {HTMLOrSVGScriptElement | null} script the one that is running
 */
export function install(element, script) {
  if (!customElements.get(NAME)) customElements.define(NAME, element);
  const api = { create };
  /** @type {Record<string, unknown>} */
  const page = /** @type {any} */ (globalThis);
  page['PacketWalk'] ??= api;
  if (script instanceof HTMLScriptElement) fromScript(script);
  return api;
}

/**
 * Makes an element with these options and puts it into `parent`.
 * @param {Record<string, unknown>} [options]
 * @param {Element | null} [parent]
 * @returns {HTMLElement}
 */
export function create(options = {}, parent = null) {
  const made = document.createElement(NAME);
  write(made, options);
  if (typeof options['content'] === 'string') made.textContent = options['content'];
  parent?.append(made);
  return made;
}

/** `<script async src=… data-scenario=…>` is an element behind itself. @param {HTMLScriptElement} script */
function fromScript(script) {
  const { dataset } = script;
  const asked = Object.keys(OPTIONS).filter((name) => dataset[property(name)] !== undefined);
  if (asked.length === 0) return;
  const made = create(Object.fromEntries(asked.map((name) => [property(name), dataset[property(name)] === '' ? true : dataset[property(name)]])));
  script.after(made);
}
