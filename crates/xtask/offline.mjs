// The whole page as one file that opens from a disk: node offline.mjs DIST OUT
// DIST is the page as a folder, with its module optimised.

import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { build } from 'esbuild';

import { packed, packedModule } from './packed.mjs';

const [, , dist, out] = process.argv;
if (!dist || !out) throw new Error('node offline.mjs DIST OUT');

/** What the page asks for by `assets.js`. */
const FILES = ['pkg/lessons.json', 'scenarios/article-2017.snapshot.txt', 'collect.sh'];

const held = Object.fromEntries(FILES.map((path) => [path, packed(readFileSync(join(dist, path)))]));
held['pkg/packetwalk_bg.wasm'] = packedModule(new Uint8Array(readFileSync(join(dist, 'pkg/packetwalk_bg.wasm'))));

/** @type {import('esbuild').BuildOptions} */
const script = {
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2022',
  charset: 'utf8',
  legalComments: 'none',
  define: { 'import.meta.url': '"file:"' },
  logLevel: 'warning',
};

/** @param {import('esbuild').BuildOptions} options */
const bundled = async (options) => (await build({ ...script, ...options, write: false })).outputFiles?.[0]?.text ?? '';

// Only who edits needs the editor: it is packed, and run as a script then.
const editor = await bundled({ entryPoints: [join(dist, 'pkg/editor.js')], globalName: 'PACKETWALK_EDITOR' });
held['pkg/editor.js'] = packed(editor);

/** A script's text must not end the element that it stands in. @param {string} text */
const safe = (text) => text.replace(/<\/script/gi, '<\\/script').replace(/<!--/g, '<\\!--');

let page = readFileSync(join(dist, 'index.html'), 'utf8');
const sheets = [...page.matchAll(/<link rel="stylesheet" href="([^"]+)">/g)].map(([, path]) => path ?? '');
const styles = await build({
  stdin: { contents: sheets.map((path) => `@import "./${path}";`).join('\n'), resolveDir: dist, loader: 'css' },
  bundle: true,
  minify: true,
  target: 'es2022',
  write: false,
  logLevel: 'warning',
});
const style = styles.outputFiles[0]?.text ?? '';
const early = safe(readFileSync(join(dist, 'js/early.js'), 'utf8'));
const files = `globalThis.PACKETWALK_FILES=${JSON.stringify(held)}`;
const main = safe(await bundled({ entryPoints: [join(dist, 'js/main.js')], external: ['*/pkg/editor.js'] }));
const icon = readFileSync(join(dist, 'icon.svg')).toString('base64');

/** @param {string} text */
const hash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const policy = [
  "default-src 'none'",
  `script-src ${[early, files, main, editor].map(hash).join(' ')} 'wasm-unsafe-eval'`,
  `style-src ${hash(style)}`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

// Replacements are functions: a text may hold what a pattern would expand.
page = page
  .replace(/\s*<!-- Pages beside[^>]*-->\s*<nav class="beside"[^]*?<\/nav>/, '')
  .replace(/<script\b[^>]*><\/script>\s*|<link rel="(?:stylesheet|preload|modulepreload|manifest|icon)"[^>]*>\s*/g, '')
  .replace(/content="default-src[^"]*"/, () => `content="${policy}"`)
  .replace('</head>', () => `<link rel="icon" href="data:image/svg+xml;base64,${icon}">\n<style>${style}</style>\n<script>${early}</script>\n</head>`)
  .replace('</body>', () => `<script>${files}</script>\n<script>${main}</script>\n</body>`);
writeFileSync(out, page);
