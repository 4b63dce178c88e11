// What is shown at a step follows from the step alone, however it was reached.

import { expect, test } from '@playwright/test';

import { logLines, open, press, state, stepOf, steps } from './page.js';

test('stepping to every step and back leaves the same state', async ({ page }) => {
  test.slow();
  await open(page);
  await press(page, 'Home');
  const count = await steps(page);
  expect(count).toBeGreaterThan(40);

  const there = [await state(page)];
  for (let at = 1; at < count; at += 1) {
    await press(page, 'ArrowRight');
    expect(await stepOf(page)).toBe(at);
    there.push(await state(page));
  }
  // At the end there is no further step.
  await press(page, 'ArrowRight');
  expect(await stepOf(page)).toBe(count - 1);

  for (let at = count - 2; at >= 0; at -= 1) {
    await press(page, 'ArrowLeft');
    expect(await state(page), `step ${at} on the way back`).toEqual(there[at]);
  }
});

/** Without the packet, which may be on its way between two stations. @param {string | undefined} html */
const still = (html) => html?.replace(/<g class="token".*?<\/g>/, '');

test('jumping and scrubbing show what stepping shows', async ({ page }) => {
  await open(page);
  await press(page, 'Home');
  const count = await steps(page);
  const middle = Math.floor(count / 2);
  await press(page, 'ArrowRight', middle);
  const stepped = await state(page);

  await press(page, 'End');
  expect(await stepOf(page)).toBe(count - 1);
  // The scrubber is put exactly where the step begins.
  const value = (stepped['scrubber'] ?? '').split(' ')[0] ?? '0';
  await page.locator('#scrubber').fill(value);
  const scrubbed = await stepOf(page);
  expect(Math.abs(scrubbed - middle)).toBeLessThanOrEqual(1);
  await press(page, 'Home');
  await press(page, 'ArrowRight', scrubbed);
  const again = await state(page);
  await page.locator('#scrubber').fill(value);
  const shown = await state(page);
  for (const part of ['way', 'rules', 'jump-stack', 'packet', 'log', 'sentence']) {
    expect(still(shown[part]), part).toBe(still(again[part]));
  }
});

test('a moment in the middle lights the right station, rule and line', async ({ page }) => {
  await open(page);
  // A rule that the kernel's own log names: filter FORWARD, rule 4 of scenario 1.
  const line = page.locator('#log .log-line', { hasText: 'TRACE: filter:FORWARD:rule:4' }).first();
  const step = Number(await line.getAttribute('data-step'));
  await press(page, 'End');
  const at = await page.evaluate(async (wanted) => {
    // Scrub until the wanted step shows, as a hand would.
    const scrubber = /** @type {HTMLInputElement} */ (document.getElementById('scrubber'));
    let [low, high] = [0, Number(scrubber.max)];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      scrubber.value = String(middle);
      scrubber.dispatchEvent(new Event('input'));
      if (Number(document.body.dataset['step']) < wanted) low = middle + 1;
      else high = middle;
    }
    scrubber.value = String(low);
    scrubber.dispatchEvent(new Event('input'));
    return Number(document.body.dataset['step']);
  }, step);
  expect(at).toBe(step);

  const lines = await logLines(page);
  const current = lines.find((line) => line.current);
  expect(current?.text).toMatch(/^TRACE: filter:FORWARD:rule:4 /);

  await expect(page.locator('#way .station[data-state="current"]')).toHaveCount(1);
  await expect(page.locator('#way .station[data-state="current"]')).toContainText('FORWARD');
  await expect(page.locator('#way .chip[data-state="current"]')).toHaveText(/filter/);
  await expect(page.locator('#rules .is-now')).toHaveAttribute('data-rule', 'filter FORWARD 4');
  await expect(page.locator('#sentence')).toContainText('FORWARD');
  await expect(page.locator('#packet')).toContainText('192.168.0.3');
});

test('hooks and packets are stepped by, both ways', async ({ page }) => {
  await open(page);
  await press(page, 'Home');
  /** @type {number[]} */
  const hooks = [0];
  for (;;) {
    await press(page, 'Shift+ArrowRight');
    const at = await stepOf(page);
    if (at === hooks.at(-1)) break;
    hooks.push(at);
  }
  expect(hooks.length).toBeGreaterThan(6);
  for (const at of hooks.slice(0, -1).reverse()) {
    await press(page, 'Shift+ArrowLeft');
    expect(await stepOf(page)).toBe(at);
  }
  await press(page, ']');
  const packet = await stepOf(page);
  expect(packet).toBeGreaterThan(0);
  await press(page, '[');
  expect(await stepOf(page)).toBeLessThan(packet);
});
