// The three walks of the article.

/** The machine that they happen on. */
export const SNAPSHOT = 'scenarios/article-2017.snapshot.txt';

/** All lessons and their machines, put together by the build. */
export const LESSONS = 'pkg/lessons.json';

/** @type {readonly { word: 'scenario1' | 'scenario2' | 'scenario3', flow: string }[]} */
export const SCENARIOS = [
  { word: 'scenario1', flow: 'c1 ping 192.168.0.3' },
  { word: 'scenario2', flow: 'host ping 192.168.0.2' },
  { word: 'scenario3', flow: 'c1 ping 10.10.126.187' },
];
