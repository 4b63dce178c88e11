// Building and changing elements. Text always goes in as text, never as HTML.

const SVG = 'http://www.w3.org/2000/svg';

/**
 * Where elements are looked for: the page, or the shadow of one on a page.
 * @typedef {Document | ShadowRoot} Root
 */

/**
 * The element with this id, which `root` has.
 * @template {Element} [T=HTMLElement]
 * @param {string} id
 * @param {Root} [root]
 * @returns {T}
 */
export function byId(id, root = document) {
  const found = root.getElementById(id);
  if (!found) throw new Error(`there is no #${id}`);
  return /** @type {T} */ (/** @type {unknown} */ (found));
}

/**
 * @param {Element} element
 * @param {Record<string, unknown>} attributes
 */
export function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
}

/**
 * @param {Element} parent
 * @param {(Node | string | null | undefined | false)[]} children
 */
function fill(parent, children) {
  for (const child of children) {
    if (child !== null && child !== undefined && child !== false) parent.append(child);
  }
}

/**
 * An HTML element.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  set(element, attributes);
  fill(element, children);
  return element;
}

/**
 * An SVG element.
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {SVGElementTagNameMap[K]}
 */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  set(element, attributes);
  fill(element, children);
  return element;
}

/**
 * Sets the text only if it differs, so that nothing is laid out in vain.
 * @param {Node} node
 * @param {string} text
 */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** @type {Map<HTMLElement, { child: HTMLElement | null, head: number }>} */
const wanted = new Map();

/**
 * Asks that `child` be scrolled into view inside `box` alone, never the page,
 * when everything has been drawn; without one, that the box show its top.
 * @param {HTMLElement} box
 * @param {HTMLElement | null} child
 * @param {number} [head] height of what stays at the top, in pixels
 */
export function reveal(box, child, head = 28) {
  wanted.set(box, { child, head });
}

/**
 * Does what `reveal` was asked for. Everything is measured first and moved
 * afterwards, so that the page is laid out once.
 */
export function settle() {
  const margin = 28;
  const moves = [...wanted].map(([box, { child, head }]) => {
    if (!child) return { box, to: 0 };
    // Boxes that scroll are positioned, so this counts from the box.
    const top = child.offsetTop;
    const bottom = top + child.offsetHeight + margin;
    const { scrollTop, clientHeight } = box;
    if (top - head < scrollTop) return { box, to: Math.max(0, top - head) };
    return { box, to: bottom > scrollTop + clientHeight ? bottom - clientHeight : scrollTop };
  });
  wanted.clear();
  for (const { box, to } of moves) if (box.scrollTop !== to) box.scrollTop = to;
}

/** Gives the reader a text as a file. @param {string} text @param {string} name */
export function offer(text, name) {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  el('a', { href: address, download: name }).click();
  // The download has begun by then, wherever it goes.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** Does the reader ask for less motion? */
export function calm() {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}
