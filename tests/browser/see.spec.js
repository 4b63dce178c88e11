// Looking: the conversation, zooming, panels, rules and their meetings, what a
// packet has been through.

import { readFileSync } from 'node:fs';

import { expect, test } from '@playwright/test';

import { open, press, rest, stepOf, steps } from './page.js';

/** The machine of two networks that a real dockerd set up. */
const TWO = readFileSync(new URL('../corpus/dockerd/28.5.2-two-usernets-isolation/snapshot.txt', import.meta.url), 'utf8');

/** @param {import('@playwright/test').Page} page @param {string} text */
async function paste(page, text) {
  await page.locator('#open').click();
  await page.locator('#paste').fill(text);
  await page.locator('#open-load').click();
}

/** @param {import('@playwright/test').Page} page @param {string} flow */
async function run(page, flow) {
  await page.locator('#flow-input').fill(flow);
  await page.locator('#flow-run').click();
  await expect(page.locator('#flow-problem')).toBeHidden();
}

test('the conversation is a ladder whose rungs lead to their moments', async ({ page }) => {
  const complaints = await open(page, '?lang=en&scenario=3');
  await press(page, 'm');
  await expect(page.locator('#ladder')).toBeVisible();
  await expect(page.locator('#stage')).toBeHidden();
  const rungs = page.locator('#ladder .row-rung');
  await expect(rungs).toHaveCount(4);
  await expect(rungs.first()).toHaveAttribute('aria-label', /^c1 to host: ICMP echo request/);
  let before = -1;
  for (let at = 0; at < 4; at += 1) {
    await rungs.nth(at).click();
    const step = await stepOf(page);
    expect(step).toBeGreaterThan(before);
    await expect(page.locator('#ladder .row.is-now')).toHaveCount(1);
    await expect(rungs.nth(at)).toHaveAttribute('aria-selected', 'true');
    before = step;
  }
  // By keys, too: up is the row before.
  await page.locator('#ladder').focus();
  await press(page, 'ArrowUp');
  expect(await stepOf(page)).toBeLessThan(before);
  await press(page, 'm');
  await expect(page.locator('#stage')).toBeVisible();
  expect(complaints).toEqual([]);
});

test('ARP is folded away until it is asked for', async ({ page }) => {
  await open(page, '?lang=en');
  await paste(page, TWO);
  await run(page, 'a1 ping 172.18.0.3');
  await press(page, 'm');
  const arp = page.locator('#ladder .row-arp.row-rung');
  await expect(arp).toHaveCount(0);
  const folded = page.locator('#ladder .row-folded');
  await expect(folded).not.toHaveCount(0);
  await folded.first().click();
  await expect(arp).not.toHaveCount(0);
  await page.locator('#ladder-arp').uncheck();
  await expect(arp).toHaveCount(0);
});

test('one packet can be kept to', async ({ page }) => {
  await open(page, '?lang=en&scenario=3');
  await press(page, 'm');
  await page.locator('#ladder .row-rung').nth(2).click();
  await page.locator('#only').check();
  await expect(page.locator('#packet-note')).toHaveText(/echo reply/);
  for (const key of ['ArrowRight', 'ArrowLeft', 'Shift+ArrowRight', 'Shift+ArrowLeft']) {
    for (let at = 0; at < 12; at += 1) {
      await press(page, key);
      await expect(page.locator('#packet-note')).toHaveText(/echo reply/);
    }
  }
  await page.locator('#only').uncheck();
  await press(page, 'Home');
  expect(await stepOf(page)).toBe(0);
});

