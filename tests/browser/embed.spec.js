// The element in other people's pages. The pages are made here; the script is
// the one that `cargo xtask test` bundled into www/pkg/embed.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { expect, test } from '@playwright/test';

import { complaintsOf } from './page.js';

/** @typedef {import('@playwright/test').Page} Page */

const SCRIPT = 'pkg/embed/packetwalk.js';

/**
 * Shows a page of an author's: served beside the script, under a policy if one
 * is given. Complaints on the console are collected.
 * @param {Page} page
 * @param {string} body
 * @param {{ policy?: string, head?: string, html?: string }} [how]
 */
async function post(page, body, { policy, head = '', html = '' } = {}) {
  const complaints = complaintsOf(page);
  await page.route('**/post.html', (route) => route.fulfill({
    contentType: 'text/html; charset=utf-8',
    headers: policy ? { 'content-security-policy': policy } : {},
    body: `<!doctype html><html lang="en" ${html}><head><meta charset="utf-8"><title>A post</title>${head}</head><body><p>Before.</p>${body}<p id="after">After.</p><script async src="/${SCRIPT}"></script></body></html>`,
  }));
  await page.goto('/post.html');
  return complaints;
}

/** Waits until the n-th element of the page shows a walk. @param {Page} page */
async function ready(page, at = 0) {
  const element = page.locator('packet-walk').nth(at);
  await element.scrollIntoViewIfNeeded();
  await expect(element.locator('.embed')).not.toHaveClass(/waiting/);
  return element;
}

test('three different elements on a page', async ({ page }) => {
  const complaints = await post(page, `
    <packet-walk scenario="container-to-container"></packet-walk>
    <packet-walk lang="zh" theme="dark" views="ladder log" scenario="container-to-external"></packet-walk>
    <packet-walk flow="host tcp 192.168.0.2:80" views="rules" controls="none"></packet-walk>`);
  const first = await ready(page, 0);
  await expect(first.locator('#outcome')).toHaveText('ok');
  await expect(first.locator('.panel.rules')).toBeHidden();
  const second = await ready(page, 1);
  await expect(second.locator('#ladder-view')).toBeVisible();
  await expect(second.locator('.log-line').first()).toBeVisible();
  await expect(second.locator('#play')).toContainText('播放');
  await expect(second.locator('.embed')).toHaveCSS('color-scheme', 'dark');
  const third = await ready(page, 2);
  await expect(third.locator('.bar')).toBeHidden();
  await expect(third.locator('.panel.stage')).toBeHidden();
  await expect(page.locator('#after')).toBeVisible();
  expect(complaints).toEqual([]);
});

test('it plays, steps, seeks and tells', async ({ page }) => {
  await post(page, '<packet-walk scenario="container-to-external" views="stage log"></packet-walk>');
  const element = await ready(page);
  const told = await element.evaluate(async (walk) => {
    const made = /** @type {any} */ (walk);
    /** @type {string[]} */
    const events = [];
    for (const name of ['play', 'pause', 'step', 'walk', 'ended']) made.addEventListener(name, () => events.push(name));
    made.seek('TRACE: nat:POSTROUTING:rule');
    const at = made.currentStep;
    await made.run('c1 ping 192.168.0.3');
    await made.play();
    const playing = !made.paused;
    made.pause();
    made.currentStep = made.steps - 1;
    return { events, at, playing, step: made.currentStep, steps: made.steps, outcome: made.outcome, first: made.log[0] };
  });
  expect(told.at).toBeGreaterThan(10);
  expect(told.playing).toBe(true);
  expect(told.step).toBe(told.steps - 1);
  expect(told.outcome).toBe('ok');
  expect(told.first).toMatch(/^TRACE: /);
  for (const name of ['step', 'walk', 'play', 'pause']) expect(told.events).toContain(name);
});

test('it stands at the moment that tells most, and plays from the beginning', async ({ page }) => {
  await post(page, `<packet-walk scenario="container-to-container"></packet-walk>
    <packet-walk scenario="container-to-container" start-at="1"></packet-walk>`);
  const element = await ready(page);
  await expect(element.locator('#where')).toHaveText(/FORWARD › filter$/);
  await expect(element.locator('#sentence')).toContainText('accepted');
  // Looked at in the same task: later it has gone on.
  expect(await element.evaluate((walk) => {
    /** @type {HTMLElement | null | undefined} */ (walk.shadowRoot?.querySelector('#play'))?.click();
    return /** @type {any} */ (walk).currentStep;
  })).toBe(0);
  const told = await ready(page, 1);
  expect(await told.evaluate((walk) => /** @type {any} */ (walk).currentStep)).toBe(0);
});

