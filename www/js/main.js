// Wires the page: what the reader does, and what stands around the walk on show.

import init, { Lessons, Machine, said, shared, texts } from '../pkg/packetwalk.js';
import * as assets from './assets.js';
import { Doing } from './doing.js';
import { prepare } from './editing.js';
import { byId, el, say } from './dom.js';
import { FlowBox } from './flowbox.js';
import { listen } from './keys.js';
import { Help } from './help.js';
import { LessonPane } from './lesson.js';
import { LessonList } from './lesson-list.js';
import { Notices } from './notices.js';
import { stay } from './offline.js';
import { Opener } from './opener.js';
import { Panels, tabs } from './panels.js';
import { LESSONS, SCENARIOS, SNAPSHOT } from './scenarios.js';
import { Settings } from './settings.js';
import { Viewer } from './viewer.js';

/** @typedef {import('../pkg/types.js').Problem} Problem */

/** In a narrower window all stands in one column, as in `layout.css`. In pixels. */
const NARROW = 760;

const settings = new Settings(relabel, repaint);
const { word, name, told } = settings;
const notices = new Notices(word, told);
const viewer = new Viewer({ word, name, lang: () => settings.lang });
const { player, controls, stage, way, ladder, log } = viewer;
const flowBox = new FlowBox((text) => run(text), told);
const help = new Help(word);
const panels = new Panels(word);
const views = tabs(byId('stage-tabs'), (view) => {
  for (const zoom of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('.stage .zoom'))) zoom.hidden = zoom.dataset['of'] !== view;
});
const doing = new Doing({
  word,
  told,
  lang: () => settings.lang,
  machine: () => viewer.machine,
  flow: () => flowBox.input.value,
  step: () => player.step,
  known: () => (isArticle ? 'article' : ''),
  rerun,
  redraw,
  travel: (step) => viewer.travel(step),
  mark: (steps) => {
    controls.differs = steps;
    controls.drawMarks();
    viewer.rules.differs = new Set(steps);
    viewer.rules.reset();
    viewer.refresh();
  },
  compose: (text) => flowBox.write(text),
  notices,
});
const only = /** @type {HTMLInputElement} */ (byId('only'));
const lesson = new LessonPane({
  word,
  lang: () => settings.lang,
  run: (text, flow) => {
    if (!open(text, '', true)) return null;
    run(flow, 'start');
    player.poster = false;
    return viewer.walk;
  },
  change: (edits, flow) => {
    if (!doing.apply(edits)) return null;
    run(flow, flow === viewer.overview?.flow ? 'change' : 'start');
    player.goTo(0);
    return viewer.walk;
  },
  goTo: (step) => viewer.travel(step),
  playTo: (step) => player.playTo(step),
  closed: () => byId('lessons').focus(),
  following: (id) => lessonList.following(id),
  shown: () => {
    // Where the pane stands above the pictures, card and machine share the window.
    if (innerWidth < NARROW) lesson.pane.scrollIntoView({ block: 'start' });
  },
});
const lessonList = new LessonList(lesson);
const traceAll = /** @type {HTMLInputElement} */ (byId('log-all'));

// What the card leaves of a narrow window is the machine's.
new ResizeObserver(() => document.body.style.setProperty('--lesson', `${lesson.pane.offsetHeight}px`)).observe(lesson.pane);

/** The machine of the article, as text: it is opened again without a request. */
let article = '';
/** Is the machine on show the article's? */
let isArticle = false;
/** @type {number | null} */
let chosen = null;

/**
 * Runs a flow on the machine as it is.
 * @param {string} text
 * @param {'opening' | 'start' | 'change'} [stand] at the moment that tells most, at the beginning, or, for the same flow
 *     on a machine that was changed, where it first differs
 */
function run(text, stand = 'opening') {
  const { machine } = viewer;
  if (!machine) return;
  let walk;
  try {
    walk = machine.run(text, traceAll.checked);
  } catch (problem) {
    flowBox.complain(/** @type {Problem} */ (problem));
    return;
  }
  lesson.strayed();
  const stood = player.step;
  const before = viewer.load(walk);
  const { overview } = viewer;
  if (!overview) return;
  const { flow } = overview;
  flowBox.write(flow);
  only.checked = false;
  chosen = isArticle ? SCENARIOS.findIndex((scenario) => scenario.flow === flow) : null;
  markScenario();
  if (stand === 'change' && before) {
    // Where nothing differs the reader stays where they were.
    const [differs = Math.min(stood, overview.steps - 1)] = doing.changes.show(before, walk);
    viewer.pose(differs);
    return;
  }
  doing.changes.forget();
  before?.free();
  viewer.pose(stand === 'opening' ? overview.opening : 0);
}

/**
 * Opens a snapshot. If it cannot be read, the machine before it stays.
 * @param {string} text
 * @param {string} name
 * @param {boolean} [ours] one of the page's own: nothing need be said of it
 * @returns {boolean}
 */
