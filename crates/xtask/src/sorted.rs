//! Sorts the module by kind, for those who hold it in a script or a page: so it
//! is packed better.
//!
//! Sorted means: all instructions in one stream, the locals that they name in
//! another, offsets, constants and calls in others. What is alike then stands
//! together, and the packed module is a quarter smaller.
//!
//! `www/js/joined.js` puts it together again, byte for byte, and need not know
//! WebAssembly for it: the beginning of the text says what each symbol of the
//! stream of instructions stands for. Numbers are LEB128, as in the module:
//!
//! ```text
//! length of the module, number of functions
//! number of sorts of operands, number of classes, a stream for each pair of them
//! number of symbols, and each symbol:
//!     0, two symbols that it stands for           (they come before it)
//!     1 + number of bytes, the bytes of an instruction, its class,
//!       its nesting (0 as it was, 1 one deeper, 2 one up),
//!       number of operands, and for each its shape and its sort
//! number of streams, their lengths, the streams:
//!     instructions, declarations of locals, all before the functions, all
//!     behind them, and streams of operands
//! ```
//!
//! The stream of an operand depends on its sort and on the class of the
//! instruction that comes next: a constant in front of an addition is not like
//! one in front of a call.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};

/// Streams before the streams of operands.
const INSTRUCTIONS: usize = 0;
const DECLARATIONS: usize = 1;
const BEFORE: usize = 2;
const BEHIND: usize = 3;
const OPERANDS: usize = 4;

/// How an operand lies in the code. Other values are numbers of plain bytes,
/// plus [`BYTES`].
const NUMBER: u8 = 0;
/// A number, and that many numbers and one more (`br_table`).
const TABLE: u8 = 1;
const BYTES: u8 = 2;

/// Classes of instructions, as the next one.
const CLASSES: usize = 11;

/// What kind of operand it is: those of one sort resemble each other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Local,
    Assigned,
    Kept,
    LoadedFrom,
    StoredTo,
    Small,
    Large,
    Block,
    Branch,
    Called,
    Other,
}

const SORTS: [Sort; 11] = [
    Sort::Local,
    Sort::Assigned,
    Sort::Kept,
    Sort::LoadedFrom,
    Sort::StoredTo,
    Sort::Small,
    Sort::Large,
    Sort::Block,
    Sort::Branch,
    Sort::Called,
    Sort::Other,
];

/// The bytes of an instruction without its operands, but with the alignment of
/// an access to memory, which says nothing new.
type Instruction = Vec<u8>;

/// What the binary format says of an instruction.
struct Form {
    nesting: u8,
    operands: Vec<(u8, Sort)>,
}

/// The module, sorted.
pub fn sort(module: &[u8]) -> Result<Vec<u8>> {
    let code = functions(module)?;
    let mut sorted = Sorted::new();
    let mut reader = Reader {
        bytes: module.get(..code.end).unwrap_or_default(),
        at: code.start,
    };
    for _ in 0..code.count {
        sorted.function(&mut reader)?;
    }
    sorted.streams[BEFORE] = module.get(..code.start).unwrap_or_default().to_vec();
    sorted.streams[BEHIND] = module.get(code.end..).unwrap_or_default().to_vec();
    sorted.text(module.len(), code.count)
}

/// Where the functions' bodies are.
struct Code {
    start: usize,
    end: usize,
    count: usize,
}

/// Finds the code section.
fn functions(module: &[u8]) -> Result<Code> {
    const CODE: u8 = 10;
    let mut reader = Reader {
        bytes: module,
        at: 8,
    };
    while reader.at < module.len() {
        let id = reader.byte()?;
        let length = reader.number()?;
        let end = reader.at + length;
        if id == CODE {
            let count = reader.number()?;
            return Ok(Code {
                start: reader.at,
                end,
                count,
            });
        }
        reader.at = end;
    }
    bail!("there is no code in this module")
}

/// An instruction with its operands, as it was read.
struct Read {
    instruction: Instruction,
    form: Form,
    operands: Vec<Vec<u8>>,
}

struct Sorted {
    read: Vec<Read>,
    streams: Vec<Vec<u8>>,
}

