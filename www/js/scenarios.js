// The three walks of the article. Each begins at the moment that tells most.

/** The machine that they happen on. */
export const SNAPSHOT = 'scenarios/article-2017.snapshot.txt';

/** All lessons and their machines, put together by the build. */
export const LESSONS = 'pkg/lessons.json';

/**
 * `line` is the beginning of a line of the log, `kind` the kind of step close to
 * it at which the page stands before anybody presses play.
 * @typedef {{ line: string, kind: string }} Telling
 */

/** @type {readonly { word: 'scenario1' | 'scenario2' | 'scenario3', flow: string, telling: Telling }[]} */
export const SCENARIOS = [
  // A bridged frame, and yet iptables' FORWARD chain is asked.
  { word: 'scenario1', flow: 'c1 ping 192.168.0.3', telling: { line: 'TRACE: filter:FORWARD:rule:6', kind: 'table-leave' } },
  // The IP layer is done with it; the bridge decides, and its tables come now.
  { word: 'scenario2', flow: 'host ping 192.168.0.2', telling: { line: 'TRACE: eb:filter:OUTPUT', kind: 'fdb-lookup' } },
  // The container's address is exchanged for the host's.
  { word: 'scenario3', flow: 'c1 ping 10.10.126.187', telling: { line: 'TRACE: nat:POSTROUTING:rule', kind: 'nat' } },
];
