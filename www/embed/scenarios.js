// What is inside: the machine of the article, and its three walks.

import packed from 'packetwalk:article';
import { SCENARIOS as WALKS } from '../js/scenarios.js';
import { unpack } from '../js/assets.js';

/** Names under which authors know the walks, in their order. */
const IDS = ['container-to-container', 'host-to-container', 'container-to-external'];

export const SCENARIOS = WALKS.map((walk, at) => ({ id: IDS[at] ?? '', flow: walk.flow }));

/** @type {Promise<string> | null} */
let text = null;

/** The machine's snapshot. */
export function SNAPSHOT() {
  text ??= unpack(packed).then((bytes) => new TextDecoder().decode(bytes));
  return text;
}
