// What scripts and pages hold: by LZMA, as base64. What was built in haste, or
// without `cargo xtask`, which packs, is packed by gzip: pages unpack both.

import { execFileSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';

import { joined } from '../../www/js/joined.js';
import { unlzma } from '../../www/js/lzma.js';

const xtask = process.env['PACKETWALK_XTASK'];

/** @param {string} program @param {string | Uint8Array} content @param {string[]} options */
function lzma(program, content, ...options) {
  return execFileSync(program, ['lzma', ...options], { input: content, maxBuffer: Infinity });
}

/** @param {string | Uint8Array} content */
export function packed(content) {
  const bytes = xtask ? lzma(xtask, content) : gzipSync(content, { level: 9 });
  return bytes.toString('base64');
}

/**
 * Is it a module that ships? Others have the names of their functions.
 * @param {Uint8Array<ArrayBuffer>} module
 */
export function ships(module) {
  return WebAssembly.Module.customSections(new WebAssembly.Module(module), 'name').length === 0;
}

/** @param {Uint8Array<ArrayBuffer>} module */
export function packedModule(module) {
  if (!xtask || !ships(module)) return gzipSync(module, { level: 9 }).toString('base64');
  const sorted = lzma(xtask, module, '--module');
  const again = new Uint8Array(joined(unlzma(sorted).buffer));
  if (Buffer.compare(module, again) !== 0) throw new Error('the module does not come out as it went in');
  return sorted.toString('base64');
}
