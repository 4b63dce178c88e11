// Change it and see: switches, rules, hosts; undo and redo; what differs is said.

import { readFileSync } from 'node:fs';

import { expect, test } from '@playwright/test';

import { logLines, open, stepOf, steps } from './page.js';
import { violations } from './violations.js';

/** @typedef {import('@playwright/test').Page} Page */

/** Opens the panel at a tab. @param {Page} page @param {string} [tab] */
async function change(page, tab = 'switches') {
  if (await page.locator('#change').isHidden()) await page.locator('#change-open').click();
  await page.locator(`#change-tab-${tab}`).click();
}

/** Opens the rules of the host, and puts the cursor before a line. @param {Page} page @param {string} before */
async function editRules(page, before) {
  await change(page, 'iptables');
  const line = page.locator('.cm-line', { hasText: before }).first();
  await line.click();
  await page.keyboard.press('Home');
}

test('a link that is switched off runs the flow again, and the difference is said', async ({ page }) => {
  const complaints = await open(page, '?lang=en');
  await expect(page.locator('#outcome')).toHaveText('ok');
  await change(page);
  await page.locator('#change-netns').selectOption('c2');
  await page.locator('[data-key="link eth0"]').click();
  await expect(page.locator('#outcome')).toHaveText('timeout');
  await expect(page.locator('.changes-words')).toContainText('It was ok and is now timeout');
  // The page stands at the first step that differs, and the next is one key away.
  const [, all] = ((await page.locator('.changes-count').textContent()) ?? '').split('/').map(Number);
  await expect(page.locator('.changes-count')).toHaveText(`1/${all}`);
  const first = await stepOf(page);
  if (Number(all) > 1) {
    await page.locator('.changes button').nth(1).click();
    expect(await stepOf(page)).toBeGreaterThan(first);
  }
  // The switch keeps the focus, though everything was drawn anew.
  await page.locator('[data-key="link eth0"]').focus();
  await page.keyboard.press('Space');
  await expect(page.locator('[data-key="link eth0"]')).toBeFocused();
  expect(complaints).toEqual([]);
});

test('undo and redo, by button and by key', async ({ page }) => {
  await open(page, '?lang=en');
  await change(page);
  const isolate = page.locator('[data-key$="isolated"]');
  await isolate.nth(0).click();
  await expect(page.locator('#outcome')).toHaveText('ok');
  await isolate.nth(1).click();
  await expect(page.locator('#outcome')).toHaveText('timeout');
  await expect(page.locator('#change-count')).toHaveText('2');

  await page.locator('#undo').click();
  await expect(page.locator('#outcome')).toHaveText('ok');
  await expect(isolate.nth(1)).not.toBeChecked();
  await page.keyboard.press('Control+Shift+z');
  await expect(page.locator('#outcome')).toHaveText('timeout');
  await page.keyboard.press('Control+z');
  await page.keyboard.press('Control+z');
  await expect(page.locator('#change-count')).toHaveText('0');
  await expect(isolate.nth(0)).not.toBeChecked();
  await expect(page.locator('#undo')).toHaveAttribute('aria-disabled', 'true');
});

test('a policy, a setting and a program that listens', async ({ page }) => {
  await open(page, '?lang=en&flow=host ping 192.168.0.2');
  await change(page);
  await page.locator('[data-key="policy filter OUTPUT"]').selectOption('DROP');
  await expect(page.locator('#outcome')).toHaveText('denied');
  await page.locator('[data-key="policy filter OUTPUT"]').selectOption('ACCEPT');
  await expect(page.locator('#outcome')).toHaveText('ok');

  await page.locator('#flow-input').fill('c1 ping 10.10.126.187');
  await page.locator('#flow-run').click();
  await expect(page.locator('#outcome')).toHaveText('ok');
  await page.locator('[data-key="net.ipv4.ip_forward"]').click();
  await expect(page.locator('#outcome')).toHaveText('timeout');

  await page.locator('#flow-input').fill('c1 tcp 192.168.0.3:9000');
  await page.locator('#flow-run').click();
  await expect(page.locator('#outcome')).toHaveText('refused');
  await page.locator('#change-netns').selectOption('c2');
  await page.locator('[data-key="listen-port"]').fill('9000');
  await page.locator('[data-key="listen"]').click();
  await expect(page.locator('#outcome')).toContainText('ok');
});

