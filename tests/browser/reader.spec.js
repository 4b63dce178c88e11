// What the reader chooses: language, theme, keys, motion.

import { expect, test } from '@playwright/test';

import { open, press, state, stepOf } from './page.js';

test('the page speaks English and Chinese, and remembers which', async ({ page }) => {
  await open(page, '?lang=en');
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  await expect(page.locator('#sentence')).toHaveText(/^[^\u4e00-\u9fff]+$/);
  const step = await stepOf(page);

  await page.locator('#lang').click();
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
  await expect(page.locator('#sentence')).toHaveText(/[\u4e00-\u9fff]/);
  expect(await stepOf(page)).toBe(step);
  // No word of the page's own is left in the other language, or missing.
  const words = await page.locator('[data-text], [data-label], [data-title]').evaluateAll((all) =>
    all.map((element) => element.textContent || element.getAttribute('aria-label') || ''));
  expect(words.filter((word) => word === '')).toEqual([]);

  await page.goto('/');
  await expect(page.locator('body')).toHaveAttribute('data-ready', 'true');
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
  await page.locator('#lang').click();
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
});

test('both languages have the same words', async ({ page }) => {
  await open(page);
  const words = await page.evaluate(async () => {
    const from = '/js/text.js';
    const { TEXT } = await import(from);
    return TEXT;
  });
  expect(Object.keys(words.zh).sort()).toEqual(Object.keys(words.en).sort());
  for (const [key, text] of [...Object.entries(words.en), ...Object.entries(words.zh)]) expect(text, key).not.toBe('');
});

test('the theme follows the system until the reader chooses', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  await open(page);
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await paper();
  await page.emulateMedia({ colorScheme: 'light' });
  await expect.poll(paper).not.toBe(dark);
  await page.locator('#theme').click();
  await expect.poll(paper).toBe(dark);
  await page.reload();
  await expect(page.locator('body')).toHaveAttribute('data-ready', 'true');
  await expect.poll(paper).toBe(dark);
});

test('keys work, and not while one writes', async ({ page }) => {
  await open(page);
  await press(page, 'Home');
  expect(await stepOf(page)).toBe(0);
  await press(page, 'ArrowRight', 3);
  expect(await stepOf(page)).toBe(3);
  await press(page, 'ArrowLeft');
  expect(await stepOf(page)).toBe(2);

  await press(page, ' ');
  await expect(page.locator('#transport')).toHaveClass(/playing/);
  await press(page, ' ');
  await expect(page.locator('#transport')).not.toHaveClass(/playing/);

  await press(page, '2');
  await expect(page.locator('#flow-input')).toHaveValue('host ping 192.168.0.2');
  await press(page, '>');
  await expect(page.locator('#speed')).toHaveValue('2');
  await press(page, 'l');
  await expect(page.locator('#loop')).toHaveAttribute('aria-pressed', 'true');
  await press(page, '?');
  await expect(page.locator('#help-dialog')).toBeVisible();
  await press(page, 'Escape');
  await expect(page.locator('#help-dialog')).toBeHidden();

  await press(page, 'Home');
  await press(page, '/');
  await expect(page.locator('#flow-input')).toBeFocused();
  await page.keyboard.type('3 ? lzt');
  await press(page, 'ArrowLeft', 2);
  await press(page, 'Home');
  expect(await stepOf(page)).toBe(0);
  await expect(page.locator('#flow-input')).toHaveValue('3 ? lzt');
  await expect(page.locator('#help-dialog')).toBeHidden();
});

test('every control is reached by Tab and has a name', async ({ page }) => {
  await open(page);
  /** @type {Set<string>} */
  const reached = new Set();
  for (let at = 0; at < 60; at += 1) {
    await page.keyboard.press('Tab');
    const id = await page.evaluate(() => document.activeElement?.id ?? '');
    if (id) reached.add(id);
  }
  for (const id of ['flow-input', 'flow-run', 'open', 'lang', 'theme', 'help', 'play', 'previous', 'next', 'unit', 'scrubber', 'speed', 'loop', 'rules', 'packet', 'log', 'log-copy']) {
    expect([...reached], `#${id} is reached by Tab`).toContain(id);
  }
});

test('who asks for less motion sees steps, not movement', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await open(page);
  await press(page, 'Home');
  // Each frame is looked at, from the first to one far into the walk.
  const frames = await page.evaluate(async () => {
    /** @type {[number, string][]} */
    const seen = [];
    const step = () => Number(document.body.dataset['step']);
    document.getElementById('play')?.click();
    while (step() < 12) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      seen.push([step(), document.querySelector('#stage .packets')?.innerHTML ?? 'missing']);
    }
    document.getElementById('play')?.click();
    return seen;
  });
  /** @type {Map<number, string>} */
  const places = new Map();
  for (const [step, shown] of frames) {
    expect(shown, `step ${step} stands still`).toBe(places.get(step) ?? shown);
    places.set(step, shown);
  }
  expect(places.size).toBeGreaterThan(5);
  expect(frames.length).toBeGreaterThan(places.size);
});

test('playing shows what stepping shows', async ({ page }) => {
  await open(page);
  await page.locator('#speed').selectOption('2');
  await press(page, ' ');
  // It is stopped by the page itself, so that it is on its way however late that is asked for.
  await page.evaluate(async () => {
    const step = () => Number(document.body.dataset['step']);
    while (step() < 9 || step() > 30) await new Promise((resolve) => requestAnimationFrame(resolve));
    document.getElementById('play')?.click();
  });
  await expect(page.locator('#transport')).not.toHaveClass(/playing/);
  const step = await stepOf(page);
  const played = await state(page);
  await press(page, 'Home');
  await press(page, 'ArrowRight', step);
  const stepped = await state(page);
  for (const part of ['rules', 'jump-stack', 'packet', 'log', 'sentence']) expect(played[part], part).toBe(stepped[part]);
  // Where it was stopped, the packet may be on its way between two stations.
  const lit = (/** @type {Record<string, string>} */ shown) => shown['way']?.replace(/<g class="token".*?<\/g>/, '');
  expect(lit(played)).toBe(lit(stepped));
});