test('pictures are zoomed by keys, buttons and wheel, and fitted again', async ({ page }) => {
  await open(page, '?lang=en');
  const width = async (/** @type {string} */ of) => Number(await page.locator(`#${of} > svg`).getAttribute('width'));
  const fitted = await width('stage');
  await press(page, '+', 3);
  await expect.poll(() => width('stage')).toBeGreaterThan(fitted * 1.5);
  await press(page, '-');
  await press(page, '0');
  await expect.poll(() => width('stage')).toBeCloseTo(fitted, 0);

  // The picture that has the focus is the one that is meant.
  await page.locator('#way').focus();
  const chart = await width('way');
  await press(page, '+', 4);
  await expect.poll(() => width('way')).toBeGreaterThan(chart * 1.5);
  await expect.poll(() => width('stage')).toBeCloseTo(fitted, 0);
  const scrolled = () => page.locator('#way').evaluate((box) => box.scrollLeft);
  const from = await scrolled();
  await press(page, 'd');
  await expect.poll(scrolled).toBeGreaterThan(from);
  await page.locator('.way .zoom button').nth(1).click();
  await expect.poll(() => width('way')).toBeLessThan(chart + 1);
  await expect.poll(() => page.locator('#way').evaluate((box) => box.scrollWidth - box.clientWidth)).toBeLessThanOrEqual(1);

  await page.locator('#stage').hover();
  await page.keyboard.down('Control');
  await page.mouse.wheel(0, -240);
  await page.keyboard.up('Control');
  await expect.poll(() => width('stage')).toBeGreaterThan(fitted * 1.2);
  // Dragged, it moves, and nothing counts as clicked.
  const step = await stepOf(page);
  const box = await page.locator('#stage').boundingBox();
  if (!box) throw new Error('no stage');
  await press(page, '+', 4);
  await rest(page);
  const left = await page.locator('#stage').evaluate((stage) => stage.scrollLeft);
  await page.mouse.move(box.x + 200, box.y + 100);
  await page.mouse.down();
  await page.mouse.move(box.x + 120, box.y + 100, { steps: 4 });
  await page.mouse.up();
  await expect.poll(() => page.locator('#stage').evaluate((stage) => stage.scrollLeft)).toBeGreaterThan(left + 40);
  expect(await stepOf(page)).toBe(step);
});

test('a panel takes all the room and gives it back', async ({ page }) => {
  await open(page, '?lang=en');
  const shown = () => page.locator('.panel').evaluateAll((panels) => panels.filter((panel) => panel.checkVisibility()).map((panel) => /** @type {HTMLElement} */ (panel).dataset['panel']));
  await expect.poll(shown).toEqual(['stage', 'way', 'packet', 'rules', 'log']);
  await page.locator('#rules').focus();
  await press(page, 'e');
  await expect.poll(shown).toEqual(['rules']);
  await expect(page.locator('#scrubber')).toBeVisible();
  await press(page, 'Escape');
  await expect.poll(shown).toHaveLength(5);
  await page.locator('.log .enlarge').click();
  await expect.poll(shown).toEqual(['log']);
  await page.locator('.log .enlarge').click();
  await expect.poll(shown).toHaveLength(5);
});

test('borders between panels are moved by keys and by dragging', async ({ page }) => {
  await open(page, '?lang=en');
  const width = async () => (await page.locator('.panel.stage').boundingBox())?.width ?? 0;
  const border = page.locator('[data-border="pictures"]');
  const before = await width();
  await border.focus();
  await press(page, 'ArrowRight', 3);
  await expect.poll(width).toBeGreaterThan(before + 50);
  await rest(page);
  const wider = await width();
  const at = await border.boundingBox();
  if (!at) throw new Error('no border');
  await page.mouse.move(at.x + 5, at.y + 50);
  await page.mouse.down();
  await page.mouse.move(at.x - 200, at.y + 50, { steps: 4 });
  await page.mouse.up();
  await expect.poll(width).toBeLessThan(wider - 150);
});

test('from a rule to every packet that met it', async ({ page }) => {
  await open(page, '?lang=en&scenario=1');
  const rule = page.locator('#rules .rule[data-rule="filter FORWARD 3"]');
  await rule.click();
  const met = page.locator('#met .meeting');
  // The request is new and does not match, the reply is established and does.
  await expect(met).toHaveCount(2);
  await expect(met.nth(0)).toHaveAttribute('data-mark', 'cross');
  await expect(met.nth(1)).toHaveAttribute('data-mark', 'tick');
  const first = await stepOf(page);
  await page.locator('#met button', { hasText: '›' }).click();
  const second = await stepOf(page);
  expect(second).toBeGreaterThan(first);
  await expect(met.nth(1)).toHaveAttribute('aria-current', 'step');
  await expect(rule).toHaveAttribute('data-mark', 'tick');
  await page.locator('#met button', { hasText: '‹' }).click();
  expect(await stepOf(page)).toBe(first);
  await page.locator('#met button').last().click();
  await expect(page.locator('#met')).toBeHidden();
});