impl Sorted {
    fn new() -> Self {
        Self {
            read: Vec::new(),
            streams: vec![Vec::new(); OPERANDS],
        }
    }

    /// Reads a function: its length, its locals, its instructions.
    fn function(&mut self, reader: &mut Reader<'_>) -> Result<()> {
        let length = reader.number()?;
        let end = reader.at + length;
        let from = reader.at;
        for _ in 0..reader.number()? {
            reader.number()?;
            reader.byte()?;
        }
        self.streams[DECLARATIONS].extend(reader.since(from));
        while reader.at < end {
            self.read.push(reader.instruction()?);
        }
        Ok(())
    }

    /// Gives out symbols and streams, and writes all down.
    fn text(mut self, length: usize, functions: usize) -> Result<Vec<u8>> {
        let symbols = Symbols::of(&self.read)?;
        let mut table = vec![0; SORTS.len() * CLASSES];
        for (place, read) in self.read.iter().enumerate() {
            let next = self.read.get(place + 1);
            let class = next.map_or(0, |next| class(&next.instruction));
            for (bytes, (_, sort)) in read.operands.iter().zip(&read.form.operands) {
                let row = SORTS.iter().position(|one| one == sort).unwrap_or(0);
                let group = group(*sort, class);
                let same = (0..CLASSES)
                    .filter(|other| self::group(*sort, *other) == group)
                    .map(|other| row * CLASSES + other);
                if table[row * CLASSES + class] == 0 {
                    for cell in same {
                        table[cell] = self.streams.len();
                    }
                    self.streams.push(Vec::new());
                }
                self.streams[table[row * CLASSES + class]].extend(bytes);
            }
        }
        self.streams[INSTRUCTIONS] = symbols.stream;

        let mut text = Vec::new();
        for value in [length, functions, SORTS.len(), CLASSES] {
            number(&mut text, value);
        }
        for stream in table {
            number(&mut text, stream);
        }
        number(&mut text, symbols.instructions.len() + symbols.pairs.len());
        for (instruction, form) in &symbols.instructions {
            number(&mut text, instruction.len() + 1);
            text.extend(*instruction);
            number(&mut text, class(instruction));
            number(&mut text, form.nesting.into());
            number(&mut text, form.operands.len());
            for (shape, sort) in &form.operands {
                text.push(*shape);
                number(
                    &mut text,
                    SORTS.iter().position(|one| one == sort).unwrap_or(0),
                );
            }
        }
        for (first, second) in &symbols.pairs {
            text.extend([0, *first, *second]);
        }
        number(&mut text, self.streams.len());
        for stream in &self.streams {
            number(&mut text, stream.len());
        }
        text.extend(self.streams.concat());
        Ok(text)
    }
}

/// Symbols of a byte each: instructions, often used ones first, and pairs of
/// symbols that often follow each other, as long as there is room.
struct Symbols<'a> {
    instructions: Vec<(&'a Instruction, &'a Form)>,
    pairs: Vec<(u8, u8)>,
    stream: Vec<u8>,
}

impl<'a> Symbols<'a> {
    fn of(read: &'a [Read]) -> Result<Self> {
        let mut found: BTreeMap<&Instruction, (usize, &Form)> = BTreeMap::new();
        for one in read {
            found.entry(&one.instruction).or_insert((0, &one.form)).0 += 1;
        }
        let mut found: Vec<_> = found.into_iter().collect();
        found.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
        let places: BTreeMap<&Instruction, usize> = (0..)
            .zip(&found)
            .map(|(place, (one, _))| (*one, place))
            .collect();
        let mut stream = Vec::with_capacity(read.len());
        for one in read {
            let place = places.get(&one.instruction).copied().unwrap_or_default();
            stream.push(u8::try_from(place).context("more than 256 kinds of instructions")?);
        }
        let mut pairs = Vec::new();
        for symbol in (0..=u8::MAX).skip(found.len()) {
            let pair = most_frequent(&stream);
            stream = replaced(&stream, pair, symbol);
            pairs.push(pair);
        }
        Ok(Self {
            instructions: found
                .into_iter()
                .map(|(one, (_, form))| (one, form))
                .collect(),
            pairs,
            stream,
        })
    }
}

