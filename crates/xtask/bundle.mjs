// One module of a module and all that it imports: node bundle.mjs FROM TO

import { writeFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';

import { build } from 'esbuild';

const [, , from, to] = process.argv;

await build({
  entryPoints: [from],
  outfile: to,
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  legalComments: 'eof',
  logLevel: 'warning',
});

// Checkers of types look at the source, not at the bundle.
const source = relative(dirname(resolve(to)), resolve(from)).replaceAll('\\', '/');
writeFileSync(to.replace(/\.js$/, '.d.ts'), `export * from ${JSON.stringify(source)};\n`);
