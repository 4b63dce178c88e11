// Every recorded case, run by the wasm module and by the native program: both
// must say the same, byte for byte, in every format. What the native program
// says is held against the real kernel's words by the Rust tests, so a case
// that is a known failure there is none more here.
//
// node tests/wasm/corpus.mjs PACKETWALK [PART OF A CASE'S NAME]

import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { initSync, trace } from '../../www/pkg/packetwalk.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const corpus = join(root, 'tests/corpus');
const [native, part = ''] = process.argv.slice(2);
if (!native) throw new Error('node tests/wasm/corpus.mjs PACKETWALK [PART]');

initSync({ module: readFileSync(join(root, 'www/pkg/packetwalk_bg.wasm')) });

/** @type {{ format: string, traceAll: boolean, seen: boolean }[]} */
const WAYS = [
  { format: 'kernel', traceAll: false, seen: false },
  { format: 'result', traceAll: false, seen: true },
  { format: 'json', traceAll: true, seen: false },
];

/** Folders that hold a case. @param {string} folder @returns {string[]} */
function cases(folder) {
  const entries = readdirSync(folder, { withFileTypes: true });
  if (entries.some((entry) => entry.name === 'flows.txt')) return [folder];
  return entries.filter((entry) => entry.isDirectory()).flatMap((entry) => cases(join(folder, entry.name)));
}

/** @param {string} folder @param {typeof WAYS[number]} way @returns {string} */
function inWasm(folder, way) {
  const text = (/** @type {string} */ name) => readFileSync(join(folder, name), 'utf8');
  return trace(text('snapshot.txt'), text('flows.txt'), way.format, way.traceAll, way.seen);
}

/** @param {string} folder @param {typeof WAYS[number]} way @returns {string} */
function natively(folder, way) {
  const options = ['--flows', join(folder, 'flows.txt'), '--format', way.format];
  if (way.traceAll) options.push('--trace-all');
  if (way.seen) options.push('--seen');
  return execFileSync(/** @type {string} */ (native), ['trace', join(folder, 'snapshot.txt'), ...options], {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
}

/** What both say, or the error in its place. @param {() => string} run @returns {string} */
function said(run) {
  try {
    return run();
  } catch (error) {
    return `failed: ${error instanceof Error ? error.message : JSON.stringify(error)}`;
  }
}

/** Where two texts part. @param {string} a @param {string} b */
function parting(a, b) {
  const [left, right] = [a.split('\n'), b.split('\n')];
  const at = left.findIndex((line, index) => line !== right[index]);
  const line = at < 0 ? left.length : at;
  const [one, other] = [left[line] ?? '(end)', right[line] ?? '(end)'];
  // A line of JSON is long: show it from shortly before the place.
  const column = [...one].findIndex((letter, index) => letter !== other[index]);
  const from = Math.max(0, (column < 0 ? one.length : column) - 60);
  const part = (/** @type {string} */ text) => text.slice(from, from + 160);
  return `line ${line + 1}, from column ${from + 1}\n  native: ${part(one)}\n  wasm:   ${part(other)}`;
}

const folders = cases(corpus).filter((folder) => folder.includes(part)).sort();
let failed = 0;
for (const folder of folders) {
  for (const way of WAYS) {
    const there = said(() => natively(folder, way));
    const here = said(() => inWasm(folder, way));
    if (there === here && !there.startsWith('failed: ')) continue;
    failed += 1;
    console.error(`${relative(corpus, folder)}, ${way.format}: ${parting(there, here)}`);
  }
}
const asked = folders.length * WAYS.length;
console.log(`${folders.length} cases in ${WAYS.length} formats: ${asked - failed} passed, ${failed} failed`);
if (folders.length === 0) console.error('no recorded case was found below tests/corpus');
process.exit(failed === 0 && folders.length > 0 ? 0 : 1);
