// The page comes up whole.

import { expect, test } from '@playwright/test';

import { complaintsOf } from './page.js';

test('loads with nothing on the console', async ({ page, baseURL }) => {
  const complaints = complaintsOf(page);
  page.on('response', (response) => {
    if (!response.ok()) complaints.push(`${response.status()} ${response.url()}`);
  });
  /** @type {string[]} */
  const strangers = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(baseURL ?? '')) strangers.push(request.url());
  });

  const wasm = page.waitForResponse((response) => response.url().endsWith('.wasm'));
  await page.goto('/');
  expect((await wasm).headers()['content-type']).toBe('application/wasm');
  await page.waitForLoadState('networkidle');
  await expect(page).toHaveTitle(/Packetwalk/);

  expect(complaints).toEqual([]);
  // Nothing leaves the browser, and nothing comes from elsewhere.
  expect(strangers.filter((url) => !/^(data|blob):/.test(url))).toEqual([]);
});

test('whatever is needed at once is asked for at once', async ({ page }) => {
  await page.goto('/');
  await expect(page.locator('body')).toHaveAttribute('data-ready', 'true');
  const { preloaded, loaded } = await page.evaluate(() => ({
    preloaded: [...document.querySelectorAll('link[rel="modulepreload"]')].map((link) => /** @type {HTMLLinkElement} */ (link).href),
    loaded: performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.endsWith('.js')),
  }));
  // Those that come later come by themselves: the editor, and what a theme needs before all.
  const later = /\/(early|editor)\.js$/;
  expect(loaded.filter((name) => !later.test(name)).sort()).toEqual([...preloaded].sort());
});
