// The pictures of the README and the documentation, taken anew.
//
//     cargo xtask pictures           builds the page, serves it, and runs this
//     node tests/browser/pictures.mjs URL

import { spawnSync } from 'node:child_process';

import { chromium } from '@playwright/test';

/** @typedef {import('@playwright/test').Page} Page */

/**
 * @typedef {object} Picture
 * @property {string} query
 * @property {boolean} [phone]
 * @property {boolean} [dark]
 * @property {(page: Page) => Promise<void>} [act] what is done before it is taken
 */

/** Reads on to a card of the lesson, with the first answer to each question. @param {number} card */
const readTo = (card) => async (/** @type {Page} */ page) => {
  const count = page.locator('#lesson-count');
  const next = page.locator('#lesson-next');
  while (!(await count.textContent())?.startsWith(`${card}/`)) {
    if (await next.getAttribute('aria-disabled') === 'true') await page.locator('#lesson-body [aria-current="step"] .answer').first().click();
    await next.click();
  }
};

/** Writes a rule that drops into the chain FORWARD. @param {Page} page */
async function dropIt(page) {
  await page.keyboard.press('c');
  await page.locator('#change-tab-iptables').click();
  await page.locator('.cm-line', { hasText: '-A FORWARD -j DOCKER-USER' }).click();
  await page.keyboard.press('Home');
  await page.keyboard.insertText('-A FORWARD -p icmp -m icmp --icmp-type 8 -j DROP\n');
  await page.keyboard.press('Control+Enter');
  await page.locator('#outcome', { hasText: 'timeout' }).waitFor();
}

/** @type {Record<string, Picture>} */
const PICTURES = {
  'page-light': { query: 'lang=en&scenario=3' },
  'page-dark-zh': { query: 'lang=zh&scenario=1', dark: true },
  'page-phone': { query: 'lang=en&scenario=1', phone: true },
  'page-change': { query: 'lang=en&scenario=1', act: dropIt },
  'conversation': { query: 'lang=en&scenario=3', act: (page) => page.keyboard.press('m') },
  'lesson': { query: 'lang=en&lesson=docker-user', act: readTo(5) },
  'lesson-phone': { query: 'lang=zh&lesson=published-port', phone: true, act: readTo(3) },
};

const url = process.argv[2] ?? process.env['PACKETWALK_URL'] ?? 'http://127.0.0.1:8124/';
const browser = await chromium.launch({
  executablePath: process.env['PACKETWALK_CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
for (const [name, { query, phone = false, dark = false, act }] of Object.entries(PICTURES)) {
  const context = await browser.newContext({
    viewport: phone ? { width: 390, height: 844 } : { width: 1440, height: 900 },
    colorScheme: dark ? 'dark' : 'light',
    // Nothing is caught half-way.
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  await page.goto(`${url}?${query}`);
  await page.locator('body[data-ready="true"]').waitFor();
  await act?.(page);
  // No pointer, caret or ring of the focus that only the camera has set.
  await page.mouse.move(0, 0);
  await page.evaluate(() => {
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  });
  const path = `docs/pictures/${name}.png`;
  await page.screenshot({ path, caret: 'hide' });
  // A third of the size, and no difference to be seen, where it is installed.
  const { error } = spawnSync('pngquant', ['--force', '--ext', '.png', '--speed', '1', path]);
  console.log(path, error ? '(larger than it need be: pngquant is not installed)' : '');
  await context.close();
}
await browser.close();
