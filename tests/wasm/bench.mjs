// How long the wasm module takes for an iptables-save of 100,000 rules.
//
// node tests/wasm/bench.mjs

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';

import { Machine, initSync } from '../../www/pkg/packetwalk.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
initSync({ module: readFileSync(join(root, 'www/pkg/packetwalk_bg.wasm')) });

const RULES = 100_000;
const rules = Array.from(
  { length: RULES },
  (_, n) =>
    `[0:0] -A FORWARD -s 10.${n >> 16}.${(n >> 8) & 255}.${n & 255}/32 -i eth0 -p tcp -m tcp --dport ${1 + (n % 65535)} -j ACCEPT\n`,
);
const text = `@@packetwalk snapshot 1
@@netns host
@@run ip -j -d link show
[{"ifindex":1,"ifname":"lo","link_type":"loopback","flags":["LOOPBACK","UP","LOWER_UP"]}]
@@run iptables-save -c
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
${rules.join('')}COMMIT
@@end
`;

const times = [];
for (let run = 0; run < 5; run += 1) {
  const began = performance.now();
  const machine = Machine.load(text);
  times.push(performance.now() - began);
  machine.free();
}
times.sort((a, b) => a - b);
console.log(`wasm: ${RULES} rules loaded in ${times.map((time) => time.toFixed(0)).join(', ')} ms`);
