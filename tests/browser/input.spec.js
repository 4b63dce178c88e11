// Bad input is answered in a visible place, and the page goes on working.

import { expect, test } from '@playwright/test';

import { logLines, open, press, stepOf } from './page.js';

for (const [text, about] of [
  ['c1 pnig 192.168.0.3', /pnig/],
  ['c1 ping 300.1.2.3', /300\.1\.2\.3/],
  ['c9 ping 192.168.0.3', /c9/],
  ['c1 ping 192.168.0.3 ttl 999', /999/],
  ['', /./],
  ['<img src=x onerror=alert(1)>', /./],
]) {
  test(`the flow ${JSON.stringify(String(text))} is refused in place`, async ({ page }) => {
    const complaints = await open(page);
    const before = await stepOf(page);
    await page.locator('#flow-input').fill(String(text));
    await page.locator('#flow-run').click();
    await expect(page.locator('#flow-problem')).toBeVisible();
    await expect(page.locator('#flow-problem')).toHaveText(/** @type {RegExp} */ (about));
    await expect(page.locator('#flow-input')).toHaveAttribute('aria-invalid', 'true');
    expect(await page.locator('#flow-problem img').count()).toBe(0);
    // The walk before it is still there, and works.
    expect(await stepOf(page)).toBe(before);
    await page.locator('#flow-input').fill('c1 ping 192.168.0.3');
    await expect(page.locator('#flow-problem')).toBeHidden();
    await page.locator('#flow-run').click();
    expect((await logLines(page)).length).toBeGreaterThan(10);
    expect(complaints).toEqual([]);
  });
}

/** @param {import('@playwright/test').Page} page @param {string} text */
async function paste(page, text) {
  await page.locator('#open').click();
  await page.locator('#paste').fill(text);
  await page.locator('#open-load').click();
}

for (const text of ['', 'hello', '\u0000\u0001', '<script>alert(1)</script>', '@@packetwalk snapshot 99\n@@end']) {
  test(`the snapshot ${JSON.stringify(text)} is refused, and the machine before it stays`, async ({ page }) => {
    const complaints = await open(page);
    await paste(page, text);
    await expect(page.locator('.notice[data-kind="error"]')).toBeVisible();
    await expect(page.locator('#stage .room')).toHaveCount(4);
    await press(page, 'End');
    expect((await logLines(page)).every((line) => line.printed)).toBe(true);
    expect(complaints).toEqual([]);
  });
}

test('a truncated snapshot says where, and the rest of it works', async ({ page, request }) => {
  const complaints = await open(page);
  const whole = await (await request.get('scenarios/article-2017.snapshot.txt')).text();
  // In the middle of the container's addresses.
  const cut = whole.indexOf('@@run ip -j addr show', whole.indexOf('@@netns c2')) + 80;
  await paste(page, whole.slice(0, cut));
  const notice = page.locator('.notice');
  await expect(notice).toBeVisible();
  await expect(notice).toContainText('c2');
  await expect(notice).toContainText('ip -j addr show');
  await page.locator('#flow-input').fill('host ping 192.168.0.2');
  await page.locator('#flow-run').click();
  await expect(page.locator('#flow-problem')).toBeHidden();
  expect((await logLines(page)).length).toBeGreaterThan(5);
  expect(complaints).toEqual([]);
});

test('an unknown rule is named, and the machine works', async ({ page, request }) => {
  const complaints = await open(page);
  const whole = await (await request.get('scenarios/article-2017.snapshot.txt')).text();
  const at = whole.indexOf('\n', whole.indexOf(':DOCKER-USER'));
  expect(at).toBeGreaterThan(0);
  const filter = whole.indexOf('*filter');
  const commit = whole.indexOf('COMMIT', filter);
  await paste(page, `${whole.slice(0, commit)}-A INPUT --no-such-option 1 -j ACCEPT\n${whole.slice(commit)}`);
  await expect(page.locator('.notice')).toContainText('--no-such-option');
  await press(page, 'End');
  expect(await stepOf(page)).toBeGreaterThan(5);
  expect(complaints).toEqual([]);
});

