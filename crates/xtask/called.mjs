// Takes out of the module what a script does not call, and all that is there
// only for that.

import { ships } from './packed.mjs';

/** Classes of the module: their methods are exported as CLASS_METHOD. */
const METHOD = /^(?:lessons|machine|walk)_(\w+)$/;

/** What the binding itself needs. */
const OWN = /^(?:__|memory$|start$)/;

/**
 * The module without what `script` does not call. A method counts as called when
 * anything of its name is. Where the packages for what ships are not installed,
 * it is the module as it was.
 * @param {Uint8Array<ArrayBuffer>} module
 * @param {string} script with all that it imports but the binding, `packetwalk.js`
 */
export async function onlyCalled(module, script) {
  const binaryen = await import('binaryen').then((found) => found.default, () => null);
  if (!binaryen) return module;
  const imports = [...script.matchAll(/\bimport\b([^;]*?)\bfrom\s*"[^"]*\/packetwalk\.js"/g)];
  if (imports.length === 0) throw new Error('the script does not import the binding');
  const names = new Set(imports.flatMap(([, imported = '']) => imported.match(/[\w$]+/g) ?? []));
  const isCalled = (/** @type {string} */ name) => {
    const [, method] = METHOD.exec(name) ?? [];
    return method === undefined ? names.has(name) : new RegExp(`\\.${method}\\(`).test(script);
  };
  const smaller = binaryen.readBinary(module);
  for (const { name } of WebAssembly.Module.exports(new WebAssembly.Module(module))) {
    if (!OWN.test(name) && !isCalled(name)) smaller.removeExport(name);
  }
  // With the names of functions, if it had them.
  binaryen.setDebugInfo(!ships(module));
  smaller.runPasses(['remove-unused-module-elements']);
  return new Uint8Array(smaller.emitBinary());
}
