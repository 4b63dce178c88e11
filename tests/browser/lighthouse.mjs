// What Lighthouse says of the page. Ends with an error where accessibility or
// best practices are not whole; performance is a figure of the machine, too.
//
//     cargo xtask measure            builds dist/, serves it, and runs this
//     node tests/browser/lighthouse.mjs URL

import { chromium } from '@playwright/test';
import lighthouse from 'lighthouse';

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
    const result = await lighthouse(url, {
      port,
      logLevel: 'error',
      onlyCategories: ['performance', 'accessibility', 'best-practices'],
      formFactor,
      screenEmulation: desktop
        ? { mobile: false, width: 1350, height: 940, deviceScaleFactor: 1, disabled: false }
        : { mobile: true, width: 390, height: 844, deviceScaleFactor: 2, disabled: false },
      // As served here: nothing is slowed down, on a phone's screen neither.
      throttlingMethod: 'provided',
    });
    for (const { id, score, auditRefs } of Object.values(result?.lhr.categories ?? {})) {
      const points = Math.round((score ?? 0) * 100);
      console.log(`${formFactor.padEnd(8)} ${id.padEnd(16)} ${points}`);
      if (points === 100) continue;
      // On a phone's screen what lies half below the transport counts as too small to hit.
      bad ||= id === 'performance' ? points < 70 : desktop || points < 95;
      for (const { id: audit, weight } of auditRefs) {
        const found = result?.lhr.audits[audit];
        if (weight === 0 || !found || found.score === null || found.score >= 1) continue;
        console.log(`  ${audit}: ${found.title} ${found.displayValue ?? ''}`);
        const items = found.details && 'items' in found.details ? found.details.items : [];
        for (const { node } of /** @type {{ node?: { selector?: string } }[]} */ (items)) if (node) console.log(`    ${node.selector}`);
      }
    }
  }
} finally {
  await browser.close();
}
if (bad) process.exitCode = 1;
