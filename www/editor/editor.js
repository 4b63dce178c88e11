// The text editor: CodeMirror, bundled by esbuild into pkg/editor.js and loaded
// when somebody edits. What is wrong with a text and what could be typed comes
// from Rust; here it is only shown.

import { autocompletion, closeCompletion, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from '@codemirror/language';
import { forceLinting, linter, lintGutter, lintKeymap, nextDiagnostic } from '@codemirror/lint';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { EditorState } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';

/** @typedef {import('../pkg/types.js').Finding} Finding */
/** @typedef {import('../pkg/types.js').Completion} Completion */

/**
 * @typedef {object} Help
 * @property {(text: string) => Finding[]} check
 * @property {(text: string, line: number, column: number) => Completion} complete
 * @property {(text: string, findings: Finding[]) => void} changed the text was checked
 * @property {() => void} apply
 * @property {string} label
 */

const VERDICTS = new Set(['ACCEPT', 'DROP', 'RETURN', 'REJECT', 'QUEUE', 'CONTINUE']);

/** Rules as text: what is bold and what has a colour, nothing more. */
const rules = StreamLanguage.define({
  name: 'rules',
  startState: () => ({ target: false, declared: false }),
  token(stream, state) {
    if (stream.sol()) {
      state.target = false;
      state.declared = false;
      if (stream.match(/^#.*/)) return 'comment';
      if (stream.match(/^\*\S+/) || stream.match(/^COMMIT\b/)) return 'heading';
      if (stream.match(/^:\S+/)) {
        state.declared = true;
        return 'className';
      }
      // A setting.
      if (stream.match(/^[a-z0-9_./-]+(?=\s*=)/)) return 'propertyName';
    }
    if (stream.eatSpace()) return null;
    if (stream.match(/^"(?:[^"\\]|\\.)*"?/)) return 'string';
    if (stream.match(/^\[\d+:\d+\]/)) return 'comment';
    if (stream.match(/^!/)) return 'operator';
    if (stream.match(/^-[jg](?=\s)/) || stream.match(/^--(jump|goto)(?=\s)/)) {
      state.target = true;
      return 'keyword';
    }
    if (stream.match(/^-{1,2}[A-Za-z][\w-]*/)) return 'keyword';
    const word = stream.match(/^[^\s"]+/);
    if (!Array.isArray(word)) {
      stream.next();
      return null;
    }
    const [text] = word;
    if (state.target || state.declared) {
      const verdict = VERDICTS.has(text);
      state.target = false;
      return verdict ? 'bool' : 'className';
    }
    return /^[\d.:/,]+$/.test(text) ? 'number' : null;
  },
});

const colours = syntaxHighlighting(HighlightStyle.define([
  { tag: tags.comment, color: 'var(--ink-2)' },
  { tag: tags.heading, color: 'var(--net)', fontWeight: '700' },
  { tag: tags.className, color: 'var(--net)', fontWeight: '600' },
  { tag: tags.keyword, color: 'var(--link)' },
  { tag: tags.propertyName, color: 'var(--link)' },
  { tag: tags.bool, fontWeight: '700' },
  { tag: tags.string, color: 'var(--yes)' },
  { tag: tags.operator, color: 'var(--no)', fontWeight: '700' },
]));

const look = EditorView.theme({
  '&': { height: '100%', backgroundColor: 'var(--panel)', color: 'var(--ink)', fontSize: '12.5px' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.5' },
  '.cm-content': { caretColor: 'var(--ink)' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-gutters': { backgroundColor: 'var(--sunk)', color: 'var(--ink-2)', borderRight: '1px solid var(--line-2)' },
  '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--link-soft) 40%, transparent)' },
  '.cm-activeLineGutter': { backgroundColor: 'var(--line-2)', color: 'var(--ink)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: 'var(--link-soft)' },
  '.cm-tooltip': { backgroundColor: 'var(--panel)', color: 'var(--ink)', border: '1px solid var(--line-strong)', borderRadius: 'var(--radius)', fontFamily: 'var(--sans)', maxWidth: 'min(52ch, 90vw)' },
  '.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)' },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': { backgroundColor: 'var(--button)', color: 'var(--on-button)' },
  '.cm-completionDetail': { color: 'inherit', opacity: '0.85', fontStyle: 'normal', marginLeft: '1.2em' },
  '.cm-diagnostic': { padding: '6px 10px', borderLeft: '4px solid var(--no)' },
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--warn)' },
  '.cm-diagnostic .hint': { color: 'var(--ink-2)' },
  '.cm-lintRange-error': { backgroundImage: 'none', textDecoration: 'underline wavy var(--no) 1.5px', textUnderlineOffset: '3px' },
  '.cm-lintRange-warning': { backgroundImage: 'none', textDecoration: 'underline wavy var(--warn) 1.5px', textUnderlineOffset: '3px' },
  '.cm-panels': { backgroundColor: 'var(--sunk)', color: 'var(--ink)' },
  '.cm-panels input, .cm-panels button': { font: 'inherit' },
});

/** Words of CodeMirror itself, in Chinese. */
const CHINESE = {
  Find: '查找', Replace: '替换', next: '下一个', previous: '上一个', all: '全部', 'match case': '区分大小写', 'by word': '全词', regexp: '正则',
  replace: '替换', 'replace all': '全部替换', close: '关闭', 'current match': '当前匹配', 'replaced match on line $': '已替换第 $ 行',
  'replaced $ matches': '已替换 $ 处', 'on line': '在第', Completions: '补全', Diagnostics: '诊断', 'No diagnostics': '没有问题', 'Go to line': '转到行', go: '转到',
};

/** Place of a column (in characters, from 1) of a line. */
function place(/** @type {import('@codemirror/state').Text} */ doc, /** @type {number} */ line, /** @type {number} */ column) {
  const found = doc.line(Math.min(Math.max(line, 1), doc.lines));
  const before = [...found.text].slice(0, Math.max(column - 1, 0)).join('');
  return Math.min(found.from + before.length, found.to);
}

export class Editor {
  /**
   * @param {HTMLElement} box
   * @param {string} text
   * @param {Help} help
   * @param {string} lang
   */
  constructor(box, text, help, lang) {
    // In a tree of its own, where style sheets are made by script and not
    // written into the page: the page's policy allows no inline style.
    const root = box.shadowRoot ?? box.attachShadow({ mode: 'open' });
    root.replaceChildren();
    const check = linter((view) => {
      const source = view.state.doc.toString();
      const findings = help.check(source);
      help.changed(source, findings);
      return findings.map((finding) => {
        const from = place(view.state.doc, finding.line, finding.column);
        const to = place(view.state.doc, finding.line, finding.column + Math.max(finding.length, 1));
        return {
          from,
          to: Math.max(to, from),
          severity: finding.error ? 'error' : 'warning',
          message: finding.message + (finding.hint ? ` (${finding.hint})` : ''),
          renderMessage: () => {
            const node = document.createElement('span');
            node.append(finding.message);
            if (finding.hint) {
              const hint = document.createElement('div');
              hint.className = 'hint';
              hint.append(finding.hint);
              node.append(hint);
            }
            return node;
          },
        };
      });
    }, { delay: 250 });
    this.view = new EditorView({
      parent: root,
      root,
      doc: text,
      extensions: [
        lineNumbers(), highlightActiveLine(), highlightActiveLineGutter(), drawSelection(), history(), search({ top: true }), highlightSelectionMatches(),
        rules, colours, look, lintGutter(), check,
        autocompletion({
          override: [(context) => {
            const line = context.state.doc.lineAt(context.pos);
            const before = line.text.slice(0, context.pos - line.from);
            if (!context.explicit && !/\S$/.test(before) && !/\s$/.test(before)) return null;
            const column = [...before].length + 1;
            const found = help.complete(context.state.doc.toString(), line.number, column);
            if (found.choices.length === 0) return null;
            return {
              from: place(context.state.doc, line.number, found.from),
              // In the order in which Rust gives them.
              options: found.choices.map(({ label, kind, detail }, at) => ({ label, type: kind, detail, boost: Math.max(99 - at, -99) })),
            };
          }],
          icons: false,
        }),
        keymap.of([
          { key: 'Mod-Enter', run: () => { help.apply(); return true; } },
          // Tab is never taken: it leads out of the editor.
          { key: 'Escape', run: (view) => { if (closeCompletion(view)) return true; view.contentDOM.blur(); box.focus(); return true; } },
          { key: 'F8', run: nextDiagnostic },
          ...completionKeymap, ...defaultKeymap, ...historyKeymap, ...searchKeymap, ...lintKeymap,
        ]),
        EditorState.phrases.of(lang === 'zh' ? CHINESE : {}),
        // Said outright: a checker does not see that what is edited takes the focus.
        EditorView.contentAttributes.of({ tabindex: '0', 'aria-label': help.label, spellcheck: 'false', autocapitalize: 'off', autocorrect: 'off' }),
      ],
    });
    forceLinting(this.view);
  }

  get text() {
    return this.view.state.doc.toString();
  }

  focus() {
    this.view.focus();
  }

  /** Puts the cursor at a place. @param {number} line @param {number} column */
  goTo(line, column) {
    const at = place(this.view.state.doc, line, column);
    this.view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: 'center' }) });
    this.view.focus();
  }

  destroy() {
    this.view.destroy();
  }
}
