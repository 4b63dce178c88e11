// Writes the licences of everything that others wrote and that is inside what is
// built: node licences.mjs OUT [crates]
// Crates are those that the wasm module is compiled of, packages those that the
// page's editor is bundled of; with `crates`, of those alone. One without a licence
// fails the build.

import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

const [, , out, only] = process.argv;
if (!out) throw new Error('node licences.mjs OUT [crates]');

/** @typedef {{ name: string, version: string, licence: string, from: string, texts: string[] }} Part */

/** Texts of licences in a folder, without the line ends of others. @param {string} folder */
function texts(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .filter((name) => /^(licen[cs]e|copying|notice|unlicense|copyright)[^.]*(\.(md|txt))?$/i.test(name))
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n').trim());
}

/** Crates that end up in the module: no build scripts, no macros. @returns {Part[]} */
function crates() {
  const metadata = JSON.parse(execFileSync(process.env['CARGO'] ?? 'cargo', ['metadata', '--format-version', '1', '--locked', '--filter-platform', 'wasm32-unknown-unknown'], { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 }));
  const packages = new Map(metadata.packages.map((/** @type {any} */ part) => [part.id, part]));
  const nodes = new Map(metadata.resolve.nodes.map((/** @type {any} */ node) => [node.id, node]));
  const wanted = [...packages.values()].find(({ name }) => name === 'packetwalk-wasm').id;
  const seen = new Set();
  const visit = (/** @type {string} */ id) => {
    const { targets } = packages.get(id);
    if (seen.has(id) || targets.some((/** @type {any} */ target) => target.kind.includes('proc-macro'))) return;
    seen.add(id);
    for (const { pkg, dep_kinds: kinds } of nodes.get(id).deps) {
      if (kinds.some((/** @type {any} */ { kind }) => kind === null)) visit(pkg);
    }
  };
  visit(wanted);
  return [...seen].map((id) => packages.get(id)).filter(({ source }) => source !== null).map((part) => ({
    name: part.name,
    version: part.version,
    licence: part.license ?? '',
    from: part.repository ?? '',
    texts: texts(dirname(part.manifest_path)),
  }));
}

/** Packages that the editor is made of. @returns {Promise<Part[]>} */
async function packages() {
  const made = await build({ entryPoints: [join(root, 'www/editor/editor.js')], bundle: true, format: 'esm', metafile: true, write: false, absWorkingDir: resolve(root) });
  const names = new Set(Object.keys(made.metafile.inputs).map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]).filter((name) => name !== undefined));
  return [...names].map((name) => {
    const folder = join(root, 'node_modules', name);
    const { version, license, repository } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return { name, version, licence: license ?? '', from: repository?.url ?? repository ?? '', texts: texts(folder) };
  });
}

/** The standard library is compiled in, and is no package. @returns {Part} */
function rust() {
  const version = execFileSync('rustc', ['--version'], { encoding: 'utf8' }).split(' ')[1] ?? '';
  return {
    name: 'The Rust standard library',
    version,
    licence: 'MIT OR Apache-2.0',
    from: 'https://github.com/rust-lang/rust',
    // Of its two licences the one whose text names nobody.
    texts: [readFileSync(join(root, 'LICENSE-APACHE'), 'utf8').trim()],
  };
}

const parts = [rust(), ...crates(), ...(only === 'crates' ? [] : await packages())].sort((a, b) => a.name.localeCompare(b.name, 'en'));
const without = parts.filter(({ licence }) => !licence);
if (without.length > 0) throw new Error(`no licence is known of ${without.map(({ name }) => name).join(', ')}`);

/** Each text once, and whose it is. @type {Map<string, string[]>} */
const whose = new Map();
for (const { name, texts } of parts) for (const text of texts) whose.set(text, [...(whose.get(text) ?? []), name]);

const rule = '='.repeat(72);
writeFileSync(out, [
  'Packetwalk is under MIT or Apache 2.0, as you like. Inside it, by others:',
  '',
  ...parts.map(({ name, version, licence, from }) => `${name} ${version}  ${licence}  ${from.replace(/^git\+|\.git$/g, '')}`),
  '',
  ...[...whose].flatMap(([text, names]) => [rule, `Of ${names.join(', ')}:`, '', text, '']),
].join('\n'));
console.log(`${parts.length} parts by others, ${whose.size} texts`);