/// The pair of symbols that most often follow each other.
fn most_frequent(stream: &[u8]) -> (u8, u8) {
    let mut counts = vec![0_u32; 1 << 16];
    for pair in stream.windows(2) {
        counts[usize::from(pair[0]) << 8 | usize::from(pair[1])] += 1;
    }
    let best = (0..=u16::MAX)
        .max_by_key(|pair| counts[usize::from(*pair)])
        .unwrap_or_default();
    let [first, second] = best.to_be_bytes();
    (first, second)
}

/// The stream with every `pair` as one symbol.
fn replaced(stream: &[u8], pair: (u8, u8), symbol: u8) -> Vec<u8> {
    let mut shorter = Vec::with_capacity(stream.len());
    let mut rest = stream;
    while let [first, behind @ ..] = rest {
        rest = behind;
        match behind {
            [second, behind @ ..] if (*first, *second) == pair => {
                shorter.push(symbol);
                rest = behind;
            }
            _ => shorter.push(*first),
        }
    }
    shorter
}

/// What an instruction is as the next one: those of a class want alike
/// operands before them.
fn class(instruction: &[u8]) -> usize {
    match instruction.first().copied().unwrap_or_default() {
        0x28..=0x35 => 1,
        0x36..=0x3e => 2,
        0x20 => 3,
        0x21 => 4,
        0x22 => 5,
        0x41 => 6,
        0x10 => 7,
        0x6a => 8,
        0x6b..=0x76 => 9,
        0x45..=0x66 => 10,
        _ => 0,
    }
}

/// Classes of the next instruction between which an operand tells no difference.
fn group(sort: Sort, class: usize) -> usize {
    match (sort, class) {
        (Sort::Small, _) => class,
        (Sort::Local, 1) => 1,
        (Sort::Local, 3 | 6) => 2,
        _ => 0,
    }
}

/// Reads a module.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn byte(&mut self) -> Result<u8> {
        let byte = self
            .bytes
            .get(self.at)
            .context("the module ends too soon")?;
        self.at += 1;
        Ok(*byte)
    }

    fn number(&mut self) -> Result<usize> {
        let (mut value, mut shift) = (0, 0);
        loop {
            let byte = self.byte()?;
            value |= usize::from(byte & 127) << shift;
            shift += 7;
            if byte < 128 {
                return Ok(value);
            }
        }
    }

    fn since(&self, from: usize) -> Vec<u8> {
        self.bytes.get(from..self.at).unwrap_or_default().to_vec()
    }

    /// The bytes of an operand.
    fn operand(&mut self, shape: u8) -> Result<Vec<u8>> {
        let from = self.at;
        match shape {
            NUMBER => while self.byte()? >= 128 {},
            TABLE => {
                for _ in 0..=self.number()? {
                    self.number()?;
                }
            }
            _ => {
                for _ in BYTES..shape {
                    self.byte()?;
                }
            }
        }
        Ok(self.since(from))
    }

    fn instruction(&mut self) -> Result<Read> {
        const PREFIX: u8 = 0xfc;
        let from = self.at;
        let opcode = self.byte()?;
        let form = if opcode == PREFIX {
            prefixed(self.number()?)
        } else {
            if (0x28..=0x3e).contains(&opcode) {
                self.number()?;
            }
            form(opcode)
        };
        let instruction = self.since(from);
        let Some(form) = form else {
            bail!("an instruction that is not known: {instruction:02x?}");
        };
        let operands = form.operands.iter();
        let operands = operands.map(|(shape, _)| self.operand(*shape));
        Ok(Read {
            operands: operands.collect::<Result<_>>()?,
            instruction,
            form,
        })
    }
}

