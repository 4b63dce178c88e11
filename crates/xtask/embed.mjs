// Bundles what goes into other people's pages: node embed.mjs MODULE.wasm FOLDER [module]
// MODULE is the simulator; FOLDER gets the script, the frame and its helper, or,
// with `module`, the element as an ES module.

import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

import { onlyCalled } from './called.mjs';
import { packed as pack, packedModule } from './packed.mjs';

const www = join(dirname(fileURLToPath(import.meta.url)), '../../www');

const [, , module, folder, kind] = process.argv;
if (!module || !folder) throw new Error('node embed.mjs MODULE.wasm FOLDER');
mkdirSync(folder, { recursive: true });

/** The lessons, without what was claimed of them: that was checked before. */
function lessons() {
  const bundle = JSON.parse(readFileSync(join(dirname(module ?? ''), 'lessons.json'), 'utf8'));
  for (const [name, text] of Object.entries(bundle.lessons)) bundle.lessons[name] = text.replace(/^claim: .*\n/gm, '');
  return JSON.stringify(bundle);
}

/** What goes in compressed, under the names by which it is imported. @type {Map<string, () => Promise<string>>} */
const PACKED = new Map([
  ['module', async () => packedModule(await onlyCalled(new Uint8Array(readFileSync(module)), await calling()))],
  ['lessons', async () => pack(lessons())],
]);

/** @type {import('esbuild').Plugin} */
const packed = {
  name: 'packed',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^packetwalk:/ }, ({ path }) => ({ path: path.slice('packetwalk:'.length), namespace: 'packed' }));
    onLoad({ filter: /.*/, namespace: 'packed' }, async ({ path }) => {
      const read = PACKED.get(path);
      if (!read) throw new Error(`nothing is packed as ${path}`);
      return { contents: await read(), loader: 'text' };
    });
  },
};

/** What binds the module lies beside it, and fits no other. @type {import('esbuild').Plugin} */
const bound = {
  name: 'bound',
  setup({ onResolve }) {
    onResolve({ filter: /\/pkg\/packetwalk\.js$/ }, () => ({ path: resolve(dirname(module), 'packetwalk.js') }));
  },
};

/** Styles and markup go in as text, without what only people read. */
/** @type {import('esbuild').Plugin} */
const trimmed = {
  name: 'trimmed',
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const result = await build({ entryPoints: [path], minify: true, write: false, logLevel: 'silent', target: 'es2022' });
      return { contents: result.outputFiles[0]?.text ?? '', loader: 'text' };
    });
    onLoad({ filter: /index\.html$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(/\s+/g, ' ').replace(/<script.*?<\/script>|<link[^>]*>|<!--.*?-->/g, ''),
      loader: 'text',
    }));
  },
};

/** What the script and the module have in common. @type {import('esbuild').BuildOptions} */
const element = {
  bundle: true,
  minify: true,
  target: 'es2022',
  // Not every page around is in UTF-8.
  charset: 'ascii',
  legalComments: 'none',
  // The simulator is handed over, so nobody asks where this script lies.
  define: { 'import.meta.url': '""' },
  plugins: [bound, packed, trimmed],
  logLevel: 'warning',
};

/** The script without the binding and what is packed: what it calls shows there. */
async function calling() {
  const outside = ['*/pkg/packetwalk.js', 'packetwalk:*'];
  const made = await build({ ...element, entryPoints: [join(www, 'embed/index.js')], format: 'esm', write: false, external: outside, plugins: [trimmed] });
  return made.outputFiles[0]?.text ?? '';
}

if (kind === 'module') {
  await build({ ...element, entryPoints: [join(www, 'embed/module.js')], outfile: join(folder, 'element.js'), format: 'esm' });
} else {
  await build({ ...element, entryPoints: [join(www, 'embed/index.js')], outfile: join(folder, 'packetwalk.js'), format: 'iife' });
  await frame();
}

/** A page for an iframe, and what sets the height of one. */
async function frame() {
  await build({
    entryPoints: [join(www, 'embed/frame.js'), join(www, 'embed/resize.js')],
    outdir: folder,
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    logLevel: 'warning',
  });
  for (const name of ['frame.html', 'frame.css']) copyFileSync(join(www, 'embed', name), join(folder ?? '', name));
}
