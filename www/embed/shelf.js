// What is inside: the lessons and their machines, and the three walks of the
// article.

import packed from 'packetwalk:lessons';
import { Lessons } from '../pkg/packetwalk.js';
import { SCENARIOS as WALKS } from '../js/scenarios.js';
import { unpack } from '../js/assets.js';

/** Names under which authors know the walks, in their order. */
const IDS = ['container-to-container', 'host-to-container', 'container-to-external'];

/** Which lesson's picture shows each of them. */
const PICTURES = ['container-to-container', 'host-to-container', 'container-to-outside'];

/**
 * The picture of a lesson, a scene of one, or a walk, from where the script is.
 * @param {string} name
 * @param {import('../js/text.js').Lang} lang
 */
export function posterOf(name, lang) {
  const walk = Math.max(IDS.indexOf(name), name ? -1 : 0);
  return `posters/${encodeURIComponent(PICTURES[walk] ?? name)}.${lang}.svg`;
}

/** The machine of the walks, as the bundle of lessons names it. */
const ARTICLE = '../scenarios/article-2017.snapshot.txt';

export const SCENARIOS = WALKS.map((walk, at) => ({ id: IDS[at] ?? '', flow: walk.flow }));

/**
 * @typedef {object} Shelf
 * @property {string} article the snapshot of the article's machine
 * @property {Lessons} lessons
 */

/** @type {Promise<Shelf> | null} */
let shelf = null;

/** Reads what is inside, once for all elements; the simulator is there by then. */
export function inside() {
  shelf ??= unpack(packed).then((bytes) => {
    const bundle = new TextDecoder().decode(bytes);
    return { article: JSON.parse(bundle).machines[ARTICLE], lessons: Lessons.load(bundle) };
  });
  return shelf;
}

/** Names of all lessons. @param {Lessons} lessons */
export function ids(lessons) {
  return lessons.list('en').map(({ id }) => id);
}

/**
 * The lesson that has a scene of this name, and the scene's number; a lesson's
 * own name is that of its first.
 * @param {Lessons} lessons
 * @param {string} name
 */
export function sceneOf(lessons, name) {
  for (const id of ids(lessons)) {
    const scene = lessons.view(id, 'en')?.scenes.indexOf(name) ?? -1;
    if (scene >= 0) return { id, scene };
    if (id === name) return { id, scene: 0 };
  }
  return null;
}
