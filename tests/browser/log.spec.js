// The log is the kernel's: line for line what a real one printed.

import { readFileSync } from 'node:fs';

import { expect, test } from '@playwright/test';

import { logLines, open, playToEnd, press } from './page.js';
import { flows, steady } from './recorded.js';

// The recording kernel has no broute table, and the page's machine has one. Its
// chain is asked first of all for each frame that a bridge port receives
// (NF_BR_PRI_FIRST of PREROUTING; br_handle_frame before that), and its rule
// logs as that of nat PREROUTING does: so the same line stands before each.
const withBrouting = (/** @type {string[]} */ lines) => lines.flatMap((line) =>
  line.startsWith('TRACE: eb:nat:PREROUTING ') ? [line.replace('eb:nat:PREROUTING', 'eb:broute:BROUTING'), line] : [line]);

const recorded = flows(readFileSync(new URL('recorded/article-2017/expected.txt', import.meta.url), 'utf8'));

for (const [number, flow] of ['c1 ping 192.168.0.3', 'host ping 192.168.0.2', 'c1 ping 10.10.126.187'].entries()) {
  test(`scenario ${number + 1} prints what the kernel printed`, async ({ page }) => {
    const complaints = await open(page);
    await page.locator('.scenario').nth(number).click();
    await expect(page.locator('#flow-input')).toHaveValue(flow);
    await playToEnd(page);

    const lines = await logLines(page);
    expect(lines.every((line) => line.printed)).toBe(true);
    const expected = recorded.get(flow);
    expect(expected, `no recording of ${flow}`).toBeDefined();
    expect(steady(lines.map((line) => line.text))).toEqual(steady(withBrouting(expected ?? [])));
    expect(complaints).toEqual([]);
  });
}

test('every line of the log leads to its moment, and every moment to its line', async ({ page }) => {
  await open(page);
  const rows = page.locator('#log .log-line');
  const count = await rows.count();
  expect(count).toBeGreaterThan(10);
  for (let at = 0; at < count; at += 1) {
    await rows.nth(at).click({ position: { x: 20, y: 8 } });
    await expect(page.locator('body')).toHaveAttribute('data-step', (await rows.nth(at).getAttribute('data-step')) ?? '');
    const lines = await logLines(page);
    expect(lines.findIndex((line) => line.current)).toBe(at);
    expect(lines.filter((line) => line.printed)).toHaveLength(at + 1);
  }
});

test('no line is printed before the first step', async ({ page }) => {
  await open(page);
  await press(page, 'Home');
  expect((await logLines(page)).filter((line) => line.printed)).toEqual([]);
});

test('the log is copied as the kernel prints it', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await open(page);
  const lines = await logLines(page);
  await page.locator('#log-copy').click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(lines.map((line) => `${line.text}\n`).join(''));
});
