// Fitting a picture into its box.

/**
 * How a picture came to lie in its box.
 * @typedef {{ scale: number, scrolls: boolean }} Fitted
 */

/**
 * Gives the picture the size that fills the box, within limits: text must stay
 * readable, so a picture that is too large is scrolled instead.
 * @param {HTMLElement} box
 * @param {SVGSVGElement} picture
 * @param {{ width: number, height: number }} size
 * @param {number} least
 * @param {number} most
 * @returns {Fitted}
 */
export function fit(box, picture, size, least, most) {
  const style = getComputedStyle(box);
  const bounded = style.getPropertyValue('--fit').trim() === 'both';
  const inner = (/** @type {number} */ outer) => outer - 2 * parseFloat(style.paddingLeft);
  const wide = inner(box.clientWidth) / size.width;
  const high = bounded && box.clientHeight > 0 ? inner(box.clientHeight) / size.height : wide;
  const scale = Math.min(Math.max(Math.min(wide, high), least), most);
  picture.setAttribute('width', (size.width * scale).toFixed(1));
  picture.setAttribute('height', (size.height * scale).toFixed(1));
  return { scale, scrolls: box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1 };
}

/**
 * Scrolls the box so that a place of the picture is in sight.
 * @param {HTMLElement} box
 * @param {SVGSVGElement} picture
 * @param {Fitted} fitted
 * @param {{ x: number, y: number }} place
 */
export function follow(box, picture, { scale, scrolls }, place) {
  if (!scrolls) return;
  const x = place.x * scale + picture.getBoundingClientRect().left - box.getBoundingClientRect().left + box.scrollLeft;
  const y = place.y * scale;
  const edge = 60;
  if (x < box.scrollLeft + edge || x > box.scrollLeft + box.clientWidth - edge) box.scrollLeft = x - box.clientWidth / 2;
  if (y < box.scrollTop + edge || y > box.scrollTop + box.clientHeight - edge) box.scrollTop = y - box.clientHeight / 2;
}
