// The simulator, loaded once for all elements of a page.

import init, { texts } from '../pkg/packetwalk.js';

/** `base`: where posters lie beside. @typedef {{ bytes: () => Promise<BufferSource>, base: string }} Source */

/** The smallest module there is: a header and nothing else. */
const EMPTY = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);

/** @type {Promise<Record<string, Record<string, string>>> | null} */
let loading = null;

/** Why the simulator cannot run here, as a key of the embed's words. */
export class Unable extends Error {
  /** @param {'noWasm' | 'csp' | 'tooOld' | 'notLoaded'} why @param {string} [detail] */
  constructor(why, detail = '') {
    super(detail || why);
    this.why = why;
  }
}

/**
 * Can WebAssembly run here? A policy that forbids it shows only when a module
 * is compiled, and then says little.
 */
export function probe() {
  if (typeof WebAssembly !== 'object') throw new Unable('noWasm');
  try {
    new WebAssembly.Module(EMPTY);
  } catch (error) {
    throw new Unable('csp', error instanceof Error ? error.message : '');
  }
  if (typeof DecompressionStream !== 'function') throw new Unable('tooOld', 'DecompressionStream');
}

/**
 * Loads the simulator, if nobody has; gives its names of stations and states.
 * @param {Source} source
 */
export function load(source) {
  loading ??= start(source).catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

/** @param {Source} source */
async function start(source) {
  probe();
  let bytes;
  try {
    bytes = await source.bytes();
  } catch (error) {
    throw new Unable('notLoaded', error instanceof Error ? error.message : String(error));
  }
  // Chromium instantiates large modules only in the background.
  await init({ module_or_path: await WebAssembly.compile(bytes) });
  return { en: texts('en'), zh: texts('zh') };
}