function open(text, name, ours = text === article) {
  if (text.trim() === '') {
    notices.say({ kind: 'error', title: 'notLoaded', items: [{ word: 'emptySnapshot' }] });
    return false;
  }
  let next;
  try {
    next = Machine.load(text);
  } catch (problem) {
    notices.say({ kind: 'error', title: 'notLoaded', about: name, items: [/** @type {Problem} */ (problem)] });
    return false;
  }
  viewer.take(next);
  isArticle = text === article;
  document.body.classList.toggle('own', !isArticle);
  const remarks = next.remarks();
  if (ours) notices.clear();
  else if (remarks.length === 0) notices.say({ kind: 'done', title: 'loaded', about: name });
  else notices.say({ kind: 'warning', title: 'loadedNotes', about: name, items: remarks, all: () => doing.panel.showRemarks() });
  flowBox.suggest(next.suggestions());
  doing.loaded();
  return true;
}

/** The machine was changed: draws it. */
function redraw() {
  const { machine } = viewer;
  if (!machine) return;
  stage.load(machine);
  flowBox.suggest(machine.suggestions());
  doing.loaded();
}

/** The machine was changed: draws it, and runs the flow again, or another if that cannot be. */
function rerun() {
  const { machine, walk: before } = viewer;
  if (!machine) return;
  redraw();
  run(viewer.overview?.flow ?? '', 'change');
  const [first] = machine.suggestions();
  if (viewer.walk === before && first !== undefined) run(first);
}

/** @param {number} number */
function scenario(number) {
  const wanted = SCENARIOS[number];
  if (!wanted) return;
  if (!isArticle && !open(article, '')) return;
  run(wanted.flow);
}

function markScenario() {
  [...byId('scenarios').children].forEach((button, at) => button.setAttribute('aria-pressed', String(at === chosen)));
}

function writeScenarios() {
  byId('scenarios').replaceChildren(...SCENARIOS.map((wanted, at) => {
    const button = el('button', { type: 'button', class: 'scenario', title: word(wanted.word), 'aria-pressed': at === chosen },
      el('span', { class: 'number', 'aria-hidden': 'true' }, String(at + 1)), el('span', { class: 'name' }, word(wanted.word)));
    button.addEventListener('click', () => scenario(at));
    return button;
  }));
}

/** All words anew, at the same moment. */
function relabel() {
  writeScenarios();
  notices.write();
  flowBox.relabel();
  lesson.relabel();
  doing.relabel();
  viewer.relabel();
}

function repaint() {
  controls.drawMarks();
}

async function copyLog() {
  const button = /** @type {HTMLElement} */ (byId('log-copy').firstElementChild);
  try {
    await navigator.clipboard.writeText(log.text());
    say(button, word('copied'));
    setTimeout(() => say(button, word('copy')), 1500);
  } catch {
    log.selectAll();
    notices.say({ kind: 'warning', title: 'copyFailed' });
  }
}

/** Keeps to the packet of this moment, or to none. */
function keep() {
  const { walk } = viewer;
  const moment = only.checked ? walk?.moment(player.step, settings.lang) : null;
  if (only.checked && !moment?.buffer) only.checked = false;
  player.only = walk && moment?.buffer ? walk.steps_of(moment.buffer) : null;
}

/** The zoom of the picture that keys are meant for. */
function zoomed() {
  return panels.focused() === 'way' ? way.zoom : byId('stage').hidden ? ladder.zoom : stage.zoom;
}

/**
 * Opens what a link carries. Says whether it could.
 * @param {string} fragment
 */
function openLink(fragment) {
  /** @type {import('../pkg/types.js').State} */
  let state;
  try {
    state = shared(fragment);
  } catch (problem) {
    notices.say({ kind: 'error', title: 'linkBroken', items: [/** @type {Problem} */ (problem)] });
    return false;
  }
  if (state.lang) settings.setLang(state.lang);
  const known = 'known' in state.base;
  if (!open('text' in state.base ? state.base.text : article, word('share')) || !viewer.machine) return false;
  const { machine } = viewer;
  /** @type {string[]} */
  const stale = [];
  for (const edit of state.edits) {
    try {
      machine.edit(edit);
    } catch (problem) {
      stale.push(/** @type {import('../pkg/types.js').Refusal} */ (problem).message);
    }
  }
  redraw();
  run(state.flow);
  if (!viewer.walk) run(machine.suggestions()[0] ?? '');
  player.goTo(state.step);
  if (stale.length > 0) notices.say({ kind: 'warning', title: 'linkStale', items: stale.map((message) => ({ message })) });
  else if (known && state.edits.length === 0) notices.clear();
  else if (known) notices.say({ kind: 'done', title: 'fromLink' });
  return true;
}

