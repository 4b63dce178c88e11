// The built site, at an address that is not the root of a host: every page of
// it works, and the page itself works without a network.

import { createServer } from 'node:http';

import { expect, test } from '@playwright/test';

import { complaintsOf } from './page.js';

/** @typedef {import('@playwright/test').Page} Page */

const SITE = process.env['PACKETWALK_SITE'] ?? '';

test.skip(!SITE, 'the site is built and served by `cargo xtask test`');

/** Collects what goes wrong on a page. @param {Page} page */
function complaints(page) {
  const all = complaintsOf(page);
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText;
    // Whoever leaves a page ends what is still on its way to it.
    if (why !== 'net::ERR_ABORTED') all.push(`${request.url()}: ${why}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) all.push(`${response.url()}: ${response.status()}`);
    if (!response.url().startsWith(SITE)) all.push(`${response.url()} is not of the site`);
  });
  return all;
}

/** Waits until the page's files are kept and its worker answers. @param {Page} page */
async function kept(page) {
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
  });
}

/** @param {Page} page */
async function works(page) {
  await expect(page.locator('body')).toHaveAttribute('data-ready', 'true');
  await expect(page.locator('#outcome')).toHaveText(/^ok/);
}

test('the page is kept, and works without a network', async ({ page, context }) => {
  const wrong = complaints(page);
  await page.goto(SITE);
  await works(page);
  await kept(page);
  expect(wrong).toEqual([]);
  await context.setOffline(true);
  await page.goto(`${SITE}?lesson=docker-user`);
  await works(page);
  await expect(page.locator('#lesson-title')).toHaveText('Which port does DOCKER-USER see?');
  await page.locator('#change-open').click();
  await page.getByRole('tab', { name: 'iptables' }).click();
  await expect(page.locator('.cm-content')).toContainText('*filter');
});

test('a browser would install it', async ({ page, context }) => {
  await page.goto(SITE);
  await works(page);
  await kept(page);
  const session = await context.newCDPSession(page);
  const { url, errors } = await session.send('Page.getAppManifest');
  expect(url).toBe(`${SITE}app.webmanifest`);
  expect(errors).toEqual([]);
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
  // Tests run in a window that keeps nothing.
  expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito')).toEqual([]);
  const manifest = await (await page.request.get(`${SITE}app.webmanifest`)).json();
  for (const { src } of manifest.icons) expect((await page.request.get(SITE + src)).status()).toBe(200);
});

/**
 * The site on a host of its own, whose files can be changed.
 * @param {Map<string, string>} changed by path
 */
async function host(changed) {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://host/').pathname.slice(1) || 'index.html';
    void fetch(SITE + path).then(async (answer) => {
      const body = changed.get(path) ?? Buffer.from(await answer.arrayBuffer());
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '', 'cache-control': 'no-store' });
      response.end(body);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { url: `http://127.0.0.1:${address.port}/`, end: () => server.close() };
}

/** @param {string} text */
async function sha256(text) {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

test('a new version takes over whole, and one that is not whole never does', async ({ page }) => {
  const first = await (await page.request.get(`${SITE}index.html`)).text();
  const worker = await (await page.request.get(`${SITE}sw.js`)).text();
  /** @type {Map<string, string>} */
  const changed = new Map();
  const { url, end } = await host(changed);
  try {
    await page.goto(url);
    await works(page);
    await kept(page);
    /** Tells a worker's text of another page. @param {string} text */
    const listed = async (text) => worker.replace(await sha256(first), await sha256(text));
    const second = first.replace('<title>Packetwalk', '<title>Second Packetwalk');
    expect(await listed(second)).not.toBe(worker);

    // The list is new, the page is not there yet: nothing changes.
    changed.set('sw.js', await listed(second));
    const refused = await page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      await registration.update().catch(() => {});
      const coming = registration.installing;
      if (coming) await new Promise((resolve) => coming.addEventListener('statechange', resolve, { once: true }));
      return coming?.state ?? 'redundant';
    });
    expect(refused).toBe('redundant');
    await page.reload();
    await works(page);
    await expect(page).toHaveTitle(/^Packetwalk/);

    changed.set('index.html', second);
    await page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      await registration.update();
      while (!registration.waiting) await new Promise((resolve) => setTimeout(resolve, 50));
    });
    await page.reload();
    await expect(page).toHaveTitle(/^Second/);
    await works(page);
    const cached = await page.evaluate(async () => (await (await caches.open('packetwalk')).keys()).filter(({ url }) => url.includes('/index.html')).length);
    expect(cached).toBe(1);
  } finally {
    end();
  }
});

test('the page leads to the pages beside it, in the language that it speaks', async ({ page }) => {
  const wrong = complaints(page);
  for (const [lang, lessons, guide] of /** @type {const} */ ([['en', 'Lessons', 'A guide for authors'], ['zh', '课程', '作者指南']])) {
    for (const [at, title] of [lessons, guide].entries()) {
      await page.goto(`${SITE}?lang=${lang}`);
      await works(page);
      await page.locator('.beside a').nth(at).click();
      await expect(page.locator('h1')).toHaveText(title);
    }
  }
  expect(wrong).toEqual([]);
});

test('lessons have pages of their own, in both languages', async ({ page }) => {
  const wrong = complaints(page);
  await page.goto(`${SITE}lessons/index.html`);
  const links = page.locator('.list a');
  const count = await links.count();
  expect(count).toBeGreaterThan(7);
  for (const picture of await page.locator('.list img').all()) {
    await picture.scrollIntoViewIfNeeded();
    await expect.poll(() => picture.evaluate((image) => /** @type {HTMLImageElement} */ (image).naturalWidth)).toBeGreaterThan(100);
  }
  await links.nth(3).click();
  await expect(page.locator('packet-walk #lesson-title')).toHaveText('Denied in INPUT, and yet it answers');
  await page.getByRole('link', { name: '中文' }).click();
  await expect(page.locator('packet-walk #lesson-title')).toHaveText('INPUT 里拒绝了，端口却还是通的');
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh');
  expect(wrong).toEqual([]);
});

