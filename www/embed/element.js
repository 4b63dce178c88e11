// <packet-walk>: a walk in somebody else's page. It takes care of when things
// happen; what is shown is the viewer's.

import { said } from '../pkg/packetwalk.js';
import { calm, el, say } from '../js/dom.js';
import { sort, written } from './content.js';
import { Unable, load } from './engine.js';
import { OPTIONS, OWN_POSTER, read } from './options.js';
import { SCENARIOS, ids, inside, posterOf, sceneOf } from './shelf.js';
import { build, styles } from './template.js';
import { keep } from './theme.js';
import { Shown } from './shown.js';
import { WORDS } from './words.js';

/** @typedef {import('./options.js').Options} Options */
/** @typedef {import('./engine.js').Source} Source */
/** @typedef {import('../js/text.js').Lang} Lang */
/** @typedef {import('./shelf.js').Shelf} Shelf */
/** @typedef {import('./shown.js').Mark} Mark */
/** @typedef {Pick<import('../pkg/types.js').Problem, 'place' | 'line' | 'message' | 'hint'>} Problem */

/** The header that lets WebAssembly run under a policy of the strictest kind. */
const HEADER = "Content-Security-Policy: script-src 'self' 'wasm-unsafe-eval'";

/**
 * Makes the class of the element.
 * @param {Source} source where the simulator comes from
 */
