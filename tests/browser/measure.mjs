// How fast the page is, from the browser's own trace. Prints figures; ends with
// an error only where a figure is far off, since machines differ.
//
//     cargo xtask measure            builds dist/, serves it, and runs this
//     node tests/browser/measure.mjs URL

import { chromium } from '@playwright/test';

/** Milliseconds that one frame at 60 a second may take. */
const FRAME = 1000 / 60;

/** What is asked for, and how many times as much is still let through here. */
const SLACK = 4;

const url = process.argv[2] ?? process.env['PACKETWALK_URL'] ?? 'http://127.0.0.1:8124/';
const browser = await chromium.launch({
  executablePath: process.env['PACKETWALK_CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

/** @type {string[]} */
const far = [];

/** @param {string} what @param {number} value @param {number} wanted @param {string} unit */
function report(what, value, wanted, unit) {
  const ok = value <= wanted;
  console.log(`${what.padEnd(64)} ${value.toFixed(1).padStart(8)} ${unit}   ${ok ? 'within' : 'over'} ${wanted.toFixed(1)}`);
  if (value > wanted * SLACK) far.push(what);
}

/** @param {number[]} values @param {number} share from 0 to 1 */
function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? 0;
}

/** @param {string} [query] */
async function open(query = '?lang=en') {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(url + query);
  await page.waitForSelector('body[data-ready="true"]');
  return page;
}

/** Milliseconds from the request for the page to the first frame in which its packet has moved. */
async function loading() {
  /** @type {number[]} */
  const times = [];
  for (let round = 0; round < 5; round += 1) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    await page.addInitScript(() => {
      // Sets the packet going as soon as it is there, and looks at each frame.
      const place = () => document.querySelector('#stage .mover.is-current')?.getAttribute('transform') ?? '';
      let first = '';
      const look = () => {
        const now = place();
        if (first === '') first = now;
        else document.getElementById('next')?.click();
        if (first !== '' && now !== first) Object.assign(window, { moved: performance.now() });
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
    await page.goto(`${url}?lang=en`);
    await page.waitForFunction(() => 'moved' in window, undefined, { timeout: 20_000 });
    times.push(await page.evaluate(() => /** @type {{ moved: number }} */ (/** @type {unknown} */ (window)).moved));
    await context.close();
  }
  return times;
}

/**
 * Milliseconds of main-thread work in each frame, from the trace.
 * @param {import('@playwright/test').Page} page
 * @param {() => Promise<void>} act
 */
async function frames(page, act) {
  const session = await page.context().newCDPSession(page);
  /** @type {{ name: string, ts: number, dur?: number, tdur?: number, pid: number, tid: number, args?: { name?: string } }[]} */
  const events = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(.../** @type {typeof events} */ (/** @type {unknown} */ (value))));
  await session.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: ['toplevel', 'disabled-by-default-devtools.timeline', 'devtools.timeline', '__metadata'] } });
  await act();
  const done = new Promise((resolve) => session.once('Tracing.tracingComplete', () => resolve(undefined)));
  await session.send('Tracing.end');
  await done;
  await session.detach();
  // The page's main thread is the one that runs animation frames.
  const animated = events.filter(({ name }) => name === 'FireAnimationFrame');
  const [one] = animated;
  if (!one) return [];
  const own = events.filter(({ pid, tid }) => pid === one.pid && tid === one.tid);
  const starts = animated.map(({ ts }) => ts).sort((a, b) => a - b);
  const tasks = own.filter(({ name, dur }) => name.endsWith('RunTask') && dur !== undefined);
  return starts.slice(0, -1).map((from, at) => {
    // The task that the frame is in began before its callback did.
    const to = starts[at + 1] ?? from;
    const inside = tasks.filter(({ ts, dur = 0 }) => ts + dur > from && ts + dur <= to);
    // Time on the processor where the trace has it: other programs run, too.
    return inside.reduce((sum, { dur = 0, tdur = dur }) => sum + Math.min(tdur, dur), 0) / 1000;
  });
}

/** A snapshot of the article with many more rules in FORWARD. @param {number} rules */
async function longer(rules) {
  const text = await (await fetch(new URL('scenarios/article-2017.snapshot.txt', url))).text();
  const filter = text.indexOf('*filter');
  const at = text.indexOf('-A ', filter);
  const own = Array.from({ length: rules }, (_, n) => `[0:0] -A FORWARD -s 10.${100 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}/32 -j DROP\n`);
  const line = text.lastIndexOf('\n', at) + 1;
  return text.slice(0, line) + own.join('') + text.slice(line);
}

/** Moves the scrubber once a frame, to and fro, near and far. @param {import('@playwright/test').Page} page */
async function scrub(page) {
  await page.evaluate(async () => {
    const scrubber = /** @type {HTMLInputElement} */ (document.getElementById('scrubber'));
    const max = Number(scrubber.max);
    for (let at = 0; at < 120; at += 1) {
      const place = at % 2 === 0 ? at / 120 : ((at * 7919) % 120) / 120;
      await new Promise((resolve) => requestAnimationFrame(resolve));
      scrubber.value = String(Math.round(place * max));
      scrubber.dispatchEvent(new Event('input'));
    }
  });
}

/** Opens a snapshot by dropping it on the page. @param {import('@playwright/test').Page} page @param {string} text */
async function drop(page, text) {
  await page.evaluate((text) => {
    const data = new DataTransfer();
    data.items.add(new File([text], 'long.txt', { type: 'text/plain' }));
    dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
  }, text);
  await page.locator('.notice').waitFor();
}

console.log(url);
report('load to the first frame of the moving packet, median', quantile(await loading(), 0.5), 500, 'ms');

{
  const page = await open('?lang=en&scenario=1');
  for (const [speed, seconds] of /** @type {const} */ ([['1', 8], ['4', 4]])) {
    await page.locator('#speed').selectOption(speed);
    const work = await frames(page, async () => {
      await page.locator('#play').click();
      await page.waitForTimeout(seconds * 1000);
    });
    await page.keyboard.press('Escape');
    if (await page.locator('#transport.playing').count()) await page.locator('#play').click();
    report(`main-thread work a frame while playing at ${speed}x, 95th percentile`, quantile(work, 0.95), FRAME, 'ms');
    console.log(`  ${work.length} frames, median ${quantile(work, 0.5).toFixed(1)} ms, most ${Math.max(...work).toFixed(1)} ms`);
  }
  const short = await frames(page, () => scrub(page));
  report('scrubbing a walk of the article, 95th percentile', quantile(short, 0.95), FRAME, 'ms');
  await page.close();
}

{
  const page = await open();
  await drop(page, await longer(10_000));
  await page.locator('#flow-input').fill('c1 ping 192.168.0.3');
  const began = Date.now();
  await page.locator('#flow-run').click();
  await page.waitForFunction(() => Number(document.getElementById('counter')?.textContent?.split('/')[1]) > 10_000);
  console.log(`a walk of ${(await page.locator('#counter').textContent())?.split('/')[1]} steps ran and was shown in ${Date.now() - began} ms`);
  const long = await frames(page, () => scrub(page));
  report('scrubbing a walk of more than 10,000 steps, 95th percentile', quantile(long, 0.95), FRAME, 'ms');
  console.log(`  median ${quantile(long, 0.5).toFixed(1)} ms, most ${Math.max(...long).toFixed(1)} ms`);
  await page.close();
}

await browser.close();
if (far.length > 0) {
  console.error(`far off: ${far.join('; ')}`);
  process.exitCode = 1;
}
