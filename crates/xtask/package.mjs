// Makes the npm package: node package.mjs SITE OUT
// SITE is a built site, OUT the folder of the package; beside it comes what
// `npm pack` makes of it.

import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const [, , site, out] = process.argv;
if (!site || !out) throw new Error('node package.mjs SITE OUT');

/** A value of the workspace's `Cargo.toml`. @param {string} name */
function workspace(name) {
  const value = new RegExp(`^${name} = "([^"]+)"$`, 'm').exec(readFileSync(join(root, 'Cargo.toml'), 'utf8'))?.[1];
  if (!value) throw new Error(`Cargo.toml has no ${name}`);
  return value;
}

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
execFileSync(process.execPath, [join(root, 'crates/xtask/embed.mjs'), join(site, 'pkg/packetwalk_bg.wasm'), resolve(out), 'module'], { stdio: 'inherit' });
copyFileSync(join(site, 'embed/packetwalk.js'), join(out, 'packetwalk.iife.js'));
cpSync(join(site, 'embed/posters'), join(out, 'posters'), { recursive: true });
for (const name of ['packetwalk.js', 'packetwalk.d.ts', 'element.d.ts', 'README.md']) copyFileSync(join(root, 'www/embed/package', name), join(out, name));
for (const name of ['LICENSE-MIT', 'LICENSE-APACHE']) copyFileSync(join(root, name), join(out, name));
execFileSync(process.execPath, [join(root, 'crates/xtask/licences.mjs'), join(out, 'THIRD-PARTY.txt'), 'crates'], { stdio: 'inherit' });

writeFileSync(join(out, 'package.json'), `${JSON.stringify({
  name: 'packetwalk',
  version: workspace('version'),
  description: 'A packet’s way through a Linux machine that runs Docker, as an element for your page',
  keywords: ['iptables', 'netfilter', 'docker', 'network', 'simulator', 'visualization', 'custom-element', 'web-component', 'wasm', 'teaching'],
  license: workspace('license'),
  repository: { type: 'git', url: `git+${workspace('repository')}.git` },
  type: 'module',
  exports: {
    '.': { types: './packetwalk.d.ts', default: './packetwalk.js' },
    './element': { types: './element.d.ts', default: './element.js' },
    './iife': './packetwalk.iife.js',
    './posters/*': './posters/*',
    './package.json': './package.json',
  },
  main: './packetwalk.js',
  types: './packetwalk.d.ts',
  unpkg: './packetwalk.iife.js',
  jsdelivr: './packetwalk.iife.js',
  sideEffects: ['./packetwalk.js', './packetwalk.iife.js'],
  files: ['*.js', '*.d.ts', 'posters/*.svg', 'LICENSE-*', 'THIRD-PARTY.txt'],
}, null, 2)}\n`);

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const said = execFileSync(npm, ['pack', '--json', '--pack-destination', '..'], { cwd: out, encoding: 'utf8' });
const [packed] = JSON.parse(said);
writeFileSync(join(out, '../packed.json'), said);
console.log(`${packed.filename}: ${packed.size} bytes, ${packed.files.length} files`);