function connect() {
  viewer.stepped = ({ step }) => {
    doing.changes.stepped();
    document.body.dataset['step'] = String(step);
  };
  byId('log-copy').addEventListener('click', () => void copyLog());
  byId('log-save').addEventListener('click', () => log.save());
  only.addEventListener('change', keep);
  for (const [id, zoom] of /** @type {const} */ ([['stage', stage.zoom], ['ladder-view', ladder.zoom], ['way', way.zoom]])) {
    const buttons = zoom.buttons(word);
    buttons.dataset['of'] = id;
    buttons.hidden = byId(id).hidden;
    byId(id).closest('.panel')?.querySelector('.panel-tools')?.prepend(buttons);
  }
  byId('help').addEventListener('click', () => help.show());
  traceAll.addEventListener('change', () => {
    if (viewer.overview) run(viewer.overview.flow);
  });
  new Opener(
    (text, name) => {
      if (open(text, name)) {
        const first = viewer.machine?.flow() ?? viewer.machine?.suggestions()[0];
        if (first !== undefined) run(first);
      }
    },
    () => scenario(0),
    () => notices.say({ kind: 'error', title: 'notLoaded', items: [{ word: 'tooLarge' }] }));
  listen({
    toggle: () => player.toggle(),
    step: (unit, forward) => controls.step(unit, forward),
    end: (end) => controls.end(end),
    faster: (by) => controls.faster(by),
    loop: () => controls.toggleLoop(),
    scenario,
    lessons: () => lessonList.show(),
    flow: () => {
      flowBox.input.focus();
      flowBox.input.select();
    },
    lang: () => settings.switchLang(),
    theme: () => settings.switchTheme(),
    help: () => help.show(),
    zoom: (by) => {
      const zoom = zoomed();
      if (by > 0) zoom.nearer();
      else if (by < 0) zoom.farther();
      else zoom.fit(true);
    },
    pan: (x, y) => zoomed().pan(x, y),
    enlarge: () => panels.enlarge(panels.large ? '' : panels.focused()),
    talk: () => views.next(),
    change: () => doing.panel.toggle(),
    compose: () => doing.composer.toggle(),
    share: () => doing.sharing.show(),
    escape: () => {
      const was = panels.large !== '';
      panels.enlarge('');
      return was;
    },
  });
}

/** Reads the lessons; what is wrong with one is told. @param {string} bundle */
function readLessons(bundle) {
  lesson.lessons = Lessons.load(bundle);
  lessonList.came();
  const problems = lesson.lessons.problems();
  if (problems.length > 0) notices.say({ kind: 'warning', title: 'lessons', items: problems });
}

/** The article's machine; what was said of a link that failed stays. */
function openArticle() {
  const said = notices.notice;
  if (!open(article, '')) return false;
  if (said) notices.say(said);
  return true;
}

async function start() {
  writeScenarios();
  // Asked for at once, and needed only after the first picture.
  const bundle = assets.text(LESSONS);
  const [text] = await Promise.all([assets.text(SNAPSHOT), init(assets.module())]);
  article = text;
  settings.texts = texts;
  settings.said = said;
  connect();
  byId('stage').addEventListener('click', (event) => {
    const found = /** @type {Element} */ (event.target).closest('[data-id], [data-netns]');
    if (!(found instanceof SVGElement) || found.classList.contains('cable')) return;
    const [netns = '', dev] = (found.dataset['id'] ?? found.dataset['netns'] ?? '').split('/');
    doing.panel.show(dev === undefined ? { netns } : { netns, dev });
  });
  const asked = new URLSearchParams(location.search);
  const linked = location.hash.length > 1;
  if (!(linked && openLink(location.hash)) && !openArticle()) return;
  // Whoever waits for the page to answer need not wait for the walk as well.
  await new Promise((resolve) => setTimeout(resolve));
  const flow = asked.get('flow');
  if (flow && !viewer.walk) run(flow);
  if (!viewer.walk) scenario(Math.max(Number(asked.get('scenario') ?? 1) - 1, 0));
  if (!viewer.walk) scenario(0);
  const step = Number(asked.get('step'));
  if (step > 0) player.goTo(step - 1);
  const wanted = asked.get('lesson');
  if (wanted) {
    readLessons(await bundle);
    lessonList.open(wanted);
  }
  document.body.dataset['ready'] = 'true';
  if (!wanted) {
    // The picture comes first.
    const text = await bundle;
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    readLessons(text);
  }
  addEventListener('hashchange', () => {
    if (location.hash.length > 1) openLink(location.hash);
  });
  // The editor comes when nothing else is to be done, so that nothing is asked for later.
  (window.requestIdleCallback ?? setTimeout)(() => {
    void prepare();
    void doing.collector.prepare();
    void stay();
  });
}

start().catch((/** @type {unknown} */ error) => {
  notices.say({ kind: 'error', title: 'startFailed', items: [{ message: error instanceof Error ? error.message : String(error) }] });
});
