// Lessons: from start to end, in both languages, wrong and right.

import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test } from '@playwright/test';

import { open, press, stepOf } from './page.js';

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '../../www/lessons');

/** Names of the lessons, and what their files say. */
const LESSONS = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.md'))
  .sort()
  .map((name) => ({ id: name.replace(/^\d+-/, '').replace(/\.md$/, ''), text: readFileSync(join(FOLDER, name), 'utf8') }));

/** @param {import('@playwright/test').Page} page */
const count = async (page) => ((await page.locator('#lesson-count').textContent()) ?? '').split('/').map(Number);

/** Goes on to the first card with something to try; a question on the way has any answer. @param {import('@playwright/test').Page} page */
async function toTry(page) {
  for (let at = 0; at < 20 && await page.locator('.card[aria-current].card-try').count() === 0; at += 1) {
    const answers = page.locator('.card[aria-current] .answer');
    if (await answers.count() > 0) await answers.first().click();
    await page.locator('#lesson-next').click();
  }
}

for (const lang of /** @type {const} */ (['en', 'zh'])) {
  for (const { id, text } of LESSONS) {
    test(`${id} from start to end, in ${lang}`, async ({ page }) => {
      await page.emulateMedia({ reducedMotion: 'reduce' });
      const complaints = await open(page, `?lang=${lang}&lesson=${id}`);
      const title = text.match(new RegExp(`^title ${lang}: (.*)$`, 'm'))?.[1];
      await expect(page.locator('#lesson-title')).toHaveText(title ?? 'missing');
      const [, cards = 0] = await count(page);
      expect(cards).toBe(text.match(/^# (say|ask|try)/gm)?.length);

      let questions = 0;
      for (let at = 1; at <= cards; at += 1) {
        expect(await count(page)).toEqual([at, cards]);
        const card = page.locator('.card[aria-current]');
        await expect(card).toHaveCount(1);
        const words = (await card.textContent()) ?? '';
        if (lang === 'en') expect(words).not.toMatch(/[\u4e00-\u9fff]/);
        else expect(words).toMatch(/[\u4e00-\u9fff]/);
        const answers = card.locator('.answer');
        if (await answers.count() > 0) {
          questions += 1;
          // Nothing is given away before a choice is made.
          await expect(page.locator('#lesson-next')).toHaveAttribute('aria-disabled', 'true');
          await expect(page.locator('#outcome')).toBeHidden();
          await expect(page.locator('.log-line:not(.printed)').first()).toBeHidden();
          await expect(card.locator('.feedback')).toHaveCount(0);
          await page.locator('#lesson-next').focus();
          await page.keyboard.press('Enter');
          expect(await count(page), 'it waits for an answer').toEqual([at, cards]);
          // All of them, the wrong ones too: one is right, each has its feedback.
          for (let number = 0; number < await answers.count(); number += 1) {
            await answers.nth(number).click();
            await expect(answers.nth(number)).toBeFocused();
            await expect(card.locator('.feedback')).toHaveCount(number + 1);
            await expect(page.locator('#lesson-said')).not.toBeEmpty();
          }
          await expect(card.locator('.answer[data-state="right"]')).toHaveCount(1);
          await expect(card.locator('.answer[data-state="open"]')).toHaveCount(0);
        }
        if (at < cards) await page.locator('#lesson-next').click();
      }
      expect(questions).toBeGreaterThan(0);
      await expect(page.locator('#outcome')).toBeVisible();
      expect(complaints).toEqual([]);
    });
  }
}

test('a lesson stops where it says, and goes back', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await open(page, '?lang=en&lesson=published-port');
  const next = page.locator('#lesson-next');
  expect(await stepOf(page)).toBe(0);
  await next.click();
  await page.locator('.answer').last().click();
  await next.click();
  await expect(page.locator('#rules')).toContainText('Chain DOCKER');
  const first = await stepOf(page);
  await next.click();
  await expect(page.locator('#packet')).toContainText('172.17.0.2');
  expect(await stepOf(page)).toBeGreaterThan(first);
  await page.locator('#lesson-back').click();
  expect(await stepOf(page)).toBe(first);
  // Back to the question: the answer chosen is still there.
  await page.locator('.card-back').nth(1).click();
  await expect(page.locator('.card[aria-current] .answer[data-state="right"]')).toHaveCount(1);
});

test('a try changes the machine, and back undoes it', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await open(page, '?lang=en&lesson=container-to-container');
  await toTry(page);
  await expect(page.locator('.card[aria-current] .commands')).toContainText('iptables -D FORWARD 6');
  await expect(page.locator('#outcome')).toContainText('ok');
  await page.locator('#lesson-next').click();
  await expect(page.locator('#outcome')).toContainText('timeout');
  await page.locator('#lesson-back').click();
  await expect(page.locator('#outcome')).toContainText('ok');
});

