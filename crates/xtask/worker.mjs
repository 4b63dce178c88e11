// Makes a built page one that works without a network: node worker.mjs DIST
// Writes `sw.js`, which holds the hash of every file that the page needs, and
// tells the page of it. Comes last: what changes afterwards would be refused.

import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [, , dist] = process.argv;
if (!dist) throw new Error('node worker.mjs DIST');

/** What is not the page's own. */
const APART = /^(embed|lessons|guide)\/|^(packetwalk\.html|sw\.js|LICENSE.*|THIRD-PARTY.*)$|\.d\.ts$/;

const index = join(dist, 'index.html');
writeFileSync(index, readFileSync(index, 'utf8').replace('<title>', () => '<meta name="packetwalk-worker" content="sw.js">\n  <title>'));

const files = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map(({ parentPath, path, name }) => join(parentPath ?? path, name).slice(join(dist, '/').length).replaceAll('\\', '/'))
  .filter((path) => !APART.test(path))
  .sort();
const hashes = Object.fromEntries(files.map((path) => [path, createHash('sha256').update(readFileSync(join(dist, path))).digest('hex')]));
const worker = readFileSync(join(dirname(fileURLToPath(import.meta.url)), 'worker.js'), 'utf8');
writeFileSync(join(dist, 'sw.js'), `const FILES = ${JSON.stringify(hashes, null, 1)};\n${worker}`);
