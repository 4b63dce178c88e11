// The three walks of the article. Each begins at the moment that tells most.

/** The machine that they happen on. */
export const SNAPSHOT = 'scenarios/article-2017.snapshot.txt';

/**
 * `moment` is the beginning of the log line that the page stands at before
 * anybody presses play.
 * @type {readonly { word: 'scenario1' | 'scenario2' | 'scenario3', flow: string, moment: string }[]}
 */
export const SCENARIOS = [
  // A bridged frame, and yet iptables' FORWARD chain is asked.
  { word: 'scenario1', flow: 'c1 ping 192.168.0.3', moment: 'TRACE: filter:FORWARD:rule:2' },
  { word: 'scenario2', flow: 'host ping 192.168.0.2', moment: 'TRACE: filter:OUTPUT:policy' },
  // The container's address is exchanged for the host's.
  { word: 'scenario3', flow: 'c1 ping 10.10.126.187', moment: 'TRACE: nat:POSTROUTING:rule' },
];
