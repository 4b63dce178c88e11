//! `bpf` (net/netfilter/xt_bpf.c): a program of the classic packet filter
//! (net/core/filter.c), run on the packet from its network header on.
//!
//! Not modelled: loads of what is beside the packet (`SKF_AD_OFF` and the
//! other negative offsets).

use packetwalk_rules::Match;
use packetwalk_rules::xt::bpf::{Bpf, Instruction};

use crate::walk::Has;
use crate::wire::{be16, be32};

use super::{Answer, Ask, wanted};

/// Offsets from here on mean something else than bytes of the packet
/// (`SKF_LL_OFF`).
const SPECIAL: u32 = (-0x20_0000i32) as u32;

/// Why a program ended without a value.
enum Stop {
    /// It returned, or read past the packet's end: then it returns 0.
    Return(u32),
    /// It needs what is not modelled.
    NotModelled,
}

/// The registers.
struct Machine<'a> {
    data: &'a [u8],
    a: u32,
    x: u32,
    memory: [u32; 16],
}

impl Machine<'_> {
    /// Reads from the packet, as wide as the instruction says.
    fn load(&self, code: u16, offset: u32) -> Result<u32, Stop> {
        if offset >= SPECIAL {
            return Err(Stop::NotModelled);
        }
        let at = offset as usize;
        let value = match code & 0x18 {
            0x00 => be32(self.data, at),
            0x08 => be16(self.data, at).map(u32::from),
            _ => self.data.get(at).copied().map(u32::from),
        };
        value.ok_or(Stop::Return(0))
    }

    fn slot(&mut self, k: u32) -> Result<&mut u32, Stop> {
        self.memory.get_mut(k as usize).ok_or(Stop::Return(0))
    }

    /// One instruction; gives how many to skip.
    fn step(&mut self, i: &Instruction) -> Result<usize, Stop> {
        let by_x = i.code & 0x08 != 0;
        let operand = if by_x { self.x } else { i.k };
        match i.code & 0x07 {
            0 => {
                self.a = match i.code & 0xe0 {
                    0x00 => i.k,
                    0x20 => self.load(i.code, i.k)?,
                    0x40 => self.load(i.code, self.x.wrapping_add(i.k))?,
                    0x60 => *self.slot(i.k)?,
                    _ => self.data.len() as u32,
                }
            }
            1 => {
                self.x = match i.code & 0xe0 {
                    0x00 => i.k,
                    0x60 => *self.slot(i.k)?,
                    0x80 => self.data.len() as u32,
                    // Four times the low half of a byte: IP's header length.
                    _ => (self.load(0x10, i.k)? & 0xf) * 4,
                }
            }
            2 => *self.slot(i.k)? = self.a,
            3 => *self.slot(i.k)? = self.x,
            4 => {
                let a = self.a;
                self.a = match i.code & 0xf0 {
                    0x00 => a.wrapping_add(operand),
                    0x10 => a.wrapping_sub(operand),
                    0x20 => a.wrapping_mul(operand),
                    0x30 => a.checked_div(operand).ok_or(Stop::Return(0))?,
                    0x40 => a | operand,
                    0x50 => a & operand,
                    0x60 => a.wrapping_shl(operand),
                    0x70 => a.wrapping_shr(operand),
                    0x80 => a.wrapping_neg(),
                    0x90 => a.checked_rem(operand).ok_or(Stop::Return(0))?,
                    _ => a ^ operand,
                }
            }
            5 => {
                let holds = match i.code & 0xf0 {
                    0x00 => return Ok(i.k as usize),
                    0x10 => self.a == operand,
                    0x20 => self.a > operand,
                    0x30 => self.a >= operand,
                    _ => self.a & operand != 0,
                };
                return Ok(usize::from(if holds { i.jt } else { i.jf }));
            }
            6 => return Err(Stop::Return(if i.code & 0x10 != 0 { self.a } else { i.k })),
            _ if i.code & 0x80 != 0 => self.a = self.x,
            _ => self.x = self.a,
        }
        Ok(0)
    }
}

/// Runs the program; `None` if it needs what is not modelled.
fn run(program: &[Instruction], data: &[u8]) -> Option<u32> {
    let mut machine = Machine {
        data,
        a: 0,
        x: 0,
        memory: [0; 16],
    };
    let mut at = 0usize;
    // Jumps lead forward only, so it ends.
    while let Some(instruction) = program.get(at) {
        match machine.step(instruction) {
            Ok(skip) => at = at.saturating_add(skip).saturating_add(1),
            Err(Stop::Return(value)) => return Some(value),
            Err(Stop::NotModelled) => return None,
        }
    }
    Some(0)
}

pub(super) fn matches(ask: &Ask<'_>, wants: &Bpf, found: &Match) -> Answer {
    match run(&wants.program, &ask.skb.data) {
        Some(0) => ask.no(
            "--bytecode",
            false,
            || wanted(found, "--bytecode"),
            || Has::Value("0".into()),
        ),
        Some(_) => Answer::Yes,
        None => Answer::NotModelled("bpf that asks for more than the packet's bytes".into()),
    }
}
