// What Lighthouse says of the page. Ends with an error where accessibility or
// best practices are not whole; performance is a figure of the machine, too.
//
//     cargo xtask measure            builds dist/, serves it, and runs this
//     node tests/browser/lighthouse.mjs URL

import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';

import { chromium } from '@playwright/test';

/**
 * What of a report is read here.
 * @typedef {{ title: string, displayValue?: string, score: number | null, details?: { items?: { node?: { selector?: string } }[] } }} Audit
 * @typedef {{ id: string, score: number | null, auditRefs: { id: string, weight: number }[] }} Category
 * @typedef {{ categories: Record<string, Category>, audits: Record<string, Audit> }} Report
 */

const LIGHTHOUSE = createRequire(import.meta.url).resolve('lighthouse/cli/index.js');

const url = process.argv[2] ?? process.env['PACKETWALK_URL'] ?? 'http://127.0.0.1:8124/';
const port = 9333;
const browser = await chromium.launch({
  executablePath: process.env['PACKETWALK_CHROMIUM'] ?? '/usr/bin/chromium',
  args: [`--remote-debugging-port=${port}`, '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
let bad = false;
try {
  for (const formFactor of /** @type {const} */ (['desktop', 'mobile'])) {
    const desktop = formFactor === 'desktop';
    const screen = desktop ? [1350, 940, 1] : [390, 844, 2];
    // As served here: nothing is slowed down, on a phone's screen neither.
    const { stdout: text } = await promisify(execFile)(process.execPath, [
      LIGHTHOUSE, url, `--port=${port}`, '--quiet', '--output=json', '--throttling-method=provided',
      '--only-categories=performance,accessibility,best-practices', `--form-factor=${formFactor}`,
      `--screenEmulation.mobile=${!desktop}`, `--screenEmulation.width=${screen[0]}`,
      `--screenEmulation.height=${screen[1]}`, `--screenEmulation.deviceScaleFactor=${screen[2]}`,
    ], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
    const report = /** @type {Report} */ (JSON.parse(text));
    for (const { id, score, auditRefs } of Object.values(report.categories)) {
      const points = Math.round((score ?? 0) * 100);
      console.log(`${formFactor.padEnd(8)} ${id.padEnd(16)} ${points}`);
      if (points === 100) continue;
      bad ||= id !== 'performance' || points < 70;
      for (const { id: audit, weight } of auditRefs) {
        const found = report.audits[audit];
        if (weight === 0 || !found || found.score === null || found.score >= 1) continue;
        console.log(`  ${audit}: ${found.title} ${found.displayValue ?? ''}`);
for (const { node } of found.details?.items ?? []) if (node) console.log(`    ${node.selector}`);
      }
    }
  }
} finally {
  await browser.close();
}
if (bad) process.exitCode = 1;