test('a script by itself, and a call, put an element into the page', async ({ page }) => {
  await post(page, `<div id="here"></div><script async src="/${SCRIPT}" data-scenario="host-to-container" data-views="stage"></script>`);
  await expect(page.locator('packet-walk')).toHaveCount(1);
  await ready(page);
  await page.evaluate(() => {
    const { PacketWalk } = /** @type {any} */ (globalThis);
    PacketWalk.create({ flow: 'c1 ping 192.168.0.3', views: ['rules'], startAt: 3 }, document.getElementById('here'));
  });
  await expect(page.locator('packet-walk')).toHaveCount(2);
  const made = page.locator('#here packet-walk');
  await expect(made.locator('.embed')).not.toHaveClass(/waiting/);
  await expect.poll(() => made.evaluate((walk) => /** @type {any} */ (walk).currentStep)).toBe(2);
});

test('moments that the author has named are buttons', async ({ page }) => {
  await post(page, '<packet-walk scenario="container-to-external" views="stage" markers="TRACE: nat:POSTROUTING:rule: the address changes; 3: early"></packet-walk>');
  const element = await ready(page);
  await element.getByRole('button', { name: 'the address changes' }).click();
  await expect(element.locator('#where')).toContainText('POSTROUTING');
  await element.getByRole('button', { name: 'early' }).click();
  expect(await element.evaluate((walk) => /** @type {any} */ (walk).currentStep)).toBe(2);
});

test('a lesson is read beside its walk, in both languages', async ({ page }) => {
  const complaints = await post(page, '<packet-walk lesson="published-port"></packet-walk><packet-walk lesson="published-port" lang="zh" views="stage log"></packet-walk>');
  const element = await ready(page);
  await expect(element.locator('#lesson-title')).toHaveText('Denied in INPUT, and yet it answers');
  await expect(element.locator('#lesson-count')).toHaveText(/^1\//);
  await expect(element.locator('.panel.rules')).toBeVisible();
  const next = element.locator('#lesson-next');
  await next.click();
  // A prediction is waited for, and what comes of it is not told.
  await expect(next).toHaveAttribute('aria-disabled', 'true');
  await expect(element.locator('#outcome')).toBeHidden();
  await element.getByRole('button', { name: 'A timeout: the rule drops the SYN.' }).click();
  await expect(element.locator('.answer[data-state="wrong"]')).toHaveCount(1);
  await element.getByRole('button', { name: 'It is connected.' }).click();
  await expect(element.locator('.answer[data-state="right"]')).toHaveCount(1);
  await expect(element.locator('#outcome')).toHaveText(/^ok/);
  await next.click();
  // The walk plays on to the card's stop.
  await expect.poll(() => element.evaluate((walk) => /** @type {any} */ (walk).paused)).toBe(true);
  await expect(element.locator('#where')).toHaveText('host › eth0 › PREROUTING › nat');
  // To the end, which is the end: an element is one lesson.
  const cards = Number((await element.locator('#lesson-count').textContent())?.split('/')[1]);
  for (let card = 3; card < cards; card += 1) await next.click();
  await expect(element.locator('#lesson-count')).toHaveText(`${cards}/${cards}`);
  await expect(next).toBeHidden();

  const chinese = await ready(page, 1);
  await expect(chinese.locator('#lesson-title')).toHaveText('INPUT 里拒绝了，端口却还是通的');
  await expect(chinese.locator('#lesson-next')).toHaveText('继续');
  expect(complaints).toEqual([]);
});

test('every lesson can be shown, and its scenes by name with their stops', async ({ page, request }) => {
  test.slow();
  const bundle = await (await request.get('/pkg/lessons.json')).json();
  const names = Object.keys(bundle.lessons).map((file) => file.replace(/^\d+-|\.md$/g, ''));
  expect(names.length).toBeGreaterThan(7);
  await post(page, '<packet-walk></packet-walk>');
  const element = page.locator('packet-walk');
  /** @param {Record<string, string | null>} attributes */
  const show = (attributes) => element.evaluate((walk, attributes) => new Promise((resolve, reject) => {
    walk.addEventListener('ready', () => resolve(undefined), { once: true });
    walk.addEventListener('error', (event) => reject(new Error(/** @type {CustomEvent} */ (event).detail.message)), { once: true });
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null) walk.removeAttribute(name);
      else walk.setAttribute(name, value);
    }
  }), attributes);
  await ready(page);
  for (const lesson of names) {
    await show({ lesson });
    await expect(element.locator('#lesson-title')).not.toBeEmpty();
  }
  await show({ lesson: null, scenario: 'container-to-container-no-rule-6' });
  await expect(element.locator('#outcome')).toHaveText('timeout');
  const stop = element.locator('.markers .button');
  await expect(stop).toHaveCount(1);
  await stop.click();
  await expect(element.locator('#sentence')).toContainText('NETFILTER_DROP');
  await expect(stop).toHaveAttribute('aria-label', /policy DROP ends a frame/);
});