export function define(source) {
  return class PacketWalk extends HTMLElement {
    static observedAttributes = Object.keys(OPTIONS);

    /** @type {Options} */
    #options = read(() => null).options;
    /** @type {Shown | null} */
    #viewer = null;
    /** @type {Promise<void> | null} */
    #loading = null;
    /** Counts starts, so that one overtaken by another ends. */
    #turn = 0;
    #text = '';
    #inView = false;
    /** @type {(() => void)[]} */
    #ends = [];
    #pending = false;
    /** Steps at which it stops by itself. @type {Set<number>} */
    #stops = new Set();

    connectedCallback() {
      // An element that moves is taken out and put in again: nothing is lost.
      if (this.#ends.length) return;
      this.#text ||= written(this);
      this.#start();
    }

    disconnectedCallback() {
      queueMicrotask(() => {
        if (!this.isConnected) this.#stop();
      });
    }

    /** @param {string} name @param {string | null} before @param {string | null} after */
    attributeChangedCallback(name, before, after) {
      if (before === after || !this.#ends.length || this.#pending) return;
      if (name === 'speed' && this.#viewer) {
        this.#viewer.player.speed = read((option) => this.getAttribute(option)).options.speed;
        return;
      }
      if (name === 'loop' && this.#viewer) {
        this.#viewer.player.loop = this.hasAttribute('loop');
        return;
      }
      // Several at once are one change.
      this.#pending = true;
      queueMicrotask(() => {
        this.#pending = false;
        if (!this.isConnected) return;
        this.#stop();
        this.#start();
      });
    }

    /** Number of steps of the walk; 0 before there is one. */
    get steps() {
      return this.#viewer?.player.steps ?? 0;
    }

    /** The step on show, from 0. */
    get currentStep() {
      return this.#viewer?.player.step ?? 0;
    }

    set currentStep(step) {
      this.seek(step);
    }

    /** How long the walk takes at normal speed, seconds; NaN before there is one. */
    get duration() {
      return this.#viewer?.player.track.duration ?? NaN;
    }

    /** Where it stands, seconds. */
    get currentTime() {
      return this.#viewer?.player.time ?? 0;
    }

    set currentTime(time) {
      this.#viewer?.player.seek(Number(time));
    }

    get paused() {
      return !this.#viewer?.player.playing;
    }

    get ended() {
      return this.#viewer !== null && this.#viewer.overview !== null && this.#viewer.player.atEnd;
    }

    /** What the program behind the flow saw. */
    get outcome() {
      return this.#viewer?.overview?.outcome ?? '';
    }

    /** The kernel's log of the walk. */
    get log() {
      return this.#viewer?.overview?.log.map(({ text }) => text) ?? [];
    }

    /** Plays; resolves when it has begun. */
    async play() {
      await this.#ready();
      this.#viewer?.player.play();
    }

    pause() {
      this.#viewer?.player.pause();
    }

    /** @param {number | string} place a step from 0, or how a line of the log begins */
    seek(place) {
      const viewer = this.#viewer;
      if (!viewer) return;
      const step = typeof place === 'number' ? place : viewer.find(place);
      if (step >= 0) viewer.player.goTo(step);
    }

    /** Runs another flow on the same machine. @param {string} flow */
    async run(flow) {
      await this.#ready();
      this.#run(String(flow));
    }

    /** The language that it speaks. @returns {Lang} */
    get #lang() {
      const { lang } = this.#options;
      if (lang !== 'auto') return lang;
      const near = /** @type {HTMLElement | null} */ (this.closest('[lang]'))?.lang || navigator.language;
      return near.toLowerCase().startsWith('zh') ? 'zh' : 'en';
    }

    get #root() {
      return this.shadowRoot ?? this.attachShadow({ mode: 'open' });
    }

    #start() {
      const { options, problems } = read((name) => this.getAttribute(name));
      this.#options = options;
      const root = this.#root;
      if (!this.hasAttribute('id') && options.idPrefix) this.id = options.idPrefix;
      const words = WORDS[this.#lang];
      if (!this.hasAttribute('role')) this.setAttribute('role', 'region');
      if (!this.hasAttribute('aria-label')) this.setAttribute('aria-label', words.label);
      let box;
      try {
        root.adoptedStyleSheets = [styles()];
        box = build(options);
      } catch (error) {
        this.#trouble(error);
        this.#ends.push(() => {});
        return;
      }
      box.classList.add('waiting');
      root.replaceChildren(box);
      for (const { option, value, wanted } of problems) {
        box.prepend(el('p', { class: 'remark' }, `${words.badOption} ${option}="${value}" (${wanted})`));
      }
      this.#ends.push(keep(this, options.theme, () => this.#viewer?.controls.drawMarks()));
      this.#listen(root);
      if (options.poster || options.preload === 'none') this.#cover(root);
      this.#watch();
      if (options.preload === 'eager') void this.#ready();
    }

    /** Begins when it comes into sight; plays only while it is. */
    #watch() {
      const near = new IntersectionObserver(([entry]) => {
        if (entry?.isIntersecting && this.#options.preload !== 'none') void this.#ready();
      }, { rootMargin: '300px' });
      const seen = new IntersectionObserver(([entry]) => {
        this.#inView = entry?.isIntersecting ?? false;
        this.#autoplay();
      }, { threshold: 0.4 });
      near.observe(this);
      seen.observe(this);
      this.#ends.push(() => near.disconnect(), () => seen.disconnect());
    }

    #autoplay() {
      const player = this.#viewer?.player;
      if (!player || !this.#options.autoplay || calm()) return;
      if (this.#inView && player.poster) player.play();
      else if (!this.#inView) player.pause();
    }

    /** A picture over it, until somebody presses play. @param {ShadowRoot} root */
    #cover(root) {
      const { poster: asked, lesson, scenario } = this.#options;
      const poster = asked === OWN_POSTER ? new URL(posterOf(lesson || scenario, this.#lang), source.base).href : asked;
      const button = el('button', { type: 'button', class: 'button primary' }, `▶ ${WORDS[this.#lang].start}`);
      const picture = poster ? el('img', { src: poster, alt: '', loading: 'lazy' }) : null;
      const cover = el('div', { class: 'cover' }, picture, button);
      button.addEventListener('click', () => {
        cover.remove();
        void this.play();
      });
      root.append(cover);
    }

    /** Loads what is needed, once. */
    #ready() {
      this.#loading ??= this.#open(++this.#turn).catch((error) => this.#trouble(error));
      return this.#loading;
    }

    /** @param {number} turn */
    async #open(turn) {
      const names = await load(source);
      const shelf = await inside();
      const machine = await this.#machine(shelf);
      if (turn !== this.#turn || !this.isConnected) return;
      const viewer = new Shown(this.#root, this.#lang, names);
      this.#viewer = viewer;
      this.#ends.push(() => viewer.free());
      if (machine.snapshot) this.#load(viewer, machine.snapshot);
      if (machine.rules) this.#edit(viewer, machine.rules);
      viewer.trace = this.#options.trace;
      viewer.player.speed = this.#options.speed;
      viewer.player.loop = this.#options.loop;
      viewer.controls.loop.setAttribute('aria-pressed', String(this.#options.loop));
      const { changed } = viewer.player;
      viewer.player.changed = () => {
        changed();
        this.#tell(viewer.player.playing ? 'play' : viewer.player.atEnd ? 'ended' : 'pause');
      };
      viewer.stepped = (moment) => {
        this.#tell('step', { step: moment.step, sentence: viewer.sentence, netns: moment.netns, kind: moment.kind });
        if (viewer.player.playing && this.#stops.has(moment.step)) viewer.player.pause();
        for (const mark of viewer.controls.transport.querySelectorAll('[data-step]')) {
          mark.setAttribute('aria-current', String(Number(mark.getAttribute('data-step')) === moment.step));
        }
      };
      if (!this.#options.views.includes('stage') && this.#options.views.includes('ladder')) viewer.views.show('ladder-view');
      /** @type {string | undefined} */
      let first;
      viewer.ran = () => {
        const flow = viewer.overview?.flow;
        first ??= flow;
        // On the walk of another flow the lesson's stops would mean nothing.
        this.#ran(viewer, machine.scene && flow === first ? viewer.stops(shelf.lessons, machine.scene) : []);
      };
      if (machine.lesson) viewer.teach(shelf.lessons, machine.lesson, (card, cards) => this.#tell('card', { card, cards }));
      else this.#run(machine.flow || (viewer.machine?.suggestions()[0] ?? ''));
      const start = this.#options.startAt ? viewer.find(this.#options.startAt) : -1;
      if (start >= 0) viewer.pose(start);
      this.#root.querySelector('.embed')?.classList.remove('waiting');
      this.#tell('ready');
      this.#autoplay();
    }

    /** @param {Shown} viewer @param {string} rules */
    #edit(viewer, rules) {
      try {
        viewer.machine?.write_rules('host', rules);
        if (viewer.machine) viewer.stage.load(viewer.machine);
      } catch (refusal) {
        const { message, findings } = /** @type {import('../pkg/types.js').Refusal} */ (refusal);
        const [first] = findings;
        throw new Trouble('badRules', { place: '', line: first?.line ?? 0, message: first?.message ?? message, hint: first?.hint ?? null });
      }
    }

    /** @param {string} flow */
    #run(flow) {
      const viewer = this.#viewer;
      if (!viewer) return;
      try {
        viewer.run(flow);
      } catch (problem) {
        throw new Trouble('badFlow', /** @type {Problem} */ (problem), flow);
      }
    }

    /**
     * A walk was taken: marks what the author has named, else what the lesson
     * stops at.
     * @param {Shown} viewer
     * @param {Mark[]} stops
     */
    #ran(viewer, stops) {
      const own = this.#options.markers.map(({ at, label }) => ({ step: viewer.find(at), label })).filter(({ step }) => step >= 0);
      const marks = own.length ? own : stops;
      this.#stops = new Set(this.#options.pauseOnMarkers ? marks.map(({ step }) => step) : []);
      this.#markers(viewer, marks);
      this.#tell('walk', { flow: viewer.overview?.flow, outcome: viewer.overview?.outcome, steps: viewer.player.steps });
    }

    /** @param {Shown} viewer @param {string} snapshot */
    #load(viewer, snapshot) {
      try {
        viewer.open(snapshot);
      } catch (problem) {
        throw new Trouble('badSource', /** @type {Problem} */ (problem));
      }
    }

    /**
     * Moments that the author has named, as buttons below the controls.
     * @param {Shown} viewer
     * @param {Mark[]} marks
     */
    #markers(viewer, marks) {
      const list = el('ol', { class: 'markers' }, ...marks.filter(({ label }) => label).map(({ step, label, title }) => {
        const button = el('button', { type: 'button', class: 'button small', 'data-step': step, title, 'aria-label': title && `${label}: ${title}` }, label);
        button.addEventListener('click', () => this.seek(step));
        return el('li', {}, button);
      }));
      viewer.controls.transport.querySelector('.markers')?.remove();
      if (list.childElementCount) viewer.controls.transport.append(list);
    }

    /**
     * What to show: by name, by address, or as it is written inside.
     * @param {Shelf} shelf
     * @returns {Promise<{ snapshot: string, rules: string, flow: string, lesson?: string, scene?: { id: string, scene: number } }>}
     */
    async #machine({ article, lessons }) {
      const { scenario, lesson, src, flow } = this.#options;
      if (lesson) {
        if (!ids(lessons).includes(lesson)) throw new Trouble('noLesson', null, ids(lessons).join(', '));
        return { snapshot: '', rules: '', flow: '', lesson };
      }
      const content = sort(this.#text);
      const known = SCENARIOS.find(({ id }) => id === scenario);
      const said = flow || content.flow;
      if (scenario && !known) {
        const scene = sceneOf(lessons, scenario);
        if (!scene) throw new Trouble('noScenario', null, [...new Set([...SCENARIOS.map(({ id }) => id), ...ids(lessons)])].join(', '));
        const machine = { snapshot: lessons.machine(scene.id, scene.scene), rules: content.rules };
        return said ? { ...machine, flow: said } : { ...machine, flow: lessons.flow(scene.id, scene.scene), scene };
      }
      const snapshot = src ? await fetched(src) : content.snapshot || article;
      const own = src || content.snapshot;
      return { snapshot, rules: content.rules, flow: said || (own ? '' : (known ?? SCENARIOS[0])?.flow ?? '') };
    }

    /** Keys count only while it has the focus, and Tab always goes on. @param {ShadowRoot} root */
    #listen(root) {
      const listener = (/** @type {Event} */ event) => this.#key(/** @type {KeyboardEvent} */ (event));
      root.addEventListener('keydown', listener);
      this.#ends.push(() => root.removeEventListener('keydown', listener));
    }

    /** @param {KeyboardEvent} event */
    #key(event) {
      const viewer = this.#viewer;
      if (!viewer || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      const target = /** @type {HTMLElement} */ (event.composedPath()[0]);
      const writes = /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName);
      const presses = target.closest('button') !== null;
      const { player, controls } = viewer;
      /** @type {Record<string, () => void>} */
      const acts = {
        ' ': () => player.toggle(),
        'k': () => player.toggle(),
        'ArrowRight': () => controls.step(event.shiftKey ? 'hook' : 'step', true),
        'ArrowLeft': () => controls.step(event.shiftKey ? 'hook' : 'step', false),
        '.': () => controls.step('rule', true),
        ',': () => controls.step('rule', false),
        ']': () => controls.step('packet', true),
        '[': () => controls.step('packet', false),
        'Home': () => controls.end(false),
        'End': () => controls.end(true),
        'l': () => controls.toggleLoop(),
      };
      const act = acts[event.key];
      if (!act || writes || (presses && event.key === ' ')) return;
      event.preventDefault();
      // The page around, slides above all, may have keys of its own.
      event.stopPropagation();
      act();
    }

    /** @param {string} type @param {object} [detail] */
    #tell(type, detail = {}) {
      this.dispatchEvent(new CustomEvent(type, { detail }));
    }

    /** Says what is wrong, where the walk would be. The page around goes on. @param {unknown} error */
    #trouble(error) {
      const words = WORDS[this.#lang];
      const box = el('div', { class: 'trouble', role: 'alert' });
      let message = '';
      if (error instanceof Unable) {
        message = words[error.why];
        box.append(el('p', {}, message));
        if (error.why === 'csp') box.append(el('code', {}, HEADER));
        if (error.why !== 'csp' && error.message !== error.why) box.append(el('code', {}, error.message));
      } else if (error instanceof Trouble) {
        message = words[error.why];
        const { problem } = error;
        box.append(el('p', {}, message, ' ', el('code', {}, error.text)));
        if (problem) {
          const where = [problem.place, problem.line ? `${words.line} ${problem.line}` : ''].filter(Boolean).join(', ');
          const told = said(problem.message, this.#lang);
          box.append(el('code', {}, [where, told].filter(Boolean).join(': ')));
          if (problem.hint) box.append(el('p', { class: 'hint' }, said(problem.hint, this.#lang)));
          message += ` ${told}`;
        }
      } else {
        message = error instanceof Error ? error.message : String(error);
        say(box, message);
      }
      this.#root.replaceChildren(box);
      this.#tell('error', { message });
    }

    /** Frees what it holds, so that a page may come and go with it. */
    #stop() {
      this.#turn += 1;
      this.#loading = null;
      for (const end of this.#ends.splice(0)) end();
      this.#viewer = null;
      this.#stops.clear();
      this.shadowRoot?.replaceChildren();
    }
  };
}

/** What an author wrote cannot be shown. */
class Trouble extends Error {
  /**
   * @param {'noScenario' | 'noLesson' | 'noSource' | 'badSource' | 'badFlow' | 'badRules'} why
   * @param {Problem | null} problem
   * @param {string} [text]
   */
  constructor(why, problem, text = '') {
    super(why);
    this.why = why;
    this.problem = problem;
    this.text = text;
  }
}

/** @param {string} src */
async function fetched(src) {
  try {
    const answer = await fetch(src);
    if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`.trim());
    return await answer.text();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Trouble('noSource', null, `${src}: ${message}`);
  }
}
