// The options of an embedded walk: one vocabulary, whether they come as
// attributes, as an object, as a script's data or as a frame's parameters.

/**
 * What an author may say, under its name as an attribute. `kind` says how the
 * text is read; a choice lists its words, the first being the default.
 * @type {Readonly<Record<string, { kind: 'text' | 'flag' | 'number' | 'list' | 'choice', words?: readonly string[] }>>}
 */
export const OPTIONS = {
  'scenario': { kind: 'text' },
  'lesson': { kind: 'text' },
  'src': { kind: 'text' },
  'flow': { kind: 'text' },
  'autoplay': { kind: 'flag' },
  'loop': { kind: 'flag' },
  'speed': { kind: 'number' },
  'start-at': { kind: 'text' },
  'markers': { kind: 'text' },
  'pause-on-markers': { kind: 'flag' },
  'views': { kind: 'list', words: ['stage', 'way', 'ladder', 'rules', 'packet', 'log'] },
  'controls': { kind: 'choice', words: ['auto', 'full', 'none'] },
  'fit': { kind: 'choice', words: ['width', 'both', 'none'] },
  'theme': { kind: 'choice', words: ['auto', 'light', 'dark', 'host'] },
  'lang': { kind: 'choice', words: ['auto', 'en', 'zh'] },
  'poster': { kind: 'text' },
  'preload': { kind: 'choice', words: ['auto', 'none', 'eager'] },
  'trace': { kind: 'flag' },
  'id-prefix': { kind: 'text' },
};

/** What is shown unless the author says otherwise; lessons speak of rules. */
const VIEWS = ['stage', 'way'];
const LESSON_VIEWS = ['stage', 'rules'];

/** A poster without an address is the one that lies beside the script. */
export const OWN_POSTER = 'own';

/** @typedef {{ at: string, label: string }} Marker */

/**
 * @typedef {object} Options
 * @property {string} scenario
 * @property {string} lesson
 * @property {string} src
 * @property {string} flow
 * @property {boolean} autoplay
 * @property {boolean} loop
 * @property {number} speed
 * @property {string} startAt
 * @property {Marker[]} markers
 * @property {boolean} pauseOnMarkers
 * @property {string[]} views
 * @property {'auto' | 'full' | 'none'} controls
 * @property {'width' | 'both' | 'none'} fit
 * @property {'auto' | 'light' | 'dark' | 'host'} theme
 * @property {'auto' | 'en' | 'zh'} lang
 * @property {string} poster
 * @property {'auto' | 'none' | 'eager'} preload
 * @property {boolean} trace
 * @property {string} idPrefix
 */

/**
 * Reads options from where `get` finds their text; null is an option that was
 * not given. What cannot be read is told, and the default holds.
 * @param {(name: string) => string | null} get
 * @returns {{ options: Options, problems: { option: string, value: string, wanted: string }[] }}
 */
export function read(get) {
  /** @type {{ option: string, value: string, wanted: string }[]} */
  const problems = [];
  const text = (/** @type {string} */ name) => (get(name) ?? '').trim();
  const flag = (/** @type {string} */ name) => {
    const value = get(name);
    if (value === null) return false;
    return !/^(false|no|off|0)$/i.test(value.trim());
  };
  const choice = (/** @type {string} */ name) => {
    const words = OPTIONS[name]?.words ?? [];
    const value = text(name).toLowerCase();
    if (value === '') return words[0] ?? '';
    if (words.includes(value)) return value;
    // `controls` alone, as with a media element, asks for all of them.
    if (name === 'controls') {
      if (/^(true|controls)$/.test(value)) return 'full';
      if (/^(false|no|off)$/.test(value)) return 'none';
    }
    problems.push({ option: name, value, wanted: words.join(', ') });
    return words[0] ?? '';
  };
  const speed = text('speed') === '' ? 1 : Number(text('speed'));
  const usable = Number.isFinite(speed) && speed >= 0.1 && speed <= 10;
  if (!usable) problems.push({ option: 'speed', value: text('speed'), wanted: '0.1 – 10' });
  const known = OPTIONS['views']?.words ?? [];
  const asked = text('views').toLowerCase().split(/[\s,]+/).filter(Boolean);
  for (const view of asked) if (!known.includes(view)) problems.push({ option: 'views', value: view, wanted: known.join(', ') });
  const views = [...new Set(asked.filter((view) => known.includes(view)))];
  return {
    options: {
      scenario: text('scenario'),
      lesson: text('lesson'),
      src: text('src'),
      flow: text('flow'),
      autoplay: flag('autoplay'),
      loop: flag('loop'),
      speed: usable ? speed : 1,
      startAt: text('start-at'),
      markers: markers(text('markers')),
      pauseOnMarkers: flag('pause-on-markers'),
      views: views.length ? views : text('lesson') ? LESSON_VIEWS : VIEWS,
      controls: /** @type {Options['controls']} */ (choice('controls')),
      fit: /** @type {Options['fit']} */ (choice('fit')),
      theme: /** @type {Options['theme']} */ (choice('theme')),
      lang: /** @type {Options['lang']} */ (choice('lang')),
      poster: get('poster') === null ? '' : text('poster') || OWN_POSTER,
      preload: /** @type {Options['preload']} */ (choice('preload')),
      trace: flag('trace'),
      idPrefix: text('id-prefix'),
    },
    problems,
  };
}

/** `12: NAT; filter:FORWARD: the decision` @param {string} text @returns {Marker[]} */
function markers(text) {
  return text.split(';').map((part) => part.trim()).filter(Boolean).map((part) => {
    // The last one: a line of the log has some of its own.
    const at = part.lastIndexOf(': ');
    return at < 0 || part.slice(0, at) === 'TRACE' ? { at: part, label: '' } : { at: part.slice(0, at).trim(), label: part.slice(at + 2).trim() };
  });
}

/** An option's name as a property of an object: `start-at` is `startAt`. @param {string} name */
export function property(name) {
  return name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
}

/**
 * Writes options of an object as attributes.
 * @param {Element} element
 * @param {Record<string, unknown>} options
 */
export function write(element, options) {
  for (const name of Object.keys(OPTIONS)) {
    const value = options[property(name)] ?? options[name];
    if (value === undefined || value === null || value === false) continue;
    element.setAttribute(name, value === true ? '' : Array.isArray(value) ? value.map(marker).join(name === 'markers' ? '; ' : ' ') : String(value));
  }
}

/** @param {unknown} item */
function marker(item) {
  if (typeof item !== 'object' || item === null) return String(item);
  const { at, label } = /** @type {Record<string, unknown>} */ (item);
  return label === undefined ? String(at) : `${String(at)}: ${String(label)}`;
}