test('what stands inside for those without scripts is not read', async ({ page }) => {
  await post(page, '<packet-walk><a href="/icon.svg"><img src="/icon.svg" alt="a picture of a walk"></a></packet-walk>');
  const element = await ready(page);
  await expect(element.locator('#outcome')).toHaveText('ok');
});

test('rules and a flow are written inside', async ({ page }) => {
  await post(page, `<packet-walk views="stage rules"><script type="text/plain">
    *filter
    :FORWARD DROP [0:0]
    COMMIT
    c1 ping 10.10.126.187
  </script></packet-walk>`);
  const element = await ready(page);
  await expect(element.locator('#outcome')).toHaveText('timeout');
});

test('the frame says its height to the page around', async ({ page }) => {
  await post(page, `<iframe src="/pkg/embed/frame.html?scenario=container-to-container&views=stage" style="width:100%;height:10px;border:0" title="walk"></iframe>
    <script src="/pkg/embed/resize.js"></script>`);
  const frame = page.locator('iframe');
  await expect.poll(async () => (await frame.boundingBox())?.height ?? 0).toBeGreaterThan(300);
  await expect(page.frameLocator('iframe').locator('packet-walk #outcome')).toHaveText('ok');
});

test('a sandboxed frame works, with no storage and no origin', async ({ page }) => {
  await post(page, '<iframe sandbox="allow-scripts" src="/pkg/embed/frame.html?scenario=container-to-external" style="width:100%;height:700px" title="walk"></iframe>');
  await expect(page.frameLocator('iframe').locator('packet-walk #outcome')).toHaveText('ok');
});

test.describe('from a file', () => {
  /** @param {string} name @param {string} body */
  const file = (name, body) => {
    const path = join(test.info().outputDir, name);
    writeFileSync(path, body);
    return pathToFileURL(path).href;
  };

  test('the script works beside a page on a disk', async ({ page, request }, info) => {
    const { mkdirSync } = await import('node:fs');
    mkdirSync(info.outputDir, { recursive: true });
    const script = await (await request.get(`/${SCRIPT}`)).body();
    writeFileSync(join(info.outputDir, 'packetwalk.js'), script);
    await page.goto(file('page.html', '<!doctype html><meta charset="utf-8"><packet-walk></packet-walk><script src="packetwalk.js"></script>'));
    const element = await ready(page);
    await expect(element.locator('#outcome')).toHaveText('ok');
    expect(readFileSync(join(info.outputDir, 'packetwalk.js')).length).toBeGreaterThan(0);
  });
});

test.describe('under a policy', () => {
  const script = "script-src 'self'";

  test("with 'wasm-unsafe-eval' it works", async ({ page }) => {
    const complaints = await post(page, '<packet-walk></packet-walk>', { policy: `default-src 'none'; ${script} 'wasm-unsafe-eval'` });
    const element = await ready(page);
    await expect(element.locator('#outcome')).toHaveText('ok');
    expect(complaints).toEqual([]);
  });

  test('where only known scripts may make markup, it works', async ({ page }) => {
    const complaints = await post(page, '<packet-walk lesson="docker-user"></packet-walk>', { policy: `default-src 'none'; ${script} 'wasm-unsafe-eval'; require-trusted-types-for 'script'; trusted-types packetwalk` });
    const element = await ready(page);
    await expect(element.locator('#lesson-title')).not.toBeEmpty();
    expect(complaints).toEqual([]);
  });

  test('without, it says which header to add', async ({ page }) => {
    await post(page, '<packet-walk></packet-walk><packet-walk lang="zh"></packet-walk>', { policy: `default-src 'none'; ${script}` });
    await expect(page.locator('packet-walk').first().locator('[role="alert"]')).toContainText("'wasm-unsafe-eval'");
    await expect(page.locator('packet-walk').last().locator('[role="alert"]')).toContainText('安全策略');
    await expect(page.locator('#after')).toBeVisible();
  });
});