test('a snapshot is opened by file, by dropping and by pasting', async ({ page, request }) => {
  await open(page);
  const whole = await (await request.get('scenarios/article-2017.snapshot.txt')).text();
  const other = whole.replaceAll('192.168.0.3', '192.168.0.33');
  await page.locator('#file').setInputFiles({ name: 'other.txt', mimeType: 'text/plain', buffer: Buffer.from(other) });
  await expect(page.locator('.notice')).toContainText('other.txt');
  await expect(page.locator('#stage')).toContainText('192.168.0.33');

  // The scenarios bring the article's machine back.
  await page.locator('.scenario').first().click();
  await expect(page.locator('#stage')).not.toContainText('192.168.0.33');

  await page.evaluate((text) => {
    const data = new DataTransfer();
    data.items.add(new File([text], 'dropped.txt', { type: 'text/plain' }));
    dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
  }, other);
  await expect(page.locator('#stage')).toContainText('192.168.0.33');
});

test('what is wrong is said in the language of the page, and again when that is switched', async ({ page, request }) => {
  const complaints = await open(page, '?lang=zh');
  await page.locator('#flow-input').fill('c1 pnig 192.168.0.3');
  await page.locator('#flow-run').click();
  await expect(page.locator('#flow-problem .message')).toHaveText('未知的动作 "pnig"');
  await expect(page.locator('#flow-problem .hint')).toContainText('是不是 ping？');
  await page.locator('#lang').click();
  await expect(page.locator('#flow-problem .message')).toHaveText('unknown action "pnig"');
  await page.locator('#lang').click();
  await page.keyboard.press('Escape');

  // An editor with a mistake.
  await page.locator('#change-open').click();
  await page.locator('#change-tab-iptables').click();
  await page.locator('.cm-line', { hasText: '-A FORWARD' }).first().click();
  await page.keyboard.press('Home');
  await page.keyboard.type('-A FORWARD -p tcp --dprot 80 -j DROP\n');
  await expect(page.locator('.edit-finding')).toContainText('未知的选项 `--dprot`');
  await expect(page.locator('.edit-finding')).toContainText('是不是 `--dport`？');
  await page.locator('#change-tab-hosts').click();
  await page.locator('.add-form input').first().fill('c1');
  await page.locator('.add-form button').first().click();
  await expect(page.locator('#change-message')).toContainText('已经有 c1');

  // A snapshot with remarks: the first is shown, all are one click away.
  const whole = await (await request.get('scenarios/article-2017.snapshot.txt')).text();
  const filter = whole.indexOf('COMMIT', whole.indexOf('*filter'));
  const odd = `${whole.slice(0, filter)}-A INPUT --no-such-option 1 -j ACCEPT\n-A INPUT -m no-such-match -j ACCEPT\n${whole.slice(filter)}`;
  await paste(page, odd);
  await expect(page.locator('.notice')).toContainText('未知的选项 `--no-such-option`');
  await expect.poll(() => page.locator('.notice').evaluate((notice) => notice.clientHeight)).toBeLessThan(70);
  await page.locator('.notice-tools .button').first().click();
  await expect(page.locator('.remarks li')).not.toHaveCount(0);
  await expect(page.locator('.remarks')).toContainText(['没有匹配 `no-such-match`']);
  expect(complaints).toEqual([]);
});

test('good news takes no room and goes by itself', async ({ page, request }) => {
  await page.clock.install();
  await open(page, '?lang=en');
  const before = await page.locator('#main').boundingBox();
  const whole = await (await request.get('scenarios/article-2017.snapshot.txt')).text();
  await paste(page, whole.replaceAll('192.168.0.3', '192.168.0.33'));
  await expect(page.locator('.notice[data-kind="done"]')).toBeVisible();
  await expect.poll(() => page.locator('#main').boundingBox()).toEqual(before);
  await page.clock.runFor(10_000);
  await expect(page.locator('.notice')).toHaveCount(0);
});
