// What scripts and pages hold: by gzip, as base64.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';

import { joined } from '../../www/js/joined.js';

/** The module as `src/sorted.rs` packed it last. */
const SORTED = join(dirname(fileURLToPath(import.meta.url)), '../../target/packetwalk.sorted.gz');

/** @param {string | Buffer} content */
export function packed(content) {
  return gzipSync(content, { level: 9 }).toString('base64');
}

/**
 * A module: sorted, if what was sorted last becomes this one again.
 * @param {string} file
 */
export function packedModule(file) {
  const module = readFileSync(file);
  if (!existsSync(SORTED)) return packed(module);
  const sorted = readFileSync(SORTED);
  const again = joined(new Uint8Array(gunzipSync(sorted)).buffer);
  return module.equals(new Uint8Array(again)) ? sorted.toString('base64') : packed(module);
}
