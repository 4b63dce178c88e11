// What scripts and pages hold: by LZMA, as base64. Without `cargo xtask`, which
// packs, by gzip: pages unpack both.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

import { joined } from '../../www/js/joined.js';
import { unlzma } from '../../www/js/lzma.js';

/** The module as `src/sorted.rs` packed it last. */
const SORTED = join(dirname(fileURLToPath(import.meta.url)), '../../target/packetwalk.sorted.lzma');

/** @param {string | Buffer} content */
export function packed(content) {
  const xtask = process.env['PACKETWALK_XTASK'];
  const bytes = xtask ? execFileSync(xtask, ['lzma'], { input: content, maxBuffer: Infinity }) : zipped(content);
  return bytes.toString('base64');
}

/** @param {string | Buffer} content */
function zipped(content) {
  return gzipSync(content, { level: 9 });
}

/**
 * A module: sorted, if what was sorted last becomes this one again. Others are
 * built in haste, and packed in haste.
 * @param {string} file
 */
export function packedModule(file) {
  const module = readFileSync(file);
  const sorted = existsSync(SORTED) ? readFileSync(SORTED) : null;
  const same = sorted !== null && module.equals(new Uint8Array(joined(unlzma(sorted).buffer)));
  return (same ? sorted : zipped(module)).toString('base64');
}
