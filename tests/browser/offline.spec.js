// The whole page in one file, opened from a disk: no server, no request.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { expect, test } from '@playwright/test';

import { complaintsOf } from './page.js';

test('one file from a disk is the whole page', async ({ page, request }, info) => {
  const complaints = complaintsOf(page);
  mkdirSync(info.outputDir, { recursive: true });
  const file = join(info.outputDir, 'packetwalk.html');
  writeFileSync(file, await (await request.get('/pkg/embed/page.html')).body());
  /** @type {string[]} */
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  const url = pathToFileURL(file).href;
  await page.goto(url);
  await expect(page.locator('body')).toHaveAttribute('data-ready', 'true');
  await expect(page.locator('#outcome')).toHaveText('ok');

  // There is nothing beside it to lead to.
  await expect(page.locator('.foot a')).toHaveCount(0);
  // Lessons, the editor and the collector are inside.
  await page.keyboard.press('n');
  const { lessons } = await (await request.get('/pkg/lessons.json')).json();
  await expect(page.locator('#lessons-list .lesson-entry')).toHaveCount(Object.keys(lessons).length);
  await expect(page.getByRole('button', { name: /port/i }).first()).toBeVisible();
  await page.keyboard.press('Escape');
  await page.locator('#change-open').click();
  await page.getByRole('tab', { name: 'iptables' }).click();
  await expect(page.locator('.cm-content')).toContainText('*filter');
  await expect(page.locator('#collector-script')).toContainText('@@packetwalk');

  expect(asked.filter((address) => address !== url && !/^(data|blob):/.test(address))).toEqual([]);
  expect(complaints).toEqual([]);
});

test('the one file works in a sandboxed frame, and every lesson opens in both languages', async ({ page, request }) => {
  test.slow();
  const { lessons } = await (await request.get('/pkg/lessons.json')).json();
  const names = Object.keys(lessons).map((file) => file.replace(/^\d+-|\.md$/g, ''));
  await page.route('**/around.html', (route) => route.fulfill({
    contentType: 'text/html; charset=utf-8',
    body: '<!doctype html><title>around</title><iframe sandbox="allow-scripts" style="width:1250px;height:700px" title="page"></iframe>',
  }));
  await page.goto('/around.html');
  const frame = page.frameLocator('iframe');
  for (const [at, name] of names.entries()) {
    await page.locator('iframe').evaluate((element, src) => {
      /** @type {HTMLIFrameElement} */ (element).src = src;
    }, `/pkg/embed/page.html?lesson=${name}`);
    await expect(frame.locator('#lesson-title')).toHaveText(/[a-z]/);
    if (at === 0) await expect(frame.locator('body')).toHaveAttribute('data-ready', 'true');
    await frame.locator('#lang').click();
    await expect(frame.locator('#lesson-title')).toHaveText(/\p{Script=Han}/u);
  }
});
