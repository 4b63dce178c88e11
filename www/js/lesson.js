// A lesson: cards to read, a prediction to make, something to try. What a card
// says, where it stands on the walk and which answer is right come from Rust.

import { byId, el, reveal, say, settle } from './dom.js';
import { plain, spans, words } from './words.js';

/** @typedef {import('../pkg/packetwalk.js').Lessons} Lessons */
/** @typedef {import('../pkg/packetwalk.js').Walk} Walk */
/** @typedef {import('../pkg/types.js').LessonView} LessonView */
/** @typedef {import('../pkg/types.js').CardView} CardView */
/** @typedef {import('./text.js').Word} Word */
/** @typedef {import('./text.js').Lang} Lang */

/**
 * What the page does for a lesson.
 * @typedef {object} Host
 * @property {(word: Word) => string} word
 * @property {() => Lang} lang
 * @property {(machine: string, flow: string) => Walk | null} run  opens a machine and runs a flow on it
 * @property {(edits: import('../pkg/types.js').Edit[], flow: string) => Walk | null} [change]  changes the machine on show as its
 *     reader could, and runs a flow on it; null if that cannot be
 * @property {(step: number) => void} goTo     stands at a step
 * @property {(step: number) => void} playTo   plays on to a step
 * @property {() => void} closed               the lesson was left
 * @property {((id: string) => void) | null} following  what comes behind the last card; null if nothing does
 * @property {(card: number) => void} shown    a card is on show
 */

export class LessonPane {
  /**
   * @param {Host} host
   * @param {import('./dom.js').Root} [root] where its elements are
   * @param {HTMLElement} [around] what is marked while a lesson is read
   */
  constructor(host, root = document, around = document.body) {
    this.host = host;
    this.around = around;
    this.pane = byId('lesson', root);
    this.body = byId('lesson-body', root);
    this.back = /** @type {HTMLButtonElement} */ (byId('lesson-back', root));
    this.next = /** @type {HTMLButtonElement} */ (byId('lesson-next', root));
    this.title = byId('lesson-title', root);
    this.count = byId('lesson-count', root);
    this.hint = byId('lesson-hint', root);
    this.said = byId('lesson-said', root);
    /** @type {Lessons | null} */
    this.lessons = null;
    /** @type {LessonView | null} */
    this.lesson = null;
    /** The card on show. */
    this.at = 0;
    /** The scene whose walk is on show; -1 for none. */
    this.scene = -1;
    /** Where the cards of that scene stand. @type {Int32Array} */
    this.steps = new Int32Array();
    /** @type {Walk | null} */
    this.walk = null;
    /** Answers chosen, by card. Forgotten with the lesson. @type {Map<number, Set<number>>} */
    this.chosen = new Map();
    /** Which answer is right, by card: known once the scene has run. @type {Map<number, number>} */
    this.right = new Map();
    this.back.addEventListener('click', () => this.go(this.at - 1));
    this.next.addEventListener('click', () => this.forward());
  }

  /**
   * Opens a lesson at its beginning.
   * @param {string} id
   * @returns {boolean}
   */
  open(id) {
    const lesson = this.lessons?.view(id, this.host.lang()) ?? null;
    if (!lesson) return false;
    this.lesson = lesson;
    this.at = 0;
    this.scene = -1;
    this.walk = null;
    this.chosen.clear();
    this.right.clear();
    this.pane.hidden = false;
    this.around.classList.add('in-lesson');
    this.go(0);
    return true;
  }

  /** Leaves the lesson; the machine and the walk stay as they are. */
  close() {
    if (!this.lesson) return;
    this.lesson = null;
    this.walk = null;
    this.pane.hidden = true;
    this.around.classList.remove('in-lesson', 'predicting');
    this.host.closed();
  }

  /** The lesson's words in another language, at the same card. */
  relabel() {
    if (!this.lesson) return;
    this.lesson = this.lessons?.view(this.lesson.id, this.host.lang()) ?? this.lesson;
    this.write();
  }

  /** Another walk took the place of the lesson's: it is run anew when needed. */
  strayed() {
    this.scene = -1;
    this.walk = null;
  }

  /** The scene that is on show while a card is read: a `try` is made when it is left. @param {number} at */
  sceneAt(at) {
    const card = this.lesson?.cards[at];
    if (!card) return 0;
    return card.kind === 'try' ? Math.max(card.scene - 1, 0) : card.scene;
  }

  /**
   * Sees to it that a scene's walk is on show. The first step is shown.
   * @param {number} scene
   */
  enter(scene) {
    const { lesson, lessons } = this;
    if (!lesson || !lessons || this.scene === scene) return;
    const flow = lessons.flow(lesson.id, scene);
    // What is tried is done to the machine on show, so that it can be undone
    // and what differs is marked.
    const edits = this.walk && this.scene === scene - 1 ? lessons.edits(lesson.id, scene) : null;
    this.walk = (edits && this.host.change?.(edits, flow)) ?? this.host.run(lessons.machine(lesson.id, scene), flow);
    // Running is told to `strayed`, as any other walk is.
    this.scene = this.walk ? scene : -1;
    this.steps = this.walk ? lessons.steps(lesson.id, scene, this.walk) : new Int32Array();
    lesson.cards.forEach((card, at) => {
      if (this.walk && card.kind === 'ask' && card.scene === scene) this.right.set(at, lessons.right(lesson.id, at, this.walk));
    });
  }

  /** Where the walk stands when a card is read: its own stop, or the last before it in the scene. @param {number} at */
  stop(at) {
    for (let card = at; card >= 0 && this.sceneAt(card) === this.scene; card -= 1) {
      const step = this.steps[card] ?? -1;
      if (step >= 0) return step;
    }
    return 0;
  }