test('any chain can be looked at, whatever the packet does', async ({ page }) => {
  await open(page, '?lang=en&scenario=1');
  const option = page.locator('#chains option', { hasText: /^POSTROUTING/ }).first();
  await page.locator('#chains').selectOption(await option.getAttribute('value'));
  await expect(page.locator('#rules .chain-title')).toContainText('Chain POSTROUTING');
  await press(page, 'End');
  await expect(page.locator('#rules .chain-title')).toContainText('Chain POSTROUTING');
  await page.locator('#chains').selectOption('');
});

test('what changed is told side by side, and leads to its moment', async ({ page }) => {
  await open(page, '?lang=en&scenario=3');
  const change = page.locator('#packet .change.is-now');
  await expect(change).toContainText(/Source.*192\.168\.0\.2.*10\.10\.126\.101/);
  const step = await stepOf(page);
  await page.locator('#packet .go').first().click();
  expect(await stepOf(page)).toBeLessThan(step);
  // The title stands above the table, and the table inside the panel.
  const box = async (/** @type {string} */ selector) => {
    const found = await page.locator(selector).first().boundingBox();
    if (!found) throw new Error(`${selector} is not on show`);
    return found;
  };
  const [title, table, panel] = [await box('#packet .rewrites h3'), await box('#packet .rewrites table'), await box('#packet')];
  expect(title.y + title.height).toBeLessThanOrEqual(table.y);
  expect(table.x + table.width).toBeLessThanOrEqual(panel.x + panel.width);
});

test('the table of connections is that of the moment', async ({ page }) => {
  await open(page, '?lang=en&scenario=3');
  const entries = page.locator('#packet .conntrack li');
  await press(page, 'Home');
  await expect(entries).toHaveCount(0);
  const count = await steps(page);
  // Until the host has confirmed it, it is in no table.
  let seen = 0;
  for (let at = 1; at < count && seen === 0; at += 1) {
    await press(page, 'ArrowRight');
    seen = await page.locator('#packet .conntrack li.is-now').count();
  }
  expect(seen).toBe(1);
  await expect(page.locator('#sentence')).toContainText(/confirm|table/i);
});

test('the log is saved as the kernel prints it', async ({ page }) => {
  await open(page);
  const lines = await page.locator('#log .log-line code').allTextContents();
  const download = page.waitForEvent('download');
  await page.locator('#log-save').click();
  const path = await (await download).path();
  expect(readFileSync(path, 'utf8')).toBe(lines.map((line) => `${line}\n`).join(''));
});

for (const width of [320, 390, 768, 1024, 1440]) {
  test(`nothing sticks out at ${width} pixels`, async ({ page }) => {
    await page.setViewportSize({ width, height: 800 });
    const complaints = await open(page, '?lang=en');
    const over = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    await expect.poll(over).toBeLessThanOrEqual(0);
    await paste(page, TWO);
    await press(page, 'End');
    await rest(page);
    await expect.poll(over).toBeLessThanOrEqual(0);
    await press(page, 'm');
    await press(page, 'z');
    await rest(page);
    await expect.poll(over).toBeLessThanOrEqual(0);
    // Rules are read whole: none is wider than its panel.
    await expect.poll(() => page.locator('#rules').evaluate((box) => box.scrollWidth - box.clientWidth)).toBeLessThanOrEqual(0);
    expect(complaints).toEqual([]);
  });
}

test('printed, everything is on paper and the controls are not', async ({ page }) => {
  await open(page, '?lang=en');
  await page.emulateMedia({ media: 'print' });
  for (const panel of ['stage', 'way', 'packet', 'rules', 'log']) await expect(page.locator(`.panel.${panel}`)).toBeVisible();
  await expect(page.locator('#play')).toBeHidden();
  await expect.poll(() => page.locator('#log').evaluate((box) => box.scrollHeight - box.clientHeight)).toBeLessThanOrEqual(1);
});