test('what a try changes is marked, and undone like any change', async ({ page }) => {
  const complaints = await open(page, '?lang=en&lesson=container-to-container');
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await toTry(page);
  await page.locator('#lesson-next').click();
  await expect(page.locator('.changes-words')).toContainText('It was ok and is now timeout');
  await page.locator('#transport').focus();
  await page.keyboard.press('Control+z');
  await expect(page.locator('#outcome')).toHaveText('ok');
  // The lesson goes on where it was, on its own machine.
  await page.locator('#lesson-next').click();
  await expect(page.locator('.card[aria-current]')).toHaveCount(1);
  expect(complaints).toEqual([]);
});

test('the list leads to each lesson, and from one to the next', async ({ page }) => {
  await open(page, '?lang=en');
  await expect(page.locator('#lesson')).toBeHidden();
  await press(page, 'n');
  await expect(page.locator('.lesson-entry')).toHaveCount(LESSONS.length);
  await page.locator('.lesson-entry').nth(1).click();
  await expect(page.locator('#lesson')).toBeVisible();
  await expect(page.locator('#flow-input')).toHaveValue('host ping 192.168.0.2');
  await page.locator('#lang').click();
  await expect(page.locator('.card').first()).toHaveText(/[\u4e00-\u9fff]/);
  await page.locator('#lesson-close').click();
  await expect(page.locator('#lesson')).toBeHidden();
  await expect(page.locator('#lessons')).toBeFocused();
  // A scenario afterwards is the page as it was.
  await press(page, '1');
  await expect(page.locator('#flow-input')).toHaveValue('c1 ping 192.168.0.3');
});

test('it plays on to a stop, and no further', async ({ page }) => {
  await open(page, '?lang=en&lesson=container-to-outside');
  // Noted by the page, as it may be over before anybody asks.
  await page.evaluate(() => {
    const transport = /** @type {Element} */ (document.getElementById('transport'));
    new MutationObserver(() => {
      if (transport.classList.contains('playing')) document.body.dataset['played'] = 'true';
    }).observe(transport, { attributeFilter: ['class'] });
  });
  await page.locator('#lesson-next').click();
  await expect(page.locator('body')).toHaveAttribute('data-played', 'true');
  await expect(page.locator('#transport')).not.toHaveClass(/playing/);
  const step = await stepOf(page);
  expect(step).toBeGreaterThan(0);
  await page.locator('#lesson-back').click();
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.locator('#lesson-next').click();
  expect(await stepOf(page)).toBe(step);
});

test('a lesson fits a narrow page', async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  for (const { id } of LESSONS) {
    await open(page, `?lang=en&lesson=${id}`);
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth - innerWidth), id).toBeLessThanOrEqual(0);
  }
});

for (const [width, height] of /** @type {const} */ ([[390, 664], [390, 844], [1024, 768], [1440, 900]])) {
  test(`card, packet and time are seen at one look, ${width} by ${height}`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await open(page, '?lang=en&lesson=published-port');
    const [, cards = 0] = await count(page);
    for (let at = 1; ; at += 1) {
      // What is seen at the packet's place is the picture, and not what lies over or below it.
      await expect.poll(() => page.evaluate(() => {
        const packet = document.querySelector('#stage .mover')?.getBoundingClientRect();
        const seen = packet && document.elementFromPoint(packet.x + packet.width / 2, packet.y + packet.height / 2);
        return packet ? seen?.closest('#stage') !== null && seen !== null : 'no packet';
      }), `card ${at}`).toBe(true);
      await expect(page.locator('#play')).toBeInViewport({ ratio: 1 });
      await expect(page.locator('#lesson-next')).toBeInViewport({ ratio: 1 });
      if (at === cards) break;
      const answers = page.locator('.card[aria-current] .answer');
      if (await answers.count() > 0) await answers.last().click();
      await page.locator('#lesson-next').click();
      await expect(page.locator('#lesson-count')).toHaveText(`${at + 1}/${cards}`);
    }
  });
}
