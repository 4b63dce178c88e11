// What a reader chose and the page remembers: language and theme.

import { byId } from './dom.js';
import { TEXT, writeWords } from './text.js';

/** @typedef {import('./text.js').Lang} Lang */
/** @typedef {import('./text.js').Word} Word */

/** Storage may be forbidden, or absent: then nothing is remembered. */
const memory = {
  /** @param {string} key */
  read(key) {
    try {
      return localStorage.getItem(`packetwalk.${key}`);
    } catch {
      return null;
    }
  },
  /** @param {string} key @param {string} value */
  write(key, value) {
    try {
      localStorage.setItem(`packetwalk.${key}`, value);
    } catch {
      // Not remembered.
    }
  },
};

export class Settings {
  /** @param {() => void} langChanged @param {() => void} themeChanged */
  constructor(langChanged, themeChanged) {
    this.langChanged = langChanged;
    this.themeChanged = themeChanged;
    this.dark = matchMedia('(prefers-color-scheme: dark)');
    const asked = new URLSearchParams(location.search).get('lang') ?? memory.read('lang') ?? navigator.language;
    /** @type {Lang} */
    this.lang = asked.toLowerCase().startsWith('zh') ? 'zh' : 'en';
    byId('lang').addEventListener('click', () => this.switchLang());
    byId('theme').addEventListener('click', () => this.switchTheme());
    this.dark.addEventListener('change', () => {
      this.writeTheme();
      this.themeChanged();
    });
    writeWords(this.lang);
    this.writeTheme();
  }

  /** @param {Word} key */
  word = (key) => TEXT[this.lang][key];

  /** Names and explanations that Rust has, by language. @type {Record<string, Record<string, string>>} */
  names = {};

  /** Where those come from, when they are first asked for. @type {(lang: string) => Record<string, string>} */
  texts = () => ({});

  /** A name or explanation of a station, state or kind; empty if there is none. @param {string} key */
  name = (key) => (this.names[this.lang] ??= this.texts(this.lang))[key] ?? '';

  /** What Rust says in a language; it comes with the module. @type {(message: string, lang: string) => string} */
  said = (message) => message;

  /** A message of Rust's in the language that is spoken. @param {string} message */
  told = (message) => this.said(message, this.lang);

  switchLang() {
    this.setLang(this.lang === 'en' ? 'zh' : 'en');
  }

  /** @param {string} lang */
  setLang(lang) {
    if (lang === this.lang || (lang !== 'en' && lang !== 'zh')) return;
    this.lang = lang;
    memory.write('lang', this.lang);
    writeWords(this.lang);
    this.writeTheme();
    this.langChanged();
  }

  get isDark() {
    const { theme } = document.documentElement.dataset;
    return theme ? theme === 'dark' : this.dark.matches;
  }

  switchTheme() {
    const theme = this.isDark ? 'light' : 'dark';
    document.documentElement.dataset.theme = theme;
    memory.write('theme', theme);
    this.writeTheme();
    this.themeChanged();
  }

  writeTheme() {
    const label = this.word(this.isDark ? 'themeToLight' : 'themeToDark');
    const button = byId('theme');
    button.setAttribute('aria-label', label);
    button.title = label;
  }
}
