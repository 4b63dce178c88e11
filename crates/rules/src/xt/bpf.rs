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

/// The number at the front of a text, as sscanf() takes it: behind blanks, perhaps
/// with a sign, and as large as it likes.
fn scan(text: &mut &str) -> Option<u64> {
    let rest = text.trim_ascii_start();
    let (negative, rest) = match rest.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, rest.strip_prefix('+').unwrap_or(rest)),
    };
    let end = rest.find(|c: char| !c.is_ascii_digit());
    let (digits, rest) = rest.split_at_checked(end.unwrap_or(rest.len()))?;
    if digits.is_empty() {
        return None;
    }
    *text = rest;
    let number = digits.parse().unwrap_or(u64::MAX);
    Some(if negative {
        number.wrapping_neg()
    } else {
        number
    })
}

/// Reads a program (libxt_bpf.c, `bpf_parse_string`).
fn parse(word: &str) -> Read<Vec<Instruction>> {
    let mut rest = word;
    // What is too large loses its upper bits.
    let count = scan(&mut rest).map(|count| usize::from(count as u16));
    let (Some(count), Some(list)) = (count, rest.strip_prefix(',')) else {
        return Err(bad("the number of instructions is missing"));
    };
    if count == 0 || count > MAX {
        return Err(bad("a program has 1 to 64 instructions"));
    }
    let mut program = Vec::with_capacity(count);
    // A comma may end the list.
    let list = list.strip_suffix(',').unwrap_or(list);
    for text in list.split(',') {
        if program.len() == count {
            return Err(bad("there are more instructions than the number says"));
        }
        let mut rest = text;
        let mut next = || scan(&mut rest).ok_or_else(|| bad(&format!("bad instruction `{text}`")));
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

/// Every instruction that there is, by its code (net/core/filter.c,
/// `chk_code_allowed`).
fn exists(code: u16) -> bool {
    match code & 7 {
        // LD: a constant, the length, and W, H or B from the packet or memory.
        0 => matches!(
            code,
            0x00 | 0x80 | 0x20 | 0x28 | 0x30 | 0x40 | 0x48 | 0x50 | 0x60
        ),
        1 => matches!(code, 0x01 | 0x81 | 0x61 | 0xb1),
        2 => code == 0x02,
        3 => code == 0x03,
        4 => code & 0xff08 <= 0x08 && code >> 4 <= 0xa && code != 0x8c,
        5 => code == 0x05 || (matches!(code >> 4, 1..=4) && code & 0xff08 <= 0x08),
        6 => matches!(code, 0x06 | 0x16),
        _ => matches!(code, 0x07 | 0x87),
    }
}

/// Offsets from here on name what is beside the packet (`SKF_AD_OFF`), four
/// apart.
const BESIDE: u32 = (-0x1000i32) as u32;

/// Nothing is read from memory that was not written on every way there
/// (`check_load_and_stores`).
fn memory(program: &[Instruction]) -> Read<()> {
    let mut reached = vec![u16::MAX; program.len()];
    let mut written = 0u16;
    for (at, i) in program.iter().enumerate() {
        written &= reached.get(at).copied().unwrap_or(0);
        let slot = 1u16.checked_shl(i.k).unwrap_or(0);
        let mut jump = |skip: usize| {
            if let Some(mask) = reached.get_mut((at + 1).saturating_add(skip)) {
                *mask &= written;
            }
        };
        match i.code {
            0x02 | 0x03 => written |= slot,
            0x60 | 0x61 if written & slot == 0 => {
                let what = format!("instruction {} reads memory before it is written", at + 1);
                return Err(bad(&what));
            }
            0x05 => {
                jump(i.k as usize);
                written = u16::MAX;
            }
            code if code & 7 == 5 => {
                jump(usize::from(i.jt));
                jump(usize::from(i.jf));
                written = u16::MAX;
            }
            _ => {}
        }
    }
    Ok(())
}

/// What the kernel asks of every program (`bpf_check_classic`): instructions
/// that there are, jumps that stay inside, and a return at the end.
fn check(program: &[Instruction]) -> Read<()> {
    memory(program)?;
    for (at, i) in program.iter().enumerate() {
        let left = program.len() - at - 1;
        let wrong = |what: &str| Err(bad(&format!("instruction {} {what}", at + 1)));
        if !exists(i.code) {
            return wrong("does not exist");
        }
        match i.code {
            // Division by zero, and shifts that leave nothing.
            0x34 | 0x94 if i.k == 0 => return wrong("divides by zero"),
            0x64 | 0x74 if i.k >= 32 => return wrong("shifts by 32 or more"),
            0x20 | 0x28 | 0x30 if i.k >= BESIDE && (i.k % 4 != 0 || i.k - BESIDE >= 64) => {
                return wrong("reads what there is not beside a packet");
            }
            0x60 | 0x61 | 0x02 | 0x03 if i.k >= 16 => {
                return wrong("uses memory that there is none of");
            }
            _ => {}
        }
        let jump = match i.code {
            0x05 => i.k as usize,
            code if code & 7 == 5 => usize::from(i.jt.max(i.jf)),
            _ => continue,
        };
        if jump >= left {
            return wrong("jumps out");
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
