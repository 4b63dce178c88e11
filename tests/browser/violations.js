// What axe-core finds.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** Violations of WCAG 2.2 AA, as far as a program can tell. @param {import('@playwright/test').Page} page */
export async function violations(page) {
  // Run through the debugger: the page's own policy forbids foreign scripts.
  await page.evaluate(readFileSync(AXE, 'utf8'));
  return page.evaluate(async () => {
    // @ts-expect-error: put there by the script above
    const { axe } = window;
    const found = await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
    return found.violations.map((/** @type {{ id: string, nodes: { target: unknown, failureSummary: string }[] }} */ { id, nodes }) =>
      ({ id, nodes: nodes.slice(0, 5).map(({ target, failureSummary }) => `${target}: ${failureSummary}`) }));
  });
}
