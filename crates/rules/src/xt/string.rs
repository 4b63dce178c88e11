//! `-m string` (xt_string.c): a text anywhere in the packet.

use super::opt::{Arg, Env, Ext, Opt, Read};
use crate::addr::Family;
use crate::diag::Problem;
use crate::rule::Neg;
use std::fmt::Write as _;

/// Matches packets that hold the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StringMatch {
    /// `--string` or `--hex-string`.
    pub pattern: Neg<Vec<u8>>,
    /// `--algo`.
    pub algo: Algo,
    /// `--from`: first byte that is looked at, from the network header.
    pub from: u16,
    /// `--to`: the byte that the search ends at.
    pub to: u16,
    /// `--icase`: small and capital letters are alike.
    pub icase: bool,
}

/// How it is searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algo {
    /// Boyer and Moore.
    Bm,
    /// Knuth, Morris and Pratt.
    Kmp,
}

/// Most bytes of a pattern (`XT_STRING_MAX_PATTERN_SIZE`).
const MAX: usize = 128;

const OPTS: &[Opt] = &[
    Opt::new("from", 0),
    Opt::new("to", 1),
    Opt::new("algo", 2).must(),
    Opt::new("string", 3).inv().not_with(&[4]),
    Opt::new("hex-string", 4).inv().not_with(&[3]),
    Opt::new("icase", 5).flag(),
];

/// Reads text with bytes in hexadecimal between bars, and backslashes before
/// what is to be taken as it is.
fn hex(word: &str) -> Read<Vec<u8>> {
    let mut out = Vec::new();
    let mut rest = word.bytes().peekable();
    let bad = |what: &str| Problem::new(what.to_owned()).hint("such as |0d 0a|, two digits a byte");
    while let Some(byte) = rest.next() {
        match byte {
            b'|' => loop {
                let digit = |byte: Option<u8>| byte.and_then(|b| char::from(b).to_digit(16));
                match rest.next() {
                    Some(b'|') => break,
                    None => return Err(bad("the hexadecimal part is not closed by a bar")),
                    Some(first) => {
                        let (Some(high), Some(low)) = (digit(Some(first)), digit(rest.next()))
                        else {
                            return Err(bad("bad hexadecimal byte"));
                        };
                        out.push((high * 16 + low) as u8);
                        if rest.peek() == Some(&b' ') {
                            rest.next();
                        }
                    }
                }
            },
            b'\\' => match rest.next() {
                Some(byte) => out.push(byte),
                None => return Err(bad("a backslash with nothing behind it")),
            },
            byte => out.push(byte),
        }
    }
    Ok(out)
}

impl StringMatch {
    /// Whether it can only be printed in hexadecimal.
    fn is_hex(&self) -> bool {
        let bytes = &self.pattern.value;
        let last = bytes.last().copied();
        last == Some(b'\\') || bytes.iter().any(|b| !(b' '..=b'~').contains(b))
    }

    fn push_pattern(&self, out: &mut String) {
        out.push('"');
        if self.is_hex() {
            out.push('|');
            for byte in &self.pattern.value {
                let _ = write!(out, "{byte:02x}");
            }
            out.push('|');
        } else {
            for byte in &self.pattern.value {
                if matches!(byte, b'"' | b'\\') {
                    out.push('\\');
                }
                out.push(char::from(*byte));
            }
        }
        out.push('"');
    }

    fn algo_name(&self) -> &'static str {
        match self.algo {
            Algo::Bm => "bm",
            Algo::Kmp => "kmp",
        }
    }
}

impl Ext for StringMatch {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self {
            pattern: Neg::default(),
            algo: Algo::Bm,
            from: 0,
            to: u16::MAX,
            icase: false,
        }
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => self.from = arg.u16()?,
            1 => self.to = arg.u16()?,
            2 => {
                self.algo = match arg.text() {
                    "bm" => Algo::Bm,
                    "kmp" => Algo::Kmp,
                    other => {
                        return Err(
                            Problem::new(format!("unknown algorithm `{other}`")).hint("bm or kmp")
                        );
                    }
                }
            }
            3 | 4 => {
                let bytes = if arg.id == 4 {
                    hex(arg.text())?
                } else {
                    arg.text().as_bytes().to_vec()
                };
                if bytes.is_empty() {
                    return Err("the text to look for is empty".into());
                }
                if bytes.len() > MAX {
                    return Err(Problem::new(format!(
                        "the text is too long: {} bytes",
                        bytes.len()
                    ))
                    .hint(format!("at most {MAX}")));
                }
                self.pattern = arg.neg(bytes);
            }
            _ => self.icase = true,
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if !env.seen.any(&[3, 4]) {
            return Err("`-m string` needs --string or --hex-string".into());
        }
        if self.from > self.to {
            return Err("`--from` lies behind `--to`".into());
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        let option = if self.is_hex() {
            "--hex-string"
        } else {
            "--string"
        };
        let _ = write!(out, " {}{option} ", self.pattern.mark());
        self.push_pattern(out);
        let _ = write!(out, " --algo {}", self.algo_name());
        if self.from != 0 {
            let _ = write!(out, " --from {}", self.from);
        }
        if self.to != u16::MAX {
            let _ = write!(out, " --to {}", self.to);
        }
        if self.icase {
            out.push_str(" --icase");
        }
    }

    fn list(&self, _: Family, out: &mut String) {
        let _ = write!(out, " STRING match {} ", self.pattern.bang());
        self.push_pattern(out);
        let _ = write!(out, " ALGO name {}", self.algo_name());
        if self.from != 0 {
            let _ = write!(out, " FROM {}", self.from);
        }
        if self.to != u16::MAX {
            let _ = write!(out, " TO {}", self.to);
        }
        if self.icase {
            out.push_str(" ICASE");
        }
    }
}
