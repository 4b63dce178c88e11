// What the tests do to the page, and what they read from it.

import { expect } from '@playwright/test';

/** @typedef {import('@playwright/test').Page} Page */

/** Collects what is complained of on the console from now on. @param {Page} page */
export function complaintsOf(page) {
  /** @type {string[]} */
  const complaints = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  return complaints;
}

/**
 * Opens the page and waits until it shows a walk. Complaints on the console
 * are collected, and end the test where it asks for them.
 * @param {Page} page
 * @param {string} [query]
 */
export async function open(page, query = '') {
  const complaints = complaintsOf(page);
  await page.goto(`/${query}`);
  await expect(page.locator('body')).toHaveAttribute('data-ready', 'true');
  await rest(page);
  return complaints;
}

/**
 * Waits until what follows from sizes has been drawn: pictures are fitted in
 * the frame after their boxes have changed. Needed before something is read
 * that no assertion can wait for.
 * @param {Page} page
 */
export async function rest(page) {
  await page.evaluate(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const sizes = () => JSON.stringify([...document.querySelectorAll('body, .panel, #stage > svg, #way > svg, #ladder > svg')].map((part) => part.getBoundingClientRect()));
    for (let before = '', now = sizes(); before !== now; now = sizes()) {
      before = now;
      await frame();
      await frame();
    }
  });
}

/** Where the page stands: its step, from 0. @param {Page} page */
export async function stepOf(page) {
  return Number(await page.locator('body').getAttribute('data-step'));
}

/** Number of steps of the walk. @param {Page} page */
export async function steps(page) {
  const text = (await page.locator('#counter').textContent()) ?? '';
  return Number(text.split('/')[1]);
}

/**
 * Everything that the page shows at this moment, but for what follows from
 * the reader alone (focus, scrolling, whether it plays).
 * @param {Page} page
 */
export async function state(page) {
  return page.evaluate(() => {
    const html = (/** @type {string} */ id) => document.getElementById(id)?.innerHTML ?? 'missing';
    /** @type {Record<string, string>} */
    const shown = {};
    for (const id of ['stage', 'way', 'way-tabs', 'rules', 'jump-stack', 'packet', 'packet-note', 'log', 'sentence', 'counter']) shown[id] = html(id);
    const scrubber = /** @type {HTMLInputElement} */ (document.getElementById('scrubber'));
    shown['scrubber'] = `${scrubber.value} ${scrubber.getAttribute('aria-valuetext')}`;
    return shown;
  });
}

/** Goes to a step by the door that the keys use. @param {Page} page @param {string} key @param {number} [times] */
export async function press(page, key, times = 1) {
  for (let at = 0; at < times; at += 1) await page.keyboard.press(key);
}

/** Lines of the log, and which of them are printed. @param {Page} page */
export async function logLines(page) {
  return page.locator('#log .log-line').evaluateAll((rows) => rows.map((row) => ({
    text: row.querySelector('code')?.textContent ?? '',
    printed: row.classList.contains('printed'),
    current: row.classList.contains('current'),
  })));
}

/** Plays the walk to its end as fast as the page allows. @param {Page} page */
export async function playToEnd(page) {
  await page.locator('#speed').selectOption('10');
  await page.locator('#play').click();
  await expect(page.locator('#transport')).not.toHaveClass(/playing/, { timeout: 120_000 });
}