  /** To the next card, and on to where it stands. */
  forward() {
    if (this.waits(this.at)) return;
    const { lesson } = this;
    if (lesson && this.at >= lesson.cards.length - 1) this.host.following?.(lesson.id);
    else this.go(this.at + 1, true);
  }

  /**
   * Shows a card.
   * @param {number} at
   * @param {boolean} [plays] plays on to its stop, instead of standing there at once
   */
  go(at, plays = false) {
    if (!this.lesson || at < 0 || at >= this.lesson.cards.length) return;
    const scene = this.scene;
    this.enter(this.sceneAt(at));
    this.at = at;
    this.write();
    this.host.shown(at);
    const step = this.stop(at);
    if (plays) this.host.playTo(step);
    else if (scene !== this.scene || at > 0) this.host.goTo(step);
  }

  /** Does a card wait for an answer? @param {number} at */
  waits(at) {
    return this.lesson?.cards[at]?.kind === 'ask' && !this.chosen.has(at);
  }

  /** @param {number} card @param {number} answer */
  choose(card, answer) {
    const chosen = this.chosen.get(card) ?? new Set();
    chosen.add(answer);
    this.chosen.set(card, chosen);
    this.write();
    // The buttons are new: who used the keyboard stays where they were.
    /** @type {HTMLElement | null} */ (this.body.querySelector(`[data-answer="${card}-${answer}"]`))?.focus();
    const feedback = this.lesson?.cards[card]?.answers[answer]?.feedback ?? [];
    const sign = this.host.word(this.right.get(card) === answer ? 'lessonRight' : 'lessonWrong');
    say(this.said, `${sign} ${feedback.map(plain).join(' ')}`);
  }

  /** Writes the pane. */
  write() {
    const { lesson, host } = this;
    if (!lesson) return;
    const { word } = host;
    say(this.title, lesson.title);
    say(this.count, `${this.at + 1}/${lesson.cards.length}`);
    this.body.replaceChildren(...lesson.cards.slice(0, this.at + 1).map((card, at) => this.card(card, at)));
    const last = this.at === lesson.cards.length - 1;
    const kind = lesson.cards[this.at]?.kind;
    this.back.disabled = this.at === 0;
    const waits = this.waits(this.at);
    this.next.setAttribute('aria-disabled', String(waits));
    this.next.hidden = last && !host.following;
    say(/** @type {HTMLElement} */ (this.next.firstElementChild), word(last ? 'lessonFollowing' : kind === 'try' ? 'lessonTry' : 'lessonNext'));
    this.hint.hidden = !waits;
    // Until a prediction is made, what comes of it is not told elsewhere.
    const asked = lesson.cards.some((card, at) => at >= this.at && card.kind === 'ask' && card.scene === this.sceneAt(this.at) && !this.chosen.has(at));
    this.around.classList.toggle('predicting', asked);
    const current = /** @type {HTMLElement | null} */ (this.body.lastElementChild);
    if (current) reveal(this.body, current, 8);
    settle();
    const read = lesson.cards[this.at]?.body ?? [];
    say(this.said, read.map(plain).join(' '));
  }

  /** @param {CardView} card @param {number} at */
  card(card, at) {
    const { word } = this.host;
    const now = at === this.at;
    const children = card.body.map((paragraph) => el('p', {}, ...spans(paragraph)));
    if (card.kind !== 'say') {
      children.unshift(el('p', { class: 'card-kind' }, word(card.kind === 'ask' ? 'lessonAsk' : 'lessonYours')));
    }
    const box = el('article', { class: `card card-${card.kind}`, 'aria-current': now && 'step' }, ...children);
    if (card.kind === 'ask') box.append(this.answers(card, at));
    if (card.kind === 'try') box.append(commands(card));
    if (!now) {
      const back = el('button', { type: 'button', class: 'card-back', 'aria-label': `${word('lessonBackTo')} ${at + 1}` }, '↩');
      back.addEventListener('click', () => this.go(at));
      box.append(back);
    }
    return box;
  }

  /** @param {CardView} card @param {number} at */
  answers(card, at) {
    const { word } = this.host;
    const chosen = this.chosen.get(at) ?? new Set();
    const right = this.right.get(at);
    return el('ul', { class: 'answers', 'aria-label': word('lessonAnswers') }, ...card.answers.map((answer, number) => {
      const open = chosen.has(number);
      const state = open ? (number === right ? 'right' : 'wrong') : 'open';
      const button = el('button', { type: 'button', class: 'answer', 'data-state': state, 'data-answer': `${at}-${number}`, 'aria-pressed': String(open) },
        el('span', { class: 'sign', 'aria-hidden': 'true' }, { right: '✓', wrong: '✕', open: '' }[state]),
        el('span', {}, ...spans(answer.choice)));
      button.addEventListener('click', () => this.choose(at, number));
      return el('li', {}, button, open && el('div', { class: 'feedback', 'data-state': state }, ...answer.feedback.map((paragraph) => el('p', {}, ...spans(paragraph)))));
    }));
  }
}

/** What is typed, and where. @param {CardView} card */
function commands(card) {
  const lines = card.changes.map(({ netns, command }) => line(`${netns}#`, command));
  // As in the flow line above the pictures.
  if (card.flow) lines.push(line('$', card.flow));
  return el('div', { class: 'commands mono' }, ...lines);
}

/** @param {string} prompt @param {string} command */
function line(prompt, command) {
  return el('p', {}, el('span', { class: 'prompt' }, `${prompt} `), ...words(command));
}
