// What an element says when it is not showing a walk.

/** @typedef {import('../js/text.js').Lang} Lang */

const en = {
  loading: 'Loading the simulator…',
  start: 'Play',
  noWasm: 'This walk needs WebAssembly, which this browser does not have or has switched off.',
  csp: 'This page’s security policy forbids WebAssembly. Its author can allow it with this header:',
  tooOld: 'This browser is too old for this walk. Browsers since 2023 can show it; this one lacks:',
  notLoaded: 'The simulator could not be loaded.',
  noScenario: 'There is no scenario of this name. There are:',
  noLesson: 'There is no lesson of this name. There are:',
  noSource: 'The snapshot could not be fetched:',
  badSource: 'The snapshot cannot be read:',
  badFlow: 'The flow cannot be read:',
  badRules: 'These rules cannot be read:',
  badOption: 'An option has a value that it does not know:',
  label: 'Packetwalk: a packet’s way through a Linux machine',
  line: 'line',
};

/** @type {Record<keyof typeof en, string>} */
const zh = {
  loading: '正在加载模拟器…',
  start: '播放',
  noWasm: '此演示需要 WebAssembly，而本浏览器不支持或已将其关闭。',
  csp: '本页面的安全策略禁止 WebAssembly。页面作者可以用下面的响应头允许它：',
  tooOld: '浏览器版本过旧，无法运行此演示。2023 年以后的浏览器都可以；本浏览器缺少：',
  notLoaded: '无法加载模拟器。',
  noScenario: '没有这个名字的场景。可用的有：',
  noLesson: '没有这个名字的课程。可用的有：',
  noSource: '无法取得快照：',
  badSource: '无法读取快照：',
  badFlow: '无法读取流量：',
  badRules: '无法读取这些规则：',
  badOption: '某个选项的值无法识别：',
  label: 'Packetwalk：数据包在 Linux 机器中的路径',
  line: '行',
};

/** @type {Record<Lang, Record<keyof typeof en, string>>} */
export const WORDS = { en, zh };

/** @typedef {keyof typeof en} EmbedWord */