for (const [what, lacking, said, saidInChinese] of /** @type {const} */ ([
  ['without WebAssembly', 'WebAssembly', 'needs WebAssembly', '需要 WebAssembly'],
  ['before streams could be unpacked', 'DecompressionStream', 'DecompressionStream', '版本过旧'],
  ['before style sheets could be shared', 'adoptedStyleSheets', 'adoptedStyleSheets', '版本过旧'],
])) {
  test(`a browser ${what} is told so, and the page goes on`, async ({ page }) => {
    await page.addInitScript((name) => {
      delete /** @type {any} */ (globalThis)[name];
      delete /** @type {any} */ (Document.prototype)[name];
      delete /** @type {any} */ (ShadowRoot.prototype)[name];
    }, lacking);
    await post(page, '<packet-walk></packet-walk><packet-walk lang="zh"></packet-walk><script>window.went = true</script>');
    await expect(page.locator('packet-walk [role="alert"]').first()).toContainText(said);
    await expect(page.locator('packet-walk [role="alert"]').last()).toContainText(saidInChinese);
    await expect(page.locator('#after')).toBeVisible();
    expect(await page.evaluate(() => /** @type {any} */ (globalThis).went)).toBe(true);
  });
}

for (const [what, attributes, content, said] of /** @type {const} */ ([
  ['a scenario that is not there', 'scenario="nope"', '', 'container-to-container'],
  ['a lesson that is not there', 'lesson="nope"', '', 'docker-user'],
  ['a flow with a slip', '', 'c1 pnig 192.168.0.3', 'unknown action'],
  ['a snapshot that is none', 'src="/icon.svg"', '', 'cannot be read'],
  ['a snapshot that is not there', 'src="/nowhere.txt"', '', '404'],
  ['a rule with a slip', '', '*filter\n-A FORWARD -j DROP --sport x\nCOMMIT', 'line'],
  ['markup for a flow', 'flow="&lt;img src=x onerror=alert(1)&gt;"', '', 'cannot be read'],
])) {
  test(`${what} is told in the element`, async ({ page }) => {
    await post(page, `<packet-walk ${attributes}>${content}</packet-walk>`);
    await expect(page.locator('packet-walk [role="alert"]')).toContainText(said);
    expect(await page.locator('packet-walk img').count()).toBe(0);
    await expect(page.locator('#after')).toBeVisible();
  });
}

test('what a reader finds wrong is told in the language of the element', async ({ page }) => {
  await post(page, '<packet-walk>c1 pnig 192.168.0.3</packet-walk><packet-walk lang="zh">c1 pnig 192.168.0.3</packet-walk>');
  const [english, chinese] = [0, 1].map((at) => page.locator('packet-walk').nth(at).locator('[role="alert"]'));
  if (!english || !chinese) throw new Error('there are two');
  await expect(english).toContainText('unknown action');
  await expect(chinese).toHaveText(/\p{Script=Han}/u);
  await expect(chinese).not.toContainText('unknown action');
  // The message and its hint, and not only what stands before them.
  for (const part of ['code', '.hint']) await expect(page.locator('packet-walk').nth(1).locator(`[role="alert"] ${part}`).last()).toHaveText(/\p{Script=Han}/u);
});

test('an option with a wrong value is told, and the rest works', async ({ page }) => {
  await post(page, '<packet-walk theme="purple" speed="fast" views="stage moon"></packet-walk>');
  const element = await ready(page);
  await expect(element.locator('.remark')).toHaveCount(3);
  await expect(element.locator('#outcome')).toHaveText('ok');
});

test('made hidden, it works when it is shown', async ({ page }) => {
  await post(page, '<div id="box" hidden><packet-walk></packet-walk></div>');
  await expect(page.locator('packet-walk .waiting')).toHaveCount(1);
  await page.evaluate(() => document.getElementById('box')?.removeAttribute('hidden'));
  const element = await ready(page);
  await expect(element.locator('#outcome')).toHaveText('ok');
  await expect.poll(async () => (await element.locator('#stage svg').boundingBox())?.width ?? 0).toBeGreaterThan(200);
});

test('it follows the theme of the page around', async ({ page }) => {
  await post(page, '<packet-walk theme="host"></packet-walk>', { html: 'class="no-js dark"' });
  const element = await ready(page);
  await expect(element).toHaveAttribute('data-theme', 'dark');
  await page.evaluate(() => { document.documentElement.className = 'light'; });
  await expect(element).toHaveAttribute('data-theme', 'light');
});

test('keys count only while it has the focus, and Tab leaves it', async ({ page }) => {
  await post(page, '<packet-walk></packet-walk><button id="next-thing">next</button>');
  const element = await ready(page);
  const step = () => element.evaluate((walk) => /** @type {any} */ (walk).currentStep);
  const opened = await step();
  await page.locator('body').press('ArrowRight');
  expect(await step()).toBe(opened);
  await element.locator('#stage').focus();
  await page.keyboard.press('.');
  expect(await step()).toBeGreaterThan(opened);
  for (let presses = 0; presses < 40; presses += 1) {
    if (await page.evaluate(() => document.activeElement?.id) === 'next-thing') break;
    await page.keyboard.press('Tab');
  }
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('next-thing');
});

