// Nothing leaves the page once it is loaded, and nothing could.

import { expect, test } from '@playwright/test';

import { open, playToEnd, press } from './page.js';

test('no request is made after the page is loaded', async ({ page, request }) => {
  const whole = await (await request.get('scenarios/article-2017.snapshot.txt')).text();
  await open(page);
  // What comes last: the editor and the collector, when there is time for them.
  await expect.poll(() => page.evaluate(() => performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/editor.js')))).toBe(true);
  await expect(page.locator('#collector-script')).not.toBeEmpty();
  await page.waitForLoadState('networkidle');
  /** @type {string[]} */
  const requests = [];
  page.on('request', (asked) => requests.push(asked.url()));

  for (const key of ['2', '3', '1', 'z', 't', 't', 'z', 'End', 'Home', '?']) await press(page, key);
  await page.keyboard.press('Escape');
  await page.locator('#flow-input').fill('host ping 10.10.126.187');
  await page.locator('#flow-run').click();
  await playToEnd(page);
  await page.locator('#open').click();
  await page.locator('#paste').fill(whole);
  await page.locator('#open-load').click();
  await press(page, 'End');
  // Editing, composing and sharing ask for nothing either.
  await press(page, 'c');
  await page.locator('#change-tab-iptables').click();
  await expect(page.locator('.cm-content')).toBeVisible();
  await page.keyboard.press('Escape');
  await page.locator('#compose').click();
  await page.locator('#compose-from').press('Escape');
  await page.locator('#share').click();
  await page.locator('#share-copy').click();
  // Whatever waits for the page to have time has had its turn; and requests are
  // told in order: before this one there was none.
  await page.evaluate(() => new Promise((resolve) => requestIdleCallback(() => requestAnimationFrame(resolve))));
  await page.evaluate(() => fetch('?last'));
  await expect.poll(() => requests.length).toBeGreaterThan(0);
  expect(requests.map((asked) => new URL(asked).search)).toEqual(['?last']);
});

test('the security policy forbids requests to anywhere else', async ({ page }) => {
  await open(page);
  await page.evaluate(async () => {
    /** @type {string[]} */
    const refused = /** @type {any} */ (globalThis).refused = [];
    addEventListener('securitypolicyviolation', (event) => refused.push(event.effectiveDirective));
    await fetch('https://example.invalid/').catch(() => {});
    const image = new Image();
    image.src = 'https://example.invalid/x.png';
    navigator.sendBeacon('https://example.invalid/', 'x');
  });
  await expect.poll(() => page.evaluate(() => /** @type {any} */ (globalThis).refused.toSorted())).toEqual(['connect-src', 'connect-src', 'img-src']);
});