test('the help begins at its beginning, and its way out is in sight', async ({ page }) => {
  for (const [width, height] of [[1440, 900], [390, 600]]) {
    await page.setViewportSize({ width: width ?? 0, height: height ?? 0 });
    await open(page, '?lang=en');
    await press(page, '?');
    await expect(page.locator('#help-title')).toBeInViewport();
    await expect(page.locator('#help-dialog button')).toBeInViewport();
  }
});

test('the help names every key that does something', async ({ page }) => {
  await open(page, '?lang=en');
  await press(page, '?');
  const keys = await page.locator('#help-body kbd').allTextContents();
  for (const key of ['Space', '←', '→', ',', '.', '[', ']', 'Home', 'End', '<', '>', 'L', '/', 'Z', 'T', 'M', '+', '-', '0', 'W', 'A', 'S', 'D', 'E', '?']) expect(keys.join(' ')).toContain(key);
});

test('the page’s head takes one row on a desk and three on a telephone, in both languages', async ({ page }) => {
  for (const lang of ['en', 'zh']) {
    for (const [width, most] of /** @type {const} */ ([[1440, 56], [1280, 56], [390, 150], [320, 160]])) {
      await page.setViewportSize({ width, height: 800 });
      await open(page, `?lang=${lang}`);
      await expect.poll(async () => (await page.locator('.top').boundingBox())?.height, `${lang} ${width}`).toBeLessThanOrEqual(most);
    }
  }
});

test('a machine of one’s own opens where its walk tells most, and is played from the beginning', async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await open(page, '?lang=en');
  await page.locator('#file').setInputFiles('tests/corpus/dockerd/26.1.5-published/snapshot.txt');
  await expect(page.locator('body')).toHaveClass(/own/);
  await expect(page.locator('#sentence')).toHaveText(/^Table filter has decided at FORWARD: the packet is accepted, by rule \d+ of FORWARD/);
  // What leads away from it takes little room, and still has its name.
  await expect(page.getByRole('button', { name: 'container → outside' })).toBeVisible();
  await expect.poll(() => page.locator('#flow-input').evaluate((input) => input.scrollWidth - input.clientWidth)).toBeLessThanOrEqual(0);
  // Looked at by the page itself in the frame after: later it has gone on.
  const began = await page.evaluate(async () => {
    document.getElementById('play')?.click();
    for (let frame = 0; frame < 2; frame += 1) await new Promise((resolve) => requestAnimationFrame(resolve));
    return Number(document.body.dataset['step']);
  });
  expect(began).toBeLessThan(20);
});

test('what fails opens where it fails', async ({ page }) => {
  await open(page, '?lang=en&flow=c1%20ping%2010.99.0.1');
  await expect(page.locator('#outcome')).not.toHaveText(/^ok/);
  await expect.poll(() => stepOf(page)).toBeGreaterThan(0);
  await expect(page.locator('#stage .mover.is-dropped')).toHaveCount(1);
});

test('where a packet is dropped, what decided is in sight', async ({ page, request }) => {
  await open(page, '?lang=en');
  const text = await (await request.get('scenarios/article-2017.snapshot.txt')).text();
  const without = text.replace(/^.*-A FORWARD -i docker0 -o docker0 .*\n/m, '');
  expect(without.length).toBeLessThan(text.length);
  await page.locator('#file').setInputFiles({ name: 'no-icc.txt', mimeType: 'text/plain', buffer: Buffer.from(without) });
  await expect(page.locator('#sentence')).toContainText('NETFILTER_DROP');
  await expect(page.locator('#rules .chain-end')).toHaveText(/policy DROP/);
  await expect(page.locator('#rules .chain-end')).toBeInViewport({ ratio: 1 });
});

