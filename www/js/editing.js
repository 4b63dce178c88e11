// A part of a namespace as text: the editor around CodeMirror, which is loaded
// when it is first needed.

import { check } from '../pkg/packetwalk.js';
import { inside } from './assets.js';
import { el, say } from './dom.js';

/** @typedef {import('../pkg/types.js').Edit} Edit */
/** @typedef {import('../pkg/types.js').Part} Part */
/** @typedef {import('../pkg/types.js').Finding} Finding */
/** @typedef {import('../editor/editor.js').Editor} Editor */

/** The editor's module; asked for once. @type {Promise<typeof import('../editor/editor.js')> | null} */
let loading = null;

/** Begins to load the editor, so that it is there when it is wanted. */
export function prepare() {
  loading ??= load();
  // If it cannot be loaded that is said when it is wanted.
  loading.catch(() => {});
  return loading;
}

/**
 * The editor's module; where the page holds everything itself, as a script that
 * its policy knows.
 * @returns {Promise<typeof import('../editor/editor.js')>}
 */
async function load() {
  const held = await inside('pkg/editor.js');
  if (held === undefined) return import('../pkg/editor.js');
  const script = document.createElement('script');
  script.textContent = held;
  document.head.append(script);
  return /** @type {any} */ (globalThis).PACKETWALK_EDITOR;
}

export class EditorView {
  /** @param {import('./doing.js').Page} page @param {(edit: Edit) => import('../pkg/types.js').Refusal | null} edit */
  constructor(page, edit) {
    this.page = page;
    this.edit = edit;
    /** @type {Editor | null} */
    this.editor = null;
    /** What is being edited. */
    this.netns = '';
    /** @type {Part | ''} */
    this.part = '';
    /** The text as the machine has it. */
    this.clean = '';
    /** Texts that were left before they were applied. @type {Map<string, string>} */
    this.drafts = new Map();
    /** @type {Finding[]} */
    this.findings = [];
    this.state = el('span', { class: 'edit-state', role: 'status' });
    this.apply = el('button', { type: 'button', class: 'button primary small' });
    this.discard = el('button', { type: 'button', class: 'button small' });
    this.first = el('button', { type: 'button', class: 'edit-finding' });
    this.hint = el('span', { class: 'quiet edit-hint' });
    this.host = el('div', { class: 'editor', tabindex: -1 });
    this.bar = el('div', { class: 'edit-bar' }, this.state, this.first, this.hint, this.discard, this.apply);
    this.apply.addEventListener('click', () => this.send());
    this.discard.addEventListener('click', () => this.restore());
    this.first.addEventListener('click', () => {
      const [finding] = this.worst();
      if (finding) this.editor?.goTo(finding.line, finding.column);
    });
  }

  /** @param {HTMLElement} box @param {string} netns @param {Part} part */
  open(box, netns, part) {
    const machine = this.page.machine();
    if (!machine) return;
    const text = machine.part(netns, part);
    const same = this.editor !== null && this.netns === netns && this.part === part;
    if (same && this.clean === text) {
      this.write();
      return;
    }
    // The machine was changed from elsewhere: what was typed but not applied stays.
    const typed = same && this.editor && this.editor.text !== this.clean ? this.editor.text : null;
    this.close();
    this.netns = netns;
    this.part = part;
    this.clean = text;
    const draft = typed ?? this.drafts.get(`${netns} ${part}`) ?? text;
    const { word, lang } = this.page;
    this.host = el('div', { class: 'editor', tabindex: -1 }, el('p', { class: 'empty' }, word('editorLoading')));
    say(this.hint, word('editorHint'));
    this.hint.title = word('editorHint');
    box.replaceChildren(this.bar, this.host);
    const { host } = this;
    void prepare().then(({ Editor }) => {
      if (this.host !== host || !host.isConnected) return;
      this.editor = new Editor(host, draft, {
        check: (source) => this.told(check(part, source)),
        complete: (source, line, column) => /** @type {import('../pkg/packetwalk.js').Machine} */ (this.page.machine()).complete(netns, part, source, line, column),
        changed: (_, findings) => {
          this.findings = findings;
          this.write();
        },
        apply: () => this.send(),
        label: `${word('editorOf')} ${netns} ${part}`,
      }, lang());
      this.write();
    }, (/** @type {unknown} */ error) => {
      host.replaceChildren(el('p', { class: 'empty' }, String(error)));
    });
    this.write();
  }

  /** Leaves the editor; what is not applied is kept. */
  close() {
    if (!this.editor) {
      this.part = '';
      return;
    }
    const key = `${this.netns} ${this.part}`;
    if (this.editor.text === this.clean) this.drafts.delete(key);
    else this.drafts.set(key, this.editor.text);
    this.editor.destroy();
    this.editor = null;
    this.part = '';
    this.findings = [];
  }

  /** Findings in the language that is spoken. @param {Finding[]} findings */
  told(findings) {
    const { told } = this.page;
    return findings.map((finding) => ({ ...finding, message: told(finding.message), hint: told(finding.hint) }));
  }

  /** Errors first. */
  worst() {
    return this.findings.toSorted((a, b) => Number(b.error) - Number(a.error) || a.line - b.line);
  }

  write() {
    const { word } = this.page;
    const errors = this.findings.filter((finding) => finding.error).length;
    const remarks = this.findings.length - errors;
    const dirty = this.editor !== null && this.editor.text !== this.clean;
    const count = (/** @type {number} */ number, /** @type {'mistake' | 'remarkWord'} */ one, /** @type {'mistakes' | 'remarksWord'} */ many) => `${number} ${word(number === 1 ? one : many)}`;
    const said = [
      errors > 0 ? `✕ ${count(errors, 'mistake', 'mistakes')}` : dirty ? `✓ ${word('textFine')}` : word('textSame'),
      remarks > 0 && `! ${count(remarks, 'remarkWord', 'remarksWord')}`,
    ].filter(Boolean).join(' · ');
    say(this.state, said);
    this.state.dataset['state'] = errors > 0 ? 'error' : dirty ? 'fine' : 'same';
    const [finding] = this.worst();
    this.first.hidden = !finding;
    if (finding) say(this.first, `${word('line')} ${finding.line}: ${finding.message}${finding.hint ? ` (${finding.hint})` : ''}`);
    say(this.apply, word('apply'));
    this.apply.title = word('applyTitle');
    this.apply.disabled = !dirty || errors > 0;
    say(this.discard, word('discard'));
    this.discard.hidden = !dirty;
  }

  /** Applies the text, if it has no mistakes. */
  send() {
    if (!this.editor || this.part === '' || this.editor.text === this.clean) return;
    const { text } = this.editor;
    const before = this.clean;
    this.clean = text;
    const refusal = this.edit({ edit: 'text', netns: this.netns, part: this.part, text });
    if (!refusal) {
      this.drafts.delete(`${this.netns} ${this.part}`);
      this.write();
      return;
    }
    this.clean = before;
    this.findings = this.told(refusal.findings);
    this.write();
    const [first] = this.worst();
    if (first) this.editor.goTo(first.line, first.column);
  }

  restore() {
    const box = this.bar.parentElement;
    const { netns, part } = this;
    if (!box || part === '') return;
    this.editor?.destroy();
    this.editor = null;
    this.drafts.delete(`${netns} ${part}`);
    this.findings = [];
    this.clean = '';
    this.open(box, netns, part);
    this.host.focus();
  }
}