test('rules are edited in place, and the new rule is met', async ({ page }) => {
  const complaints = await open(page, '?lang=en');
  await editRules(page, '-A FORWARD -j DOCKER-USER');
  await page.keyboard.type('-A FORWARD -s 192.168.0.2 -j DROP\n');
  await expect(page.locator('.edit-state')).toHaveAttribute('data-state', 'fine');
  await page.keyboard.press('Control+Enter');
  await expect(page.locator('#outcome')).toHaveText('timeout');
  await expect(page.locator('#rules .rule').first()).toContainText('192.168.0.2');
  await expect(page.locator('#rules')).toContainText('DROP');
  expect((await logLines(page)).some(({ text }) => text.startsWith('TRACE: filter:FORWARD:rule:1 '))).toBe(true);
  // Undone elsewhere, the editor shows the text as it is again.
  await page.locator('#undo').click();
  await expect(page.locator('#outcome')).toHaveText('ok');
  await expect(page.locator('.cm-content')).not.toContainText('-s 192.168.0.2');
  expect(complaints).toEqual([]);
});

test('rules for ARP are met, listed and edited', async ({ page }) => {
  const complaints = await open(page, '?lang=en');
  await page.locator('#open').click();
  await page.locator('#paste').fill(readFileSync(new URL('../corpus/arptables/drop-in/snapshot.txt', import.meta.url), 'utf8'));
  await page.locator('#open-load').click();
  await page.locator('#flow-input').fill('c1 ping 172.17.0.1');
  await page.locator('#flow-run').click();
  await expect(page.locator('#outcome')).toContainText('unreachable');
  const input = page.locator('#chains optgroup[label="host arptables filter"] option', { hasText: /^INPUT/ });
  await page.locator('#chains').selectOption(await input.getAttribute('value'));
  await expect(page.locator('#rules .rule').first()).toContainText('-j DROP -i docker0 -o * -s 172.17.0.2 --opcode 1');
  await change(page);
  await expect(page.locator('[data-key="policy arptables filter INPUT"]')).toHaveValue('ACCEPT');
  await change(page, 'arptables');
  await page.locator('.cm-line', { hasText: '-j DROP' }).click();
  await page.keyboard.press('Home');
  await page.keyboard.type('-A INPUT -s 172.17.0.2 -j ACCEPT\n');
  await expect(page.locator('.edit-state')).toHaveAttribute('data-state', 'fine');
  await page.keyboard.press('Control+Enter');
  await expect(page.locator('#outcome')).toHaveText('ok');
  await change(page);
  await page.locator('[data-key="policy arptables filter OUTPUT"]').selectOption('DROP');
  await expect(page.locator('#outcome')).toContainText('unreachable');
  expect(complaints).toEqual([]);
});

test('a mistake is marked where it is, and changes nothing', async ({ page }) => {
  await open(page, '?lang=en');
  const before = await steps(page);
  await editRules(page, '-A FORWARD -j DOCKER-USER');
  await page.keyboard.type('-A FORWARD -p tcp --dprot 80 -j DROP\n');
  await expect(page.locator('.edit-finding')).toContainText('--dprot');
  await expect(page.locator('.edit-finding')).toContainText('--dport');
  await expect(page.locator('.cm-lintRange-error')).toHaveText('--dprot');
  await expect(page.locator('.edit-bar .primary')).toBeDisabled();
  await page.keyboard.press('Control+Enter');
  expect(await steps(page)).toBe(before);
  await expect(page.locator('#change-count')).toHaveText('0');
  // What was typed survives another tab, and goes when it is discarded.
  await page.locator('#change-tab-switches').click();
  await page.locator('#change-tab-iptables').click();
  await expect(page.locator('.cm-content')).toContainText('--dprot');
  await page.locator('.edit-bar .button', { hasText: 'Discard' }).click();
  await expect(page.locator('.cm-content')).not.toContainText('--dprot');
});

test('chains and options are offered while typing', async ({ page }) => {
  await page.clock.install();
  await open(page, '?lang=en');
  await editRules(page, '-A FORWARD -j DOCKER-USER');
  await page.keyboard.type('-A FORWARD -j DOCKER-I');
  await expect(page.locator('.cm-tooltip-autocomplete')).toContainText('DOCKER-ISOLATION');
  // Enter takes what is offered, once it has stood there for a moment.
  await page.clock.fastForward(1000);
  await page.keyboard.press('Enter');
  await expect(page.locator('.cm-content')).toContainText('-A FORWARD -j DOCKER-ISOLATION');
});

test('the keys of players are letters in the editor', async ({ page }) => {
  await open(page, '?lang=en');
  const step = await stepOf(page);
  await editRules(page, '-A FORWARD -j DOCKER-USER');
  await page.keyboard.type('# zt .,[]lmwasd?\n');
  await expect(page.locator('.cm-content')).toContainText('# zt .,[]lmwasd?');
  expect(await stepOf(page)).toBe(step);
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
});