for (const name of ['index.html', 'index.zh.html']) {
  test(`every example of the guide is live: ${name}`, async ({ page }) => {
    test.slow();
    const wrong = complaints(page);
    await page.goto(`${SITE}guide/${name}`);
    const codes = page.locator('pre.live');
    const count = await codes.count();
    expect(count).toBe(8);
    for (let at = 0; at < count; at += 1) {
      const code = codes.nth(at);
      const element = page.locator('pre.live + packet-walk').nth(at);
      await element.scrollIntoViewIfNeeded();
      // What is said is what is there.
      expect(await code.evaluate((pre) => {
        const said = document.createElement('template');
        said.innerHTML = pre.textContent ?? '';
        const [wanted, there] = [said.content.firstElementChild, pre.nextElementSibling];
        return [...(wanted?.attributes ?? [])].every(({ name, value }) => there?.getAttribute(name) === value) && wanted?.innerHTML === there?.innerHTML;
      }), `example ${at + 1}`).toBe(true);
      const cover = element.locator('.cover .button');
      if (await cover.count()) await cover.click();
      await expect(element.locator('.embed')).not.toHaveClass(/waiting/);
      await expect(element.locator('.remark')).toHaveCount(0);
    }
    // The markers are all places that the walk comes to.
    await expect(page.locator('packet-walk[pause-on-markers] .markers .button')).toHaveCount(3);
    await page.locator('#told').evaluate((walk) => /** @type {any} */ (walk).seek(20));
    await expect(page.locator('#heard')).not.toHaveText('–');
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(1280);
    expect(wrong).toEqual([]);
  });
}

test('both guides say the same', async ({ page }) => {
  /** @param {string} name */
  const shape = async (name) => {
    await page.goto(`${SITE}guide/${name}`);
    return page.locator('main').evaluate((main) => [...main.querySelectorAll('h1, h2, pre.live, a[href]')].map((element) => (element.tagName === 'PRE' ? element.textContent : element.tagName)));
  };
  expect(await shape('index.zh.html')).toEqual(await shape('index.html'));
});

test('other sites find how to show a lesson', async ({ page }) => {
  await page.goto(`${SITE}lessons/docker-user.html`);
  const link = page.locator('link[type="application/json+oembed"]');
  const address = await link.evaluate((element) => /** @type {HTMLLinkElement} */ (element).href);
  const told = await (await page.request.get(address)).json();
  expect(told).toMatchObject({ version: '1.0', type: 'rich', title: 'Which port does DOCKER-USER see?' });
  expect((await page.request.get(new URL(told.thumbnail_url, address).href)).headers()['content-type']).toBe('image/svg+xml');
  // What it says is put into a page works there.
  await page.route('**/other.html', (route) => route.fulfill({ contentType: 'text/html', body: `<!doctype html><title>other</title>${told.html}` }));
  await page.goto(`${SITE}lessons/other.html`);
  await expect(page.frameLocator('iframe').locator('#lesson-title')).toHaveText('Which port does DOCKER-USER see?');
});

test('a lesson can be read without scripts', async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${SITE}lessons/docker-user.html`);
  const picture = page.locator('packet-walk img');
  await expect(picture).toBeVisible();
  await expect.poll(async () => (await picture.boundingBox())?.height).toBeGreaterThan(200);
  await page.locator('summary').first().click();
  await expect(page.locator('details').first()).toContainText('Docker leaves one chain to you');
  await context.close();
});

test('a poster is painted before any simulator is there', async ({ page }) => {
  await page.addInitScript(() => {
    const { compile } = WebAssembly;
    /** @type {any} */ (globalThis).compiled = 0;
    WebAssembly.compile = (bytes) => {
      /** @type {any} */ (globalThis).compiled += 1;
      return compile(bytes);
    };
  });
  const lesson = '<packet-walk lesson="docker-user" lang="zh" poster preload="none"></packet-walk>';
  const walk = '<packet-walk scenario="container-to-external" poster preload="none"></packet-walk>';
  await page.route('**/post.html', (route) => route.fulfill({ contentType: 'text/html', body: `<!doctype html><title>post</title>${lesson}${walk}<script src="embed/packetwalk.js"></script>` }));
  await page.goto(`${SITE}post.html`);
  for (const at of [0, 1]) {
    const picture = page.locator('packet-walk').nth(at).locator('.cover img');
    await picture.scrollIntoViewIfNeeded();
    await expect.poll(() => picture.evaluate((image) => /** @type {HTMLImageElement} */ (image).naturalWidth)).toBeGreaterThan(100);
  }
  expect(await page.evaluate(() => /** @type {any} */ (globalThis).compiled)).toBe(0);
  const first = page.locator('packet-walk').first();
  await first.locator('.cover .button').click();
  await expect(first.locator('#lesson-title')).not.toBeEmpty();
  await expect(first.locator('.cover')).toHaveCount(0);
  expect(await page.evaluate(() => /** @type {any} */ (globalThis).compiled)).toBe(1);
});

test('everybody’s licence is there', async ({ page }) => {
  const text = await (await page.request.get(`${SITE}THIRD-PARTY.txt`)).text();
  for (const name of ['serde_json', 'wasm-bindgen', '@codemirror/state', 'The Rust standard library', 'Permission is hereby granted']) expect(text).toContain(name);
  for (const file of ['LICENSE-MIT', 'LICENSE-APACHE']) expect((await page.request.get(SITE + file)).status()).toBe(200);
});
