// One module of a module and all that it imports: node bundle.mjs FROM TO

import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, relative, resolve } from 'node:path';

const [, , from, to] = process.argv;
const { build } = createRequire(resolve(from))('esbuild');

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
