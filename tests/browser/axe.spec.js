// WCAG 2.2 AA, as far as a program can tell.

import { test, expect } from '@playwright/test';

import { open, press } from './page.js';
import { violations } from './violations.js';

for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
  for (const [name, width] of /** @type {const} */ ([['wide', 1440], ['phone', 390]])) {
    test(`no violation, ${colorScheme}, ${name}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      await open(page, '?lang=en');
      expect(await violations(page), 'as it opens').toEqual([]);

      await press(page, '3');
      await press(page, 'End');
      expect(await violations(page), 'at the end of scenario 3').toEqual([]);

      await press(page, 'm');
      expect(await violations(page), 'with the conversation').toEqual([]);
      await press(page, 'm');
      await press(page, '1');
      await page.locator('#rules .rule').first().click();
      expect(await violations(page), 'with the meetings of a rule').toEqual([]);
      await page.locator('#stage').focus();
      await press(page, 'e');
      await press(page, '+', 3);
      expect(await violations(page), 'with one panel enlarged').toEqual([]);
      await press(page, 'Escape');

      await page.locator('#flow-input').fill('c1 pnig');
      await page.locator('#flow-run').click();
      expect(await violations(page), 'with a flow refused').toEqual([]);
      await page.keyboard.press('Escape');

      await page.locator('#open').click();
      expect(await violations(page), 'with the dialog open').toEqual([]);
      await page.locator('#paste').fill('nonsense');
      await page.locator('#open-load').click();
      await page.locator('#lang').click();
      expect(await violations(page), 'with a message, in Chinese').toEqual([]);
      await page.locator('#help').click();
      expect(await violations(page), 'with the help open').toEqual([]);
    });
  }
}

for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
  for (const [name, width] of /** @type {const} */ ([['wide', 1440], ['phone', 390]])) {
    test(`no violation in a lesson, ${colorScheme}, ${name}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: 900 });
      await open(page, '?lang=en');
      await page.locator('#lessons').click();
      expect(await violations(page), 'with the list open').toEqual([]);
      await page.locator('.lesson-entry').nth(3).click();
      await page.locator('#lesson-next').click();
      expect(await violations(page), 'with a question').toEqual([]);
      for (const answer of await page.locator('.answer').all()) await answer.click();
      expect(await violations(page), 'with its answers').toEqual([]);
      while (await page.locator('.card[aria-current].card-try').count() === 0) await page.locator('#lesson-next').click();
      expect(await violations(page), 'with something to try').toEqual([]);
    });
  }
}

for (const height of [640, 740, 844, 932]) {
  test(`nothing to press lies half below the transport of a telephone ${height} pixels high`, async ({ page }) => {
    await page.setViewportSize({ width: 390, height });
    await open(page, '?lang=en');
    expect(await violations(page)).toEqual([]);
  });
}
