// The keys that players use. None is taken from a text field or from the browser.

/** @typedef {import('../pkg/types.js').Unit} Unit */

/**
 * @typedef {object} Actions
 * @property {() => void} toggle
 * @property {(unit: Unit, forward: boolean) => void} step
 * @property {(end: boolean) => void} end
 * @property {(by: number) => void} faster
 * @property {() => void} loop
 * @property {(number: number) => void} scenario
 * @property {() => void} lessons
 * @property {() => void} flow
 * @property {() => void} lang
 * @property {() => void} theme
 * @property {() => void} help
 * @property {(by: number) => void} zoom nearer (1), farther (-1) or all of it (0)
 * @property {(x: number, y: number) => void} pan
 * @property {() => void} enlarge
 * @property {() => void} talk
 * @property {() => void} change
 * @property {() => void} compose
 * @property {() => void} share
 * @property {() => boolean} escape says whether there was anything to leave
 */

/** What the help shows: keys, and the word for what they do. */
export const KEYS = /** @type {const} */ ([
  [['Space'], 'keyPlay'],
  [['←', '→'], 'keyStep'],
  [[',', '.'], 'keyRule'],
  [['Shift ←', 'Shift →'], 'keyHook'],
  [['[', ']'], 'keyPacket'],
  [['Home', 'End'], 'keyEnds'],
  [['<', '>'], 'keySpeed'],
  [['L'], 'keyLoop'],
  [['1', '2', '3'], 'keyScenario'],
  [['N'], 'keyLessons'],
  [['/'], 'keyFlow'],
  [['Z'], 'keyLang'],
  [['T'], 'keyTheme'],
  [['M'], 'keyTalk'],
  [['+', '-', '0'], 'keyZoom'],
  [['W', 'A', 'S', 'D'], 'keyPan'],
  [['E'], 'keyEnlarge'],
  [['C'], 'keyChange'],
  [['F'], 'keyCompose'],
  [['Y'], 'keyShare'],
  [['Ctrl Z', 'Ctrl Shift Z'], 'keyUndo'],
  [['?'], 'keyHelp'],
]);

/** @param {Actions} actions */
export function listen(actions) {
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.isComposing) return;
    // Inside the editor's own tree, not at its host.
    const target = /** @type {HTMLElement} */ (event.composedPath()[0]);
    if (document.querySelector('dialog[open]')) return;
    const range = target.matches('input[type="range"]');
    if (!range && target.closest('input:not([type="checkbox"]), textarea, select, [contenteditable]')) return;
    // On a button, space and enter press it.
    if (event.key === ' ' && target.closest('button, a, input[type="checkbox"], summary')) return;
    const act = action(event, actions);
    if (!act) return;
    event.preventDefault();
    act();
  });
}

/**
 * @param {KeyboardEvent} event
 * @param {Actions} actions
 * @returns {(() => void) | null}
 */
function action(event, actions) {
  switch (event.key) {
    case ' ':
    case 'k':
      return actions.toggle;
    case 'ArrowLeft':
      return () => actions.step(event.shiftKey ? 'hook' : 'step', false);
    case 'ArrowRight':
      return () => actions.step(event.shiftKey ? 'hook' : 'step', true);
    case ',':
      return () => actions.step('rule', false);
    case '.':
      return () => actions.step('rule', true);
    case '[':
      return () => actions.step('packet', false);
    case ']':
      return () => actions.step('packet', true);
    case 'Home':
      return () => actions.end(false);
    case 'End':
      return () => actions.end(true);
    case '<':
      return () => actions.faster(-1);
    case '>':
      return () => actions.faster(1);
    case 'l':
    case 'L':
      return actions.loop;
    case '1':
    case '2':
    case '3':
      return () => actions.scenario(Number(event.key) - 1);
    case 'n':
    case 'N':
      return actions.lessons;
    case '/':
      return actions.flow;
    case 'z':
    case 'Z':
      return actions.lang;
    case 't':
    case 'T':
      return actions.theme;
    case 'c':
    case 'C':
      return actions.change;
    case 'f':
    case 'F':
      return actions.compose;
    case 'y':
    case 'Y':
      return actions.share;
    case '?':
      return actions.help;
    case '+':
    case '=':
      return () => actions.zoom(1);
    case '-':
      return () => actions.zoom(-1);
    case '0':
      return () => actions.zoom(0);
    case 'w':
      return () => actions.pan(0, -1);
    case 's':
      return () => actions.pan(0, 1);
    case 'a':
      return () => actions.pan(-1, 0);
    case 'd':
      return () => actions.pan(1, 0);
    case 'e':
    case 'E':
      return actions.enlarge;
    case 'm':
    case 'M':
      return actions.talk;
    case 'Escape':
      return () => actions.escape();
    default:
      return null;
  }
}
