//! Every message of a reader exists in Chinese. The messages are looked for in
//! the readers' sources, so that a new one without a text is found.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use packetwalk_view::words::Lang;
use packetwalk_view::words::messages::{message, table};
use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

/// The crates whose messages the page shows.
const READERS: [&str; 5] = ["rules", "snapshot", "edit", "wasm", "core"];

/// Methods that are given words to look for or to print, not messages.
const NOT_TOLD: [&str; 12] = [
    "push_str",
    "starts_with",
    "ends_with",
    "strip_prefix",
    "strip_suffix",
    "contains",
    "split",
    "split_once",
    "find",
    "trim_start_matches",
    "named",
    "run",
];

/// Texts that look like messages and are none: what commands print or are, and
/// what only programs are told.
const NO_MESSAGES: &[&str] = &[
    "srcip, srcport, dstip, dstport",
    "{} ping {}",
    "{} tcp {}{}",
    "{} udp {}{}",
    "{} wait {}",
    "{} ping 127.0.0.1",
    "packetwalk flows",
    "ipset save",
    "sysctl -a",
    "ss -Htulnp",
    "bridge -j -d link show",
    "bridge -j fdb show",
    "ip -j -d link show",
    "ip -j addr show",
    "ip -j neigh show",
    "ip -j route show table all",
    // Columns of a listing.
    "up to",
    "set to",
    "increment by",
    "decrement by",
    "owner UID match",
    "owner GID match",
    // Errors of a program that uses the module wrongly.
    "no lesson is called {}",
    "no such scene",
    "no format {}",
];

/// Strings of a file, with the holes of `format!` emptied.
#[derive(Default)]
struct Strings {
    messages: BTreeSet<String>,
    /// Are only texts taken that stand inside of what says that something is not
    /// modelled, or why a packet ends? (The rest of the simulator's texts are the
    /// kernel's own.)
    ends_only: bool,
    /// Inside of how many of those?
    inside: u32,
    /// Names of headers' fields: what `field` of a reader of packets is given.
    fields: BTreeSet<String>,
}

impl Strings {
    fn take(&mut self, text: &str) {
        if is_message(text) && (!self.ends_only || self.inside > 0) {
            self.messages.insert(text.to_owned());
        }
    }

    /// The text of `format!`, and what is in its arguments.
    fn tokens(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Literal(literal) => {
                    if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) {
                        self.take(&text.value());
                    }
                }
                TokenTree::Group(group) => self.tokens(group.stream()),
                _ => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for Strings {
    fn visit_lit_str(&mut self, text: &'ast syn::LitStr) {
        self.take(&text.value());
    }

    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        let test = |attribute: &syn::Attribute| {
            attribute.path().is_ident("cfg")
                && attribute
                    .parse_args::<syn::Ident>()
                    .is_ok_and(|word| word == "test")
        };
        if !module.attrs.iter().any(test) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.visit_expr(&call.receiver);
        let ends = call.method == "not_modelled";
        self.inside += u32::from(ends);
        if let Some(syn::Expr::Lit(name)) = call.args.get(1)
            && call.method == "field"
            && let syn::Lit::Str(name) = &name.lit
        {
            self.fields.insert(name.value());
        }
        if !NOT_TOLD.iter().any(|name| call.method == name) {
            for argument in &call.args {
                self.visit_expr(argument);
            }
        }
        self.inside -= u32::from(ends);
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        let name = match &*call.func {
            syn::Expr::Path(path) => path.path.segments.last(),
            _ => None,
        };
        let ends = name.is_some_and(|name| name.ident == "NotModelled" || name.ident == "detail");
        self.inside += u32::from(ends);
        visit::visit_expr_call(self, call);
        self.inside -= u32::from(ends);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        if call.path.is_ident("format") || call.path.is_ident("vec") {
            self.tokens(call.tokens.clone());
        }
    }