/// The form of an instruction (WebAssembly Core Specification, 5.4).
fn form(opcode: u8) -> Option<Form> {
    let (nesting, operands) = match opcode {
        0x02..=0x04 => (1, vec![(NUMBER, Sort::Block)]),
        0x0b => (2, Vec::new()),
        0x0c | 0x0d => (0, vec![(NUMBER, Sort::Branch)]),
        0x0e => (0, vec![(TABLE, Sort::Branch)]),
        0x10 => (0, vec![(NUMBER, Sort::Called)]),
        0x11 => (0, vec![(NUMBER, Sort::Other); 2]),
        0x20 => (0, vec![(NUMBER, Sort::Local)]),
        0x21 => (0, vec![(NUMBER, Sort::Assigned)]),
        0x22 => (0, vec![(NUMBER, Sort::Kept)]),
        0x28..=0x35 => (0, vec![(NUMBER, Sort::LoadedFrom)]),
        0x36..=0x3e => (0, vec![(NUMBER, Sort::StoredTo)]),
        0x41 => (0, vec![(NUMBER, Sort::Small)]),
        0x42 => (0, vec![(NUMBER, Sort::Large)]),
        0x43 => (0, vec![(BYTES + 4, Sort::Other)]),
        0x44 => (0, vec![(BYTES + 8, Sort::Other)]),
        0x1c => (0, vec![(NUMBER, Sort::Other), (BYTES + 1, Sort::Other)]),
        0x23..=0x26 | 0x3f | 0x40 | 0xd0 | 0xd2 => (0, vec![(NUMBER, Sort::Other)]),
        0x00 | 0x01 | 0x05 | 0x0f | 0x1a | 0x1b | 0x45..=0xc4 | 0xd1 => (0, Vec::new()),
        _ => return None,
    };
    Some(Form { nesting, operands })
}

/// The form of an instruction behind the prefix 0xfc.
fn prefixed(number: usize) -> Option<Form> {
    let operands = match number {
        0..=7 => 0,
        9 | 11 | 13 | 15..=17 => 1,
        8 | 10 | 12 | 14 => 2,
        _ => return None,
    };
    Some(Form {
        nesting: 0,
        operands: vec![(NUMBER, Sort::Other); operands],
    })
}

/// Writes a number as LEB128.
fn number(text: &mut Vec<u8>, mut value: usize) {
    while value >= 128 {
        text.push((value & 127) as u8 | 128);
        value >>= 7;
    }
    text.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module with one function: `local.get 1; i32.const 7; i32.add;
    /// i32.store8 offset=300; end`.
    const MODULE: &[u8] = &[
        0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, // The magic number and the version.
        10, 13, 1, 11, 0, 0x20, 1, 0x41, 7, 0x6a, 0x3a, 0, 0xac, 2, 0x0b, // Code.
        0, 2, 1, 0x78, // A section of its own.
    ];

    #[test]
    fn instructions_and_operands_part() {
        let code = functions(MODULE).unwrap();
        assert_eq!((code.start, code.end, code.count), (11, 23, 1));
        let mut sorted = Sorted::new();
        let mut reader = Reader {
            bytes: &MODULE[..code.end],
            at: code.start,
        };
        sorted.function(&mut reader).unwrap();
        let read: Vec<_> = sorted
            .read
            .iter()
            .map(|one| (one.instruction.clone(), one.operands.concat()))
            .collect();
        assert_eq!(
            read,
            [
                (vec![0x20], vec![1]),
                (vec![0x41], vec![7]),
                (vec![0x6a], vec![]),
                (vec![0x3a, 0], vec![0xac, 2]),
                (vec![0x0b], vec![]),
            ]
        );
        assert_eq!(sorted.streams[DECLARATIONS], [0]);
    }

    #[test]
    fn pairs_are_symbols() {
        assert_eq!(most_frequent(&[1, 2, 3, 1, 2]), (1, 2));
        assert_eq!(replaced(&[1, 2, 3, 1, 2, 1], (1, 2), 9), [9, 3, 9, 1]);
        assert_eq!(replaced(&[1, 1, 1], (1, 1), 9), [9, 1]);
    }

    #[test]
    fn what_is_not_known_is_said() {
        let mut module = MODULE.to_vec();
        module[17] = 0xfb;
        let error = sort(&module).unwrap_err().to_string();
        assert!(error.contains("fb"), "{error}");
        assert!(sort(&[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]).is_err());
    }
}
