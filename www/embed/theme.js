// Light or dark: as the reader's system has it, as the author says, or as the
// page around says by what such pages put on their root element.

/** What blogs and documentation write: an attribute or a class. */
const ATTRIBUTES = ['data-theme', 'data-bs-theme', 'data-color-mode', 'data-md-color-scheme', 'data-color-scheme', 'theme', 'class'];

/** @param {Element | null} element @returns {'light' | 'dark' | null} */
function said(element) {
  for (const name of ATTRIBUTES) {
    const words = (element?.getAttribute(name) ?? '').toLowerCase().split(/\s+/);
    for (const word of words) {
      if (/^(dark|slate|night|(theme|mode)-dark|dark-(theme|mode)|navy|coal|ayu)$/.test(word)) return 'dark';
      if (/^(light|default|day|(theme|mode)-light|light-(theme|mode)|rust)$/.test(word)) return 'light';
    }
  }
  return null;
}

/**
 * Keeps an element's theme; gives what ends that.
 * @param {HTMLElement} element
 * @param {'auto' | 'light' | 'dark' | 'host'} theme
 * @param {() => void} changed
 * @returns {() => void}
 */
export function keep(element, theme, changed) {
  const write = () => {
    let now = theme === 'light' || theme === 'dark' ? theme : null;
    if (theme === 'host') {
      now = said(document.body) ?? said(document.documentElement);
      if (!now) {
        const scheme = getComputedStyle(document.documentElement).colorScheme;
        now = scheme === 'dark' || scheme === 'light' ? scheme : null;
      }
    }
    if (now === null) element.removeAttribute('data-theme');
    else element.setAttribute('data-theme', now);
    changed();
  };
  write();
  const system = matchMedia('(prefers-color-scheme: dark)');
  system.addEventListener('change', write);
  const page = theme === 'host' ? new MutationObserver(write) : null;
  for (const root of [document.documentElement, document.body]) {
    page?.observe(root, { attributes: true, attributeFilter: ATTRIBUTES.concat('style') });
  }
  return () => {
    system.removeEventListener('change', write);
    page?.disconnect();
  };
}
