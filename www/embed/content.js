// What an author wrote inside the element: a snapshot, rules, flows.

/**
 * @typedef {object} Content
 * @property {string} snapshot  a whole machine; empty if there is none
 * @property {string} rules     what `iptables-restore` would read at the host
 * @property {string} flow      the flow to run
 */

/**
 * Sorts lines by what they are. A line that begins with `@@packetwalk` begins a
 * snapshot, `*table` and `:CHAIN` and `-A` are rules, what else is not empty
 * and no comment is the flow.
 * @param {string} text
 * @returns {Content}
 */
export function sort(text) {
  const lines = text.replace(/^\s*\n/, '').split('\n');
  const indent = Math.min(...lines.filter((line) => line.trim()).map((line) => line.search(/\S/)));
  const plain = lines.map((line) => line.slice(Number.isFinite(indent) ? indent : 0).trimEnd());
  const start = plain.findIndex((line) => line.startsWith('@@packetwalk'));
  const end = start < 0 ? -1 : plain.findIndex((line, at) => at > start && line === '@@end');
  const snapshot = start < 0 ? [] : plain.slice(start, end < 0 ? undefined : end + 1);
  const rest = start < 0 ? plain : [...plain.slice(0, start), ...(end < 0 ? [] : plain.slice(end + 1))];
  const isRule = (/** @type {string} */ line) => /^(\*\w|:|-|\[\d+:\d+\]|COMMIT\b)/.test(line);
  const rules = rest.filter(isRule);
  const flows = rest.filter((line) => line && !isRule(line) && !line.startsWith('#'));
  return {
    snapshot: snapshot.length ? `${snapshot.join('\n')}\n` : '',
    rules: rules.length ? `${rules.join('\n')}\n` : '',
    flow: flows[0] ?? '',
  };
}

/** What stands there for those without scripts, and says nothing to us. */
const INSTEAD = 'img, picture, a, svg, object, iframe, noscript';

/**
 * The text inside an element: of a `<script type="text/...">` or `<template>` if
 * there is one, so that nothing shows before the element is defined. A picture
 * or a link is for those without scripts.
 * @param {HTMLElement} element
 */
export function written(element) {
  for (const child of element.children) {
    if (child instanceof HTMLTemplateElement) return child.content.textContent ?? '';
    if (child instanceof HTMLScriptElement) return child.textContent ?? '';
  }
  return element.querySelector(INSTEAD) ? '' : element.textContent ?? '';
}
