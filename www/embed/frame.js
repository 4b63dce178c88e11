// The page for an iframe: an element whose options are the parameters, and the
// height of it told to the page around.

import { OPTIONS, property } from './options.js';

/** What the page around is told; `resize.js` there listens. */
const MESSAGE = 'packetwalk-height';

const asked = new URLSearchParams(location.search);
/** @type {Record<string, string | true>} */
const options = { preload: 'eager' };
for (const name of Object.keys(OPTIONS)) {
  const value = asked.get(name);
  if (value !== null) options[property(name)] = value === '' ? true : value;
}
const rules = asked.get('rules');
if (rules !== null) options['content'] = rules;

/** @type {{ create: (options: object, parent: Element) => HTMLElement }} */
const api = /** @type {any} */ (globalThis).PacketWalk;
const made = api.create(options, document.body);

/** A height is no secret, so whoever frames this page may hear it. */
function tell() {
  parent.postMessage({ type: MESSAGE, height: Math.ceil(made.getBoundingClientRect().height) }, '*');
}

if (parent !== globalThis.window) {
  new ResizeObserver(tell).observe(made);
  tell();
}
