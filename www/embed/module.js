// The element for those who bundle: nothing happens before `define` is called,
// so that it may be imported where there is no page.

import packed from 'packetwalk:module';
import { unpack } from '../js/assets.js';
import { joined } from '../js/joined.js';
import { define as make } from './element.js';
import { NAME, create as put } from './install.js';

/** Registers `<packet-walk>`, unless it is known already or there is no page. */
export function define() {
  const page = globalThis.customElements;
  if (!page || page.get(NAME)) return;
  page.define(NAME, make({ bytes: () => unpack(packed).then(joined), base: document.baseURI }));
}

/**
 * Makes an element with these options and puts it into `parent`.
 * @param {Record<string, unknown>} [options]
 * @param {Element | null} [parent]
 */
export function create(options = {}, parent = null) {
  define();
  return put(options, parent);
}