test('what is said of a packet is not cut off', async ({ page }) => {
  for (const width of [390, 320]) {
    await page.setViewportSize({ width, height: 800 });
    await open(page, '?lang=zh&flow=c1%20tcp%2010.10.126.187:81');
    await expect.poll(() => page.locator('.words').evaluate((box) => [box.scrollWidth - box.clientWidth, box.scrollHeight - box.clientHeight]), `at ${width}`).toEqual([0, 0]);
  }
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.setViewportSize({ width: 1440, height: 900 });
  await open(page, '?lang=en&lesson=hairpin');
  // Beside a lesson there is little room: where the bridge has rewritten addresses of both layers.
  const [count, next] = [page.locator('#lesson-count'), page.locator('#lesson-next')];
  while (!(await count.textContent())?.startsWith('10/')) {
    if (await next.getAttribute('aria-disabled') === 'true') await page.locator('#lesson-body .card:last-child .answer').first().click();
    await next.click();
  }
  const rewrites = page.locator('#packet .rewrites');
  await expect(rewrites).toBeVisible();
  for (const part of [rewrites, page.locator('.way .panel-head'), page.locator('#way-title')]) {
    await expect.poll(() => part.evaluate((box) => [box.scrollWidth - box.clientWidth, box.scrollHeight - box.clientHeight])).toEqual([0, 0]);
  }
});

test('good news never lies over what is pressed next', async ({ page }) => {
  for (const width of [1024, 390, 320]) {
    await page.setViewportSize({ width, height: 700 });
    await open(page, '?lang=en');
    await page.locator('#file').setInputFiles('tests/corpus/dockerd/26.1.5-published/snapshot.txt');
    await expect(page.locator('.notice')).toBeVisible();
    await expect.poll(() => page.evaluate(() => {
      const [notice, bar] = ['.notice', '#transport'].map((part) => document.querySelector(part)?.getBoundingClientRect());
      return notice && bar ? bar.top - notice.bottom : NaN;
    }), `at ${width}`).toBeGreaterThanOrEqual(0);
  }
});

test('fifty containers can be read as soon as they are opened, and seen whole at one press', async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await open(page, '?lang=en');
  const json = (/** @type {unknown} */ value) => JSON.stringify(value);
  const up = { flags: ['UP', 'LOWER_UP'], mtu: 1500, operstate: 'UP', link_type: 'ether' };
  const ports = Array.from({ length: 50 }, (_, n) => ({ ...up, ifindex: 20 + n, ifname: `veth${n}`, link_index: 2, link_netnsid: n, master: `br${n % 5}`, address: `02:00:00:00:01:${(n + 16).toString(16)}`, linkinfo: { info_kind: 'veth', info_slave_kind: 'bridge' } }));
  const bridges = Array.from({ length: 5 }, (_, n) => ({ ...up, ifindex: 3 + n, ifname: `br${n}`, address: `02:00:00:00:02:0${n}`, linkinfo: { info_kind: 'bridge' } }));
  const inside = (/** @type {number} */ n) => `@@netns service-number-${n}\n@@run ip -j -d link show\n${json([{ ...up, ifindex: 2, ifname: 'eth0', link_index: 20 + n, link_netnsid: 0, address: `02:00:00:00:03:${(n + 16).toString(16)}`, linkinfo: { info_kind: 'veth' } }])}\n@@run ip -j addr show\n${json([{ ifindex: 2, ifname: 'eth0', addr_info: [{ family: 'inet', local: `10.${n % 5}.0.${n + 2}`, prefixlen: 16, scope: 'global' }] }])}\n`;
  const text = `@@packetwalk snapshot 1\n@@netns host\n@@run ip -j -d link show\n${json([...bridges, ...ports])}\n${Array.from({ length: 50 }, (_, n) => inside(n)).join('')}@@end\n`;
  await page.locator('#open').click();
  await page.locator('#paste').fill(text);
  await page.locator('#open-load').click();
  await expect(page.locator('#stage .room')).toHaveCount(51);
  const size = () => page.evaluate(() => Math.max(...[...document.querySelectorAll('#stage .room-name')].map((name) => name.getBoundingClientRect().height)));
  await expect.poll(size).toBeGreaterThan(10);
  // No name is wider than its room.
  const wide = await page.evaluate(() => [...document.querySelectorAll('#stage .room')].filter((room) => {
    const [floor, name] = [room.querySelector('.floor'), room.querySelector('.room-name')].map((part) => part?.getBoundingClientRect());
    return !floor || !name || name.right > floor.right + 1;
  }).length);
  expect(wide).toBe(0);
  await page.locator('.zoom[data-of="stage"] button').nth(1).click();
  await expect.poll(() => page.locator('#stage').evaluate((box) => Math.max(box.scrollWidth - box.clientWidth, box.scrollHeight - box.clientHeight))).toBeLessThanOrEqual(1);
});