test('keys that it uses are not heard by the page around', async ({ page }) => {
  await post(page, '<packet-walk></packet-walk>');
  const element = await ready(page);
  await page.evaluate(() => {
    /** @type {string[]} */
    const heard = /** @type {any} */ (globalThis).heard = [];
    document.addEventListener('keydown', ({ key }) => heard.push(key));
  });
  await element.locator('#stage').focus();
  // Slides turn by arrows, and close by Escape.
  for (const key of ['ArrowRight', ' ', 'Escape']) await page.keyboard.press(key);
  expect(await page.evaluate(() => /** @type {any} */ (globalThis).heard)).toEqual(['Escape']);
});

test('included twice, it does no harm', async ({ page }) => {
  const complaints = await post(page, `<packet-walk></packet-walk><script src="/${SCRIPT}"></script><script src="/${SCRIPT}"></script>`);
  await ready(page);
  expect(complaints).toEqual([]);
});

test('it begins to play when it is in sight, and not for those who ask for less motion', async ({ page }) => {
  await post(page, '<div style="height:3000px"></div><packet-walk autoplay speed="4"></packet-walk>');
  const paused = () => page.locator('packet-walk').evaluate((walk) => /** @type {any} */ (walk).paused);
  expect(await paused()).toBe(true);
  await ready(page);
  await expect.poll(paused).toBe(false);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.reload();
  await ready(page);
  expect(await paused()).toBe(true);
});

test('a thousand of them come and go', async ({ page }) => {
  test.slow();
  await page.addInitScript(() => {
    // The simulator's own memory, which no heap of the page's shows.
    const { instantiate } = WebAssembly;
    WebAssembly.instantiate = /** @type {any} */ (async (/** @type {WebAssembly.Module} */ module, /** @type {WebAssembly.Imports} */ imports) => {
      const made = await instantiate(module, imports);
      /** @type {any} */ (globalThis).simulator = made.exports['memory'];
      return made;
    });
  });
  await post(page, '<div id="here"></div>');
  /** So many come and go, one after the other. @param {number} turns */
  const turns = (turns) => page.evaluate(async (turns) => {
    const here = /** @type {Element} */ (document.getElementById('here'));
    const { PacketWalk } = /** @type {any} */ (globalThis);
    const kinds = [{}, { lesson: 'docker-user' }, { scenario: 'two-networks', views: 'rules log' }, { flow: 'c1 tcp 192.168.0.3:80', lang: 'zh' }];
    for (let turn = 0; turn < turns; turn += 1) {
      const made = PacketWalk.create({ preload: 'eager', ...kinds[turn % kinds.length] }, here);
      await new Promise((resolve) => made.addEventListener('ready', resolve));
      made.remove();
      await null;
      await null;
    }
  }, turns);
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  /** What is still there when all that is held by nobody has been collected. */
  const left = async () => {
    for (let turn = 0; turn < 3; turn += 1) await session.send('HeapProfiler.collectGarbage');
    const { metrics } = await session.send('Performance.getMetrics');
    const metric = (/** @type {string} */ wanted) => metrics.find(({ name }) => name === wanted)?.value ?? NaN;
    const { result: prototype } = await session.send('Runtime.evaluate', { expression: "customElements.get('packet-walk').prototype" });
    const { objects } = await session.send('Runtime.queryObjects', { prototypeObjectId: prototype.objectId ?? '' });
    const { result: elements } = await session.send('Runtime.callFunctionOn', { objectId: objects.objectId ?? '', functionDeclaration: 'function () { return this.length; }', returnByValue: true });
    await session.send('Runtime.releaseObject', { objectId: objects.objectId ?? '' });
    const simulator = await page.evaluate(() => /** @type {any} */ (globalThis).simulator.buffer.byteLength);
    return { heap: metric('JSHeapUsedSize'), kept: { elements: elements.value, nodes: metric('Nodes'), listeners: metric('JSEventListeners'), simulator } };
  };
  await turns(52);
  const early = await left();
  expect(early.kept.elements).toBe(0);
  await turns(948);
  // What a frame holds, as observers do, goes with the next.
  await expect.poll(async () => (await left()).kept).toEqual(early.kept);
  // One that is kept would be half a megabyte; some bytes are the compiler's own.
  expect((await left()).heap - early.heap).toBeLessThan(1_000_000);
});
