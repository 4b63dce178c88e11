//! `-m bpf` (xt_bpf.c): a program of the classic packet filter.

use super::opt::{Arg, Ext, Opt, Read};
use crate::addr::Family;
use crate::diag::Problem;
use std::fmt::Write as _;

/// Matches packets that the program returns something other than 0 for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bpf {
    /// `--bytecode`.
    pub program: Vec<Instruction>,
}

/// One instruction (`struct sock_filter`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instruction {
    /// What is done.
    pub code: u16,
    /// How many instructions to skip if it is true.
    pub jt: u8,
    /// How many if it is false.
    pub jf: u8,
    /// Its number.
    pub k: u32,
}

/// Most instructions (`XT_BPF_MAX_NUM_INSTR`).
const MAX: usize = 64;

const OPTS: &[Opt] = &[Opt::new("bytecode", 0).must()];

fn bad(what: &str) -> Problem {
    Problem::new(what.to_owned()).hint("the number of instructions, then `code jt jf k` for each")
}

fn parse(word: &str) -> Read<Vec<Instruction>> {
    let (count, list) = word
        .split_once(',')
        .ok_or_else(|| bad("a program has a number and instructions"))?;
    let count: usize = count
        .trim()
        .parse()
        .map_err(|_| bad("the number of instructions is missing"))?;
    if count == 0 || count > MAX {
        return Err(bad("a program has 1 to 64 instructions"));
    }
    let mut program = Vec::with_capacity(count);
    for text in list.split(',').take(count) {
        let mut numbers = text.split_ascii_whitespace().map(str::parse::<u64>);
        let mut next = || match numbers.next() {
            Some(Ok(number)) => Ok(number),
            _ => Err(bad(&format!("bad instruction `{text}`"))),
        };
        // What is too large loses its upper bits, as in sscanf().
        program.push(Instruction {
            code: next()? as u16,
            jt: next()? as u8,
            jf: next()? as u8,
            k: next()? as u32,
        });
    }
    if program.len() != count {
        return Err(bad("there are fewer instructions than the number says"));
    }
    check(&program)?;
    Ok(program)
}

/// What the kernel asks of every program (`bpf_check_classic`): a return at
/// the end, jumps that stay inside.
fn check(program: &[Instruction]) -> Read<()> {
    for (at, i) in program.iter().enumerate() {
        let left = program.len() - at - 1;
        let jump = match i.code {
            0x05 => i.k as usize,
            code if code & 7 == 5 => usize::from(i.jt.max(i.jf)),
            _ => continue,
        };
        if jump >= left {
            return Err(bad(&format!("instruction {} jumps out", at + 1)));
        }
    }
    match program.last() {
        Some(last) if matches!(last.code, 0x06 | 0x16) => Ok(()),
        _ => Err(bad("the last instruction does not return")),
    }
}

impl Bpf {
    fn push(&self, out: &mut String) {
        for (n, i) in self.program.iter().enumerate() {
            if n > 0 {
                out.push(',');
            }
            let _ = write!(out, "{} {} {} {}", i.code, i.jt, i.jf, i.k);
        }
    }
}

impl Ext for Bpf {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        self.program = parse(arg.text())?;
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        let _ = write!(out, " --bytecode \"{},", self.program.len());
        self.push(out);
        out.push('"');
    }

    fn list(&self, _: Family, out: &mut String) {
        out.push_str("match bpf ");
        self.push(out);
        // iptables prints the zero byte that ends its list.
        out.push('\0');
    }
}
