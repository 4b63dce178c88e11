// Builds recipes and opens what comes of them in Chromium:
// node run.mjs SITE PACKAGE OUT [NAME...]
// SITE is a built site, PACKAGE what `npm pack` made, OUT a folder for copies.
// Each folder here is a recipe; its `recipe.json` says how it is built. What
// this machine lacks for one is said, and is no failure.

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { delimiter, dirname, extname, join, normalize, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { chromium } from '@playwright/test';

/**
 * @typedef {object} Recipe
 * @property {string} about
 * @property {string[]} [needs]  programs that a system brings
 * @property {string} [pip]      or else these, by pip, in a place of their own
 * @property {string} [cargo]    or else this, by cargo
 * @property {boolean} [npm]     packages of its lock file, and the npm package
 * @property {string} [embed]    where the script and what belongs to it are put
 * @property {string[][]} [run]  commands that build it
 * @property {string} site       the folder that is then served
 * @property {Record<string, number>} pages  how many walks each page shows
 * @property {boolean} [elsewhere] its pages ask other hosts for things of their own
 */

const here = dirname(fileURLToPath(import.meta.url));
const [, , site, tarball, out, ...only] = process.argv;
if (!site || !tarball || !out) throw new Error('node run.mjs SITE PACKAGE OUT [NAME...]');
const tools = resolve(out, '.tools');

/** What the machine lacks. */
class Lacking extends Error {}

/** @param {string} program @param {string} path */
function find(program, path) {
  return path.split(delimiter).some((folder) => folder && existsSync(join(folder, program)));
}

/** @param {string[]} command @param {string} cwd @param {NodeJS.ProcessEnv} env */
function run(command, cwd, env) {
  const [program = '', ...rest] = command;
  const local = join(cwd, program);
  const done = spawnSync(existsSync(local) ? local : program, rest, { cwd, env, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (done.status !== 0) throw new Error(`${command.join(' ')}: ${done.error?.message ?? ''}\n${done.stdout}${done.stderr}`);
}

/** The folders in which programs are found, with those that were got. @param {Recipe} recipe @param {string} name */
function ready({ needs = [], pip, cargo }, name) {
  const path = process.env['PATH'] ?? '';
  if (needs.every((program) => find(program, path))) return path;
  if (pip && find('python3', path)) {
    const folder = join(tools, name);
    if (!existsSync(join(folder, 'bin/pip'))) run(['python3', '-m', 'venv', folder], here, process.env);
    run([join(folder, 'bin/pip'), 'install', '--quiet', '--disable-pip-version-check', '-r', join(here, name, pip)], here, process.env);
    return `${join(folder, 'bin')}${delimiter}${path}`;
  }
  if (cargo) {
    const folder = join(tools, name);
    run(['cargo', 'install', cargo, '--root', folder, '--quiet', '--no-default-features', '--locked'], here, process.env);
    return `${join(folder, 'bin')}${delimiter}${path}`;
  }
  throw new Lacking(needs.join(', '));
}

/** Builds a recipe; gives the folder to serve. @param {string} name @param {Recipe} recipe */
function build(name, recipe) {
  const folder = resolve(out ?? '', name);
  const env = { ...process.env, PATH: ready(recipe, name) };
  rmSync(folder, { recursive: true, force: true });
  cpSync(join(here, name), folder, { recursive: true });
  if (recipe.embed) cpSync(join(site ?? '', 'embed'), join(folder, recipe.embed), { recursive: true });
  if (recipe.npm) {
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    run([npm, 'ci', '--no-audit', '--no-fund'], folder, env);
    if (!recipe.embed) run([npm, 'install', '--no-save', '--no-audit', '--no-fund', resolve(tarball ?? '')], folder, env);
  }
  for (const command of recipe.run ?? []) run(command, folder, env);
  return join(folder, recipe.site);
}

/** @type {Record<string, string>} */
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.mjs': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json', '.woff2': 'font/woff2' };

/** @param {string} folder */
async function serve(folder) {
  const server = createServer((request, response) => {
    let path = join(folder, normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://host/').pathname)));
    if (path.endsWith('/')) path = join(path, 'index.html');
    if (!existsSync(path)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' }).end(readFileSync(path));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { url: `http://127.0.0.1:${port}/`, end: () => server.close() };
}

/**
 * Opens a page and waits for its walks; says what is wrong.
 * @param {import('@playwright/test').Browser} browser
 * @param {string} url
 * @param {number} count
 * @param {string} picture
 * @param {boolean} elsewhere
 */
async function look(browser, url, count, picture, elsewhere) {
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
  /** @type {string[]} */
  const wrong = [];
  page.on('pageerror', (error) => wrong.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.location().url.endsWith('/favicon.ico')) wrong.push(`${message.text()} ${message.location().url}`);
  });
  await page.goto(url, { waitUntil: 'domcontentloaded' });
  let walks = 0;
  // Frames come when their page does.
  await page.locator('packet-walk:defined, iframe').first().waitFor({ timeout: 30_000 });
  for (const frame of page.frames()) {
    if (frame !== page.mainFrame()) await frame.locator('packet-walk:defined').first().waitFor({ timeout: 30_000 });
    for (const walk of await frame.locator('packet-walk:visible').all()) {
      walks += 1;
      const said = await walk.evaluate(async (element) => {
        element.scrollIntoView();
        const root = () => element.shadowRoot;
        for (let turn = 0; turn < 400; turn += 1) {
          const trouble = root()?.querySelector('[role="alert"]');
          if (trouble) return `an error: ${trouble.textContent}`;
          const box = root()?.querySelector('.embed');
          if (box && !box.classList.contains('waiting')) break;
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        const walk = /** @type {any} */ (element);
        if (!(walk.steps > 10)) return `a walk of ${walk.steps} steps`;
        walk.seek(walk.steps - 1);
        if (walk.currentStep !== walk.steps - 1) return `it stands at ${walk.currentStep}`;
        const { width, height } = element.getBoundingClientRect();
        return width > 300 && height > 200 ? '' : `${width} by ${height} pixels`;
      });
      if (said) wrong.push(said);
    }
  }
  if (walks !== count) wrong.push(`${walks} walks, not ${count}`);
  await page.screenshot({ path: picture });
  await page.close();
  return elsewhere ? wrong.filter((line) => !/https:\/\/|ERR_|is not defined/.test(line)) : wrong;
}

mkdirSync(out, { recursive: true });
const names = readdirSync(here, { withFileTypes: true }).filter((entry) => entry.isDirectory() && (only.length === 0 || only.includes(entry.name))).map(({ name }) => name);
for (const name of only) if (!names.includes(name)) throw new Error(`no recipe ${name}`);
const executable = process.env['PACKETWALK_CHROMIUM'] ?? '/usr/bin/chromium';
const browser = await chromium.launch({ executablePath: executable, args: ['--disable-gpu', '--no-first-run', '--disable-background-networking'] });
let failed = 0;
for (const name of names) {
  /** @type {Recipe} */
  const recipe = JSON.parse(readFileSync(join(here, name, 'recipe.json'), 'utf8'));
  const began = Date.now();
  try {
    const { url, end } = await serve(build(name, recipe));
    /** @type {string[]} */
    const wrong = [];
    for (const [at, [path, count]] of Object.entries(recipe.pages).entries()) {
      for (const line of await look(browser, url + path, count, resolve(out, `${name}-${at + 1}.png`), recipe.elsewhere ?? false)) wrong.push(`${path}: ${line}`);
    }
    end();
    if (wrong.length > 0) throw new Error(wrong.join('\n'));
    console.log(`${name}: ok, ${recipe.about} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
  } catch (error) {
    if (error instanceof Lacking) {
      console.log(`${name}: NOT RUN, this machine lacks ${error.message}`);
      continue;
    }
    failed += 1;
    console.error(`${name}: FAILED: ${error instanceof Error ? error.message : String(error)}`);
  }
}
await browser.close();
process.exitCode = failed === 0 ? 0 : 1;
