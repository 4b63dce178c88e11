// The npm package as `cargo xtask package` made it: what is in it, and that its
// declarations say what the element has.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { OPTIONS, property } from '../../www/embed/options.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const folder = join(root, 'target/npm/packetwalk');
const [packed] = JSON.parse(readFileSync(join(root, 'target/npm/packed.json'), 'utf8'));
const about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
/** @type {string[]} */
const files = packed.files.map((/** @type {{ path: string }} */ { path }) => path);

test('everything that is needed is in it, and nothing else', () => {
  const needed = ['LICENSE-APACHE', 'LICENSE-MIT', 'README.md', 'THIRD-PARTY.txt', 'element.d.ts', 'element.js', 'package.json', 'packetwalk.d.ts', 'packetwalk.iife.js', 'packetwalk.js'];
  assert.deepEqual(files.filter((path) => !path.startsWith('posters/')).sort(), needed);
  const posters = files.filter((path) => path.startsWith('posters/'));
  assert.ok(posters.length > 15);
  for (const path of posters) {
    assert.match(path, /^posters\/[a-z0-9-]+\.(en|zh)\.svg$/);
    assert.ok(files.includes(path.replace(/\.(en|zh)\.svg$/, (_, lang) => (lang === 'en' ? '.zh.svg' : '.en.svg'))), `${path} in the other language`);
  }
});

test('what package.json names is there', () => {
  for (const path of [about.main, about.types, about.unpkg, about.jsdelivr, about.exports['.'].types, about.exports['./element'].default, about.exports['./iife'], ...about.sideEffects]) {
    assert.ok(files.includes(path.replace('./', '')), path);
  }
  assert.equal(about.license, 'MIT OR Apache-2.0');
  assert.equal(about.dependencies, undefined);
});

test('imported where there is no page, it does nothing', async () => {
  const { create, define } = await import(join(folder, 'packetwalk.js'));
  assert.equal(typeof create, 'function');
  define();
});

test('the declarations have every option, method and event of the element', () => {
  const declared = readFileSync(join(folder, 'element.d.ts'), 'utf8');
  const options = /interface Options \{([^]*?)\n\}/.exec(declared)?.[1] ?? '';
  const names = [...options.matchAll(/^ {2}(\w+)\?:/gm)].map(([, name]) => name);
  assert.deepEqual(names.sort(), Object.keys(OPTIONS).map(property).sort());
  for (const { words, kind } of Object.values(OPTIONS)) if (kind === 'choice') for (const word of words ?? []) assert.ok(options.includes(`'${word}'`), word);
  const element = readFileSync(join(root, 'www/embed/element.js'), 'utf8');
  const members = /interface PacketWalkElement[^]*?\n\}/.exec(declared)?.[0] ?? '';
  for (const [, name = ''] of element.matchAll(/^ {4}(?:async |get )?([a-z]\w*)\([^)]*\) \{$/gm)) {
    if (/Callback$/.test(name)) continue;
    assert.match(members, new RegExp(`\\b${name}[:(]`), name);
  }
  const events = /interface PacketWalkEvents \{([^]*?)\n\}/.exec(declared)?.[1] ?? '';
  for (const [, name = ''] of element.matchAll(/#tell\('(\w+)'/g)) assert.match(events, new RegExp(`\\b${name}:`), name);
});

test('what others wrote of it is told', () => {
  const text = readFileSync(join(folder, 'THIRD-PARTY.txt'), 'utf8');
  assert.ok(text.includes('wasm-bindgen'));
  assert.ok(!text.includes('@codemirror'), 'the editor is not in it');
  assert.ok(existsSync(join(folder, 'LICENSE-MIT')));
});
