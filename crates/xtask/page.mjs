// Makes one script and one style sheet of the page in the folder DIST, so that
// nothing waits for a file that names another: node page.mjs DIST

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { build } from 'esbuild';

const [, , dist] = process.argv;
if (!dist) throw new Error('node page.mjs DIST');

const html = join(dist, 'index.html');
const page = readFileSync(html, 'utf8');
const sheets = [...page.matchAll(/<link rel="stylesheet" href="([^"]+)">/g)].map(([, path]) => path ?? '');
const shared = /** @type {const} */ ({ bundle: true, minify: true, target: 'es2022', charset: 'utf8', legalComments: 'none', logLevel: 'warning' });

await build({
  ...shared,
  stdin: { contents: sheets.map((path) => `@import "./${path}";`).join('\n'), resolveDir: dist, loader: 'css' },
  outfile: join(dist, 'pkg/page.css'),
});
await build({
  ...shared,
  entryPoints: [join(dist, 'js/main.js')],
  // Beside the module of the simulator, which it looks for where it is itself.
  outfile: join(dist, 'pkg/page.js'),
  format: 'esm',
  // Loaded later.
  external: ['*/pkg/editor.js'],
});

const early = readFileSync(join(dist, 'js/early.js'), 'utf8');
rmSync(join(dist, 'js'), { recursive: true });
// The pages of the lessons have the names of the colours from there, too.
for (const path of sheets) if (!path.endsWith('/tokens.css')) rmSync(join(dist, path));
writeFileSync(join(dist, 'pkg/early.js'), early);
const rewritten = page
  .replace(/\s*<!-- Everything that is needed at once[^>]*-->/, '')
  .replace(/\s*<link rel="(?:stylesheet|modulepreload)"[^>]*>/g, '')
  .replace('<script src="js/early.js"></script>', '<link rel="stylesheet" href="pkg/page.css">\n  <script src="pkg/early.js"></script>')
  .replace('<script type="module" src="js/main.js"></script>', '<script type="module" src="pkg/page.js"></script>');
if (/"(?:js|css)\//.test(rewritten)) throw new Error('index.html still names a file that is in the bundle');
writeFileSync(html, rewritten);
