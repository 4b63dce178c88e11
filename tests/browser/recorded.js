// Logs that real kernels printed, and what in them is random.

/**
 * Splits a recorded log into its flows.
 * @param {string} text
 * @returns {Map<string, string[]>}
 */
export function flows(text) {
  /** @type {Map<string, string[]>} */
  const found = new Map();
  /** @type {string[]} */
  let lines = [];
  for (const line of text.split('\n')) {
    const head = /^@@flow \d+ (.*)$/.exec(line);
    if (head) found.set(head[1] ?? '', (lines = []));
    else if (line !== '') lines.push(line);
  }
  return found;
}

/**
 * The lines without what a kernel draws at random: IP and ICMP identifiers.
 * Equal numbers stay equal: each is replaced by the order of its appearance.
 * @param {string[]} lines
 */
export function steady(lines) {
  /** @type {Map<string, number>} */
  const seen = new Map();
  return lines.map((line) => line.replace(/ ID=(\d+)/g, (_, number) => {
    if (!seen.has(number)) seen.set(number, seen.size + 1);
    return ` ID=#${seen.get(number)}`;
  }));
}
