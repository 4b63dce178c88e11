// A link brings everything back; a damaged one says so; a file does it as well.

import { readFile } from 'node:fs/promises';

import { expect, test } from '@playwright/test';

import { open, press, stepOf } from './page.js';

/** @typedef {import('@playwright/test').Page} Page */

/** The link that the page gives. @param {Page} page */
async function link(page) {
  await page.locator('#share').click();
  const url = await page.locator('#share-link').inputValue();
  await page.keyboard.press('Escape');
  return url;
}

test('a link holds changes, flow, moment and language', async ({ page }) => {
  await open(page, '?lang=zh');
  await page.locator('#flow-input').fill('c1 ping 10.10.126.187');
  await page.locator('#flow-run').click();
  await page.locator('#change-open').click();
  await page.locator('[data-key="net.ipv4.ip_forward"]').click();
  await expect(page.locator('#outcome')).toHaveText('timeout');
  await page.locator('#change-close').click();
  await press(page, 'End');
  await press(page, ',');
  const step = await stepOf(page);
  const sentence = await page.locator('#sentence').textContent();
  await page.locator('#share').click();
  await page.locator('#share-lang').check();
  const url = await page.locator('#share-link').inputValue();
  expect(url.length).toBeLessThan(600);

  const other = await page.context().newPage();
  await other.goto('about:blank');
  await other.goto(url);
  await expect(other.locator('body')).toHaveAttribute('data-ready', 'true');
  await expect(other.locator('#outcome')).toHaveText('timeout');
  await expect(other.locator('#flow-input')).toHaveValue('c1 ping 10.10.126.187');
  await expect(other.locator('body')).toHaveAttribute('data-step', String(step));
  await expect(other.locator('#sentence')).toHaveText(sentence ?? 'missing');
  await expect(other.locator('html')).toHaveAttribute('lang', 'zh-CN');
  await other.locator('#change-open').click();
  await expect(other.locator('#change-count')).toHaveText('1');
  // What came by the link can be undone.
  await other.locator('#undo').click();
  await expect(other.locator('#outcome')).toHaveText('ok');
});

test('a link holds a machine of one’s own, and says that it does', async ({ page, request }) => {
  await open(page, '?lang=en');
  const whole = await (await request.get('scenarios/article-2017.snapshot.txt')).text();
  await page.locator('#open').click();
  await page.locator('#paste').fill(whole.replaceAll('192.168.0.3', '192.168.0.33'));
  await page.locator('#open-load').click();
  const url = await link(page);
  await page.locator('#share').click();
  await expect(page.locator('#share-own')).toBeVisible();
  const other = await page.context().newPage();
  await other.goto(url);
  await expect(other.locator('#stage')).toContainText('192.168.0.33');
});

test('a link works when the page is open already', async ({ page }) => {
  await open(page, '?lang=en');
  await page.locator('#flow-input').fill('c2 ping 192.168.0.2');
  await page.locator('#flow-run').click();
  const url = await link(page);
  await page.locator('.scenario').nth(2).click();
  await page.evaluate((hash) => {
    location.hash = hash;
  }, new URL(url).hash);
  await expect(page.locator('#flow-input')).toHaveValue('c2 ping 192.168.0.2');
});

for (const [what, damage] of /** @type {[string, (hash: string) => string][]} */ ([
  ['cut off', (hash) => hash.slice(0, -9)],
  ['changed', (hash) => hash.slice(0, 20) + (hash[20] === 'A' ? 'B' : 'A') + hash.slice(21)],
  ['of another version', (hash) => hash.replace('#1.', '#7.')],
  ['nonsense', () => '#%3Cimg%20src=x%20onerror=alert(1)%3E'],
])) {
  test(`a link that is ${what} says so, and the page works`, async ({ page }) => {
    await open(page, '?lang=en');
    const { hash } = new URL(await link(page));
    const other = await page.context().newPage();
    /** @type {string[]} */
    const complaints = [];
    other.on('pageerror', (error) => complaints.push(String(error)));
    await other.goto(`/?lang=en${damage(hash)}`);
    await expect(other.locator('body')).toHaveAttribute('data-ready', 'true');
    await expect(other.locator('.notice[data-kind="error"]')).toContainText('link');
    await expect(other.locator('#stage .room')).toHaveCount(4);
    await expect.poll(() => stepOf(other)).toBeGreaterThan(0);
    expect(complaints).toEqual([]);
  });
}

test('a file holds the changed machine and the flow', async ({ page }) => {
  await open(page, '?lang=en');
  await page.locator('#flow-input').fill('c2 ping 192.168.0.2');
  await page.locator('#flow-run').click();
  await page.locator('#change-open').click();
  await page.locator('#change-netns').selectOption('c1');
  await page.locator('[data-key="link eth0"]').click();
  await expect(page.locator('#outcome')).toHaveText('timeout');
  await page.locator('#share').click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#share-save').click()]);
  const text = await readFile(/** @type {string} */ (await download.path()), 'utf8');
  expect(text).toMatch(/^@@packetwalk snapshot 1\n/);
  await page.keyboard.press('Escape');
  await page.locator('.scenario').first().click();

  await page.locator('#file').setInputFiles({ name: 'mine.txt', mimeType: 'text/plain', buffer: Buffer.from(text) });
  await expect(page.locator('#flow-input')).toHaveValue('c2 ping 192.168.0.2');
  await expect(page.locator('#outcome')).toHaveText('timeout');
});

test('the collector is there to be read, copied and saved', async ({ page, context, request }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await open(page, '?lang=en');
  const script = await (await request.get('collect.sh')).text();
  await expect(page.locator('#collector-script')).toHaveText(script, { useInnerText: false });
  await page.locator('#open').click();
  await page.locator('#collector-copy').click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(script);
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#collector-save').click()]);
  expect(download.suggestedFilename()).toBe('collect.sh');
});