test('a container and a host outside come and go', async ({ page }) => {
  const complaints = await open(page, '?lang=en');
  await change(page, 'hosts');
  await page.locator('[data-key="container-add"]').click();
  await expect(page.locator('#stage .room')).toHaveCount(5);
  await page.locator('[data-key="host-name"]').fill('web');
  await page.locator('[data-key="host-add"]').click();
  await expect(page.locator('#stage [data-netns="web"]')).toBeVisible();
  await page.locator('#flow-input').fill('c3 tcp 10.10.126.1:80');
  await page.locator('#flow-run').click();
  await expect(page.locator('#outcome')).toContainText('ok');
  // The flow's own namespace goes: another flow runs.
  await page.locator('[data-key="remove c3"]').click();
  await expect(page.locator('#stage [data-netns="c3"]')).toHaveCount(0);
  await expect(page.locator('#flow-input')).not.toHaveValue(/^c3 /);
  // A name that is taken is refused in place.
  await page.locator('[data-key="container-name"]').fill('c1');
  await page.locator('[data-key="container-add"]').click();
  await expect(page.locator('#change-message')).toContainText('c1');
  expect(complaints).toEqual([]);
});

test('a click on a device opens its switches', async ({ page }) => {
  await open(page, '?lang=en');
  await page.locator('#stage [data-id="c1/eth0"]').click();
  await expect(page.locator('#change')).toBeVisible();
  await expect(page.locator('#change-netns')).toHaveValue('c1');
  await expect(page.locator('[data-key="link eth0"]')).toBeFocused();
  await page.locator('#change-close').click();
  await expect(page.locator('#change')).toBeHidden();
  await expect(page.locator('#change-open')).toBeFocused();
});

test('a flow is put together from who is there and listens', async ({ page }) => {
  await open(page, '?lang=en');
  await page.locator('#compose').click();
  await expect(page.locator('#compose-from')).toBeFocused();
  await page.locator('#compose-from').selectOption('ext');
  await page.locator('#compose-how').selectOption('tcp');
  await page.locator('#compose-to').selectOption('10.10.126.101');
  await page.locator('#compose-port').selectOption('22');
  await expect(page.locator('#flow-input')).toHaveValue('ext tcp 10.10.126.101:22');
  await page.locator('#flow-run').click();
  await expect(page.locator('#outcome')).toContainText('ok');
  await page.locator('#compose-port').selectOption('other');
  await page.locator('#compose-number').fill('23');
  await expect(page.locator('#flow-input')).toHaveValue('ext tcp 10.10.126.101:23');
  await page.locator('#compose-number').press('Enter');
  await expect(page.locator('#outcome')).toHaveText('refused');
  await page.locator('#compose-from').press('Escape');
  await expect(page.locator('#compose')).toBeFocused();
});

test('time can be let pass, and is told in words', async ({ page }) => {
  await open(page, '?lang=en');
  await page.locator('#compose').click();
  await page.locator('#compose-from').selectOption('host');
  await page.locator('#compose-how').selectOption('wait');
  await expect(page.locator('#compose-to')).toBeHidden();
  await expect(page.locator('#compose-address')).toBeHidden();
  await expect(page.locator('#compose-port')).toBeHidden();
  await page.locator('#compose-seconds').fill('301.5');
  await expect(page.locator('#flow-input')).toHaveValue('host wait 301.5');
  await page.locator('#compose-seconds').press('Enter');
  await expect(page.locator('#outcome')).toHaveText('waited');
  await expect(page.locator('#sentence')).toContainText('waits for 301.5 s');
  await page.locator('#compose-how').selectOption('ping');
  await expect(page.locator('#compose-seconds')).toBeHidden();
  await expect(page.locator('#compose-to')).toBeVisible();
});

test('what was not used or is not modelled stays to be read', async ({ page, request }) => {
  await open(page, '?lang=en');
  await change(page, 'remarks');
  await expect(page.locator('#change-body')).toContainText('all of it is modelled');
  const whole = await (await request.get('scenarios/article-2017.snapshot.txt')).text();
  await page.locator('#open').click();
  await page.locator('#paste').fill(whole.replace('@@end', '@@run uname -a\nLinux\n@@end'));
  await page.locator('#open-load').click();
  await expect(page.locator('#change-tab-remarks')).toContainText('1');
  await expect(page.locator('#change-body')).toContainText('uname -a');
});

for (const [colorScheme, width] of /** @type {const} */ ([['light', 1440], ['dark', 390]])) {
  test(`no violation while changing, ${colorScheme}, ${width}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    await open(page, '?lang=en');
    await change(page);
    await page.locator('[data-key="link docker0"]').click();
    expect(await violations(page), 'switches').toEqual([]);
    await change(page, 'hosts');
    expect(await violations(page), 'hosts').toEqual([]);
    await editRules(page, '*filter');
    await page.keyboard.type('-X\n');
    await expect(page.locator('.edit-state')).toHaveAttribute('data-state', 'error');
    expect(await violations(page), 'editor').toEqual([]);
    await page.locator('#compose').click();
    expect(await violations(page), 'composer').toEqual([]);
    await page.locator('#share').click();
    expect(await violations(page), 'sharing').toEqual([]);
  });
}
