//! `-m u32` (xt_u32.c): words of 32 bits, wherever they stand.

use super::opt::{Arg, Ext, Opt, Read};
use crate::addr::Family;
use crate::diag::Problem;
use crate::num;
use std::fmt::Write as _;

/// Matches packets for which all tests hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct U32 {
    /// The tests.
    pub tests: Vec<Test>,
    /// `!` in front.
    pub inverted: bool,
}

/// One test: a word, how it is worked on, and what it may be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Test {
    /// Where the first word is: bytes from the network header.
    pub start: u32,
    /// What is done with it, in this order.
    pub steps: Vec<(Op, u32)>,
    /// Ranges that the outcome may lie in, both ends included.
    pub values: Vec<(u32, u32)>,
}

/// What is done with the word so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// `&`
    And,
    /// `<<`
    Left,
    /// `>>`
    Right,
    /// `@`: it is how much further the packet begins; read the word at the number.
    At,
}

const OPS: [(&str, Op); 4] = [
    ("<<", Op::Left),
    (">>", Op::Right),
    ("&", Op::And),
    ("@", Op::At),
];

/// Most tests, and most numbers and ranges of a test (`XT_U32_MAXSIZE`).
const MAX: usize = 10;

const OPTS: &[Opt] = &[Opt::new("u32", 0).inv().must()];

fn problem(what: &str, rest: &str) -> Problem {
    let at = if rest.is_empty() {
        format!("{what} at the end")
    } else {
        format!("{what} at `{rest}`")
    };
    Problem::new(at).hint("such as 6&0xFF=1 or 0>>22&0x3C@0>>24=8")
}

/// What is left of the text.
struct Text<'a>(&'a str);

impl Text<'_> {
    fn skip(&mut self) {
        self.0 = self.0.trim_start();
    }

    fn take(&mut self, sign: &str) -> bool {
        match self.0.strip_prefix(sign) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    fn number(&mut self) -> Read<u32> {
        self.skip();
        let unsigned = self.0.strip_prefix('+').unwrap_or(self.0);
        let (number, rest) = num::prefix(unsigned)
            .filter(|_| unsigned.starts_with(|c: char| c.is_ascii_digit()))
            .ok_or_else(|| problem("a number is missing", self.0))?;
        let number = u32::try_from(number).map_err(|_| problem("a number is too large", self.0))?;
        self.0 = rest;
        self.skip();
        Ok(number)
    }

    fn test(&mut self) -> Read<Test> {
        let mut test = Test {
            start: self.number()?,
            ..Test::default()
        };
        while !self.take("=") {
            let Some((sign, op)) = OPS.iter().find(|(sign, _)| self.0.starts_with(sign)) else {
                return Err(problem("an operator is missing", self.0));
            };
            self.take(sign);
            if test.steps.len() + 1 >= MAX {
                return Err(problem("too many operators", self.0));
            }
            let number = self.number()?;
            if matches!(op, Op::Left | Op::Right) && number > 31 {
                return Err(problem("a shift is larger than 31", self.0));
            }
            test.steps.push((*op, number));
        }
        loop {
            if test.values.len() >= MAX {
                return Err(problem("too many values", self.0));
            }
            let low = self.number()?;
            let high = if self.take(":") { self.number()? } else { low };
            test.values.push((low, high));
            if !self.take(",") {
                return Ok(test);
            }
        }
    }
}

fn parse(word: &str) -> Read<Vec<Test>> {
    let mut text = Text(word);
    let mut tests = Vec::new();
    loop {
        if tests.len() >= MAX {
            return Err(problem("too many tests", text.0));
        }
        tests.push(text.test()?);
        if text.0.is_empty() {
            return Ok(tests);
        }
        if !text.take("&&") {
            return Err(problem("`&&` is missing", text.0));
        }
    }
}

impl U32 {
    fn push(&self, out: &mut String) {
        out.push('"');
        for (n, test) in self.tests.iter().enumerate() {
            if n > 0 {
                out.push_str("&&");
            }
            let _ = write!(out, "{:#x}", test.start);
            for (op, number) in &test.steps {
                let sign = OPS.iter().find(|(_, o)| o == op).map_or("", |(s, _)| s);
                let _ = write!(out, "{sign}{number:#x}");
            }
            for (n, (low, high)) in test.values.iter().enumerate() {
                out.push(if n == 0 { '=' } else { ',' });
                let _ = write!(out, "{low:#x}");
                if low != high {
                    let _ = write!(out, ":{high:#x}");
                }
            }
        }
        out.push('"');
    }
}

impl Ext for U32 {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        self.tests = parse(arg.text())?;
        self.inverted = arg.inverted;
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        out.push_str(if self.inverted {
            " ! --u32 "
        } else {
            " --u32 "
        });
        self.push(out);
    }

    fn list(&self, _: Family, out: &mut String) {
        out.push_str(if self.inverted { " u32 ! " } else { " u32 " });
        self.push(out);
    }
}