    // Words to compare with.
    fn visit_pat(&mut self, _: &'ast syn::Pat) {}
}

/// Two words with a space between them, of which one is in small letters.
fn is_message(text: &str) -> bool {
    let word = |word: &str| {
        let word = word.trim_matches([',', ';', '`', ':', '?', '.', '(', ')']);
        word.len() > 1 && word.chars().all(|c| c.is_ascii_lowercase() || c == '\'')
    };
    let shape = !text.starts_with([' ', '\n']) && !text.ends_with([' ', '\n']) && text.len() < 300;
    shape && !text.contains('\n') && text.contains(' ') && text.split(' ').any(word)
}

/// Is there a Chinese character, and outside of quotes nothing that reads as
/// English?
fn is_chinese(text: &str) -> bool {
    let outside = text.split('`').step_by(2).collect::<Vec<_>>().join("`");
    let words: Vec<&str> = outside.split(' ').collect();
    let word = |word: &&str| word.len() > 1 && word.chars().all(|c| c.is_ascii_lowercase());
    let english = words.windows(2).any(|pair| pair.iter().all(word));
    let chinese = |c: char| ('\u{3000}'..='\u{9fff}').contains(&c);
    !english && text.chars().any(chinese)
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// `{what:?}` becomes `{}`.
fn emptied(text: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in text.chars() {
        inside = (inside || c == '{') && c != '}';
        if !inside || c == '{' {
            out.push(c);
        }
    }
    out
}

#[test]
fn every_message_has_a_chinese_text() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut missing = Vec::new();
    let mut all = 0;
    for reader in READERS {
        let mut files = Vec::new();
        sources(&crates.join(reader).join("src"), &mut files);
        // Both languages stand beside each other in a file of words.
        files.retain(|file| !file.ends_with("edit/src/words.rs") && !file.ends_with("tests.rs"));
        files.sort();
        for file in files {
            let text = fs::read_to_string(&file).expect("a source");
            let parsed = syn::parse_file(&text).expect("Rust");
            let mut strings = Strings {
                // What of a table is not modelled is listed by `tables`.
                ends_only: reader == "core" && !file.ends_with("netfilter/tables.rs"),
                ..Strings::default()
            };
            strings.visit_file(&parsed);
            for text in strings.messages {
                all += 1;
                let text = emptied(&text);
                let sample = text.replace("{}", "X");
                let chinese = message(&sample, Lang::Zh);
                if !is_chinese(&chinese) && !NO_MESSAGES.contains(&text.as_str()) {
                    missing.push(format!(
                        "{}: {text}",
                        file.file_name().unwrap_or_default().display()
                    ));
                }
            }
        }
    }
    assert!(
        all > 400,
        "only {all} messages were found: does the search still work?"
    );
    assert!(
        missing.is_empty(),
        "{} of {all} without a line in crates/view/src/words/messages.zh.txt:\n{}",
        missing.len(),
        missing.join("\n")
    );
}

#[test]
fn every_field_of_a_header_has_a_chinese_name() {
    // Names that are the same in every language.
    let same = ["TTL", "EtherType", "VLAN ID"];
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/packet/layers.rs");
    let parsed = syn::parse_file(&fs::read_to_string(file).expect("a source")).expect("Rust");
    let mut strings = Strings::default();
    strings.visit_file(&parsed);
    assert!(strings.fields.len() > 30, "{:?}", strings.fields);
    for name in strings.fields {
        let chinese = message(&name, Lang::Zh);
        assert!(
            is_chinese(&chinese) || same.contains(&name.as_str()),
            "{name}"
        );
    }
}

#[test]
fn every_line_of_the_table_is_whole() {
    let mut seen = BTreeSet::new();
    for (english, chinese) in table() {
        let holes = |text: &str| emptied(text).matches("{}").count();
        assert_eq!(holes(english), holes(chinese), "{english}");
        assert!(
            !english.contains("{}{}"),
            "no value ends where another begins: {english}"
        );
        assert!(seen.insert(english), "twice: {english}");
    }
}
