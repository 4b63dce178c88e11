// The page in headless Chromium. `cargo xtask test --only browser` says where
// the page and the browser are; run by hand, the page is served first.

import { defineConfig } from '@playwright/test';

const served = process.env['PACKETWALK_URL'];
const url = served ?? 'http://127.0.0.1:8124/';

export default defineConfig({
  testDir: '.',
  outputDir: 'results',
  // A test that passes only at the second try has found something.
  retries: 0,
  forbidOnly: process.env['CI'] !== undefined,
  fullyParallel: true,
  workers: 2,
  // Both only end what hangs. A machine may be many times slower than another,
  // and the page be right: stepping through a whole walk is hundreds of steps.
  timeout: 240_000,
  expect: { timeout: 30_000 },
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    baseURL: url,
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env['PACKETWALK_CHROMIUM'] ?? '/usr/bin/chromium',
      // Playwright gives every start a new profile. Nothing may be asked of
      // the network behind the page's back.
      args: [
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  webServer: served
    ? undefined
    : {
        command: 'cargo xtask serve --port 8124',
        url,
        timeout: 300_000,
        reuseExistingServer: true,
      },
});
