// The page's own files: asked of the server that it came from, or held by the
// page itself, when it is one file that was opened from a disk.

import { unlzma } from './lzma.js';

/**
 * What a page of one file holds, by path: packed, as base64.
 * @type {Record<string, string> | undefined}
 */
const held = /** @type {any} */ (globalThis).PACKETWALK_FILES;

/** How what was packed by gzip begins (RFC 1952, 2.3.1); `.lzma` begins with its settings. */
const GZIP = 0x1f;

/**
 * What was packed by LZMA, or in haste by gzip, and written as base64.
 * @param {string} text
 * @returns {Promise<ArrayBuffer>}
 */
export async function unpack(text) {
  const raw = atob(text);
  // Not by Uint8Array.from, which takes ten times as long.
  const packed = new Uint8Array(raw.length);
  for (let at = 0; at < raw.length; at += 1) packed[at] = raw.charCodeAt(at);
  if (packed[0] !== GZIP) return unlzma(packed).buffer;
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(stream).arrayBuffer();
}

/** A file's text, if the page holds it. @param {string} path */
export async function inside(path) {
  const packed = held?.[path];
  return packed === undefined ? undefined : new TextDecoder().decode(await unpack(packed));
}

/** A file's text. @param {string} path */
export async function text(path) {
  const own = await inside(path);
  if (own !== undefined) return own;
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.text();
}

/**
 * What the simulator's module is loaded from: its bytes, if the page holds
 * them, else wherever its script comes from.
 * @returns {{ module_or_path: Promise<ArrayBuffer> } | undefined}
 */
export function module() {
  const packed = held?.['pkg/packetwalk_bg.wasm'];
  return packed === undefined ? undefined : { module_or_path: unpackModule(packed) };
}

/** @param {string} text */
async function unpackModule(text) {
  const { joined } = await import('./joined.js');
  return joined(await unpack(text));
}
