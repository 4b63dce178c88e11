//! Takes out of the module what a panic would say, and to whom.
//!
//! What ships must not panic (`ARCHITECTURE.md`), yet the compiler cannot know,
//! and leaves a message and a place in a source file at each index and each
//! slice. Here a panic becomes a trap: `RuntimeError: unreachable` in
//! JavaScript, caught where the message was. That is what the unstable `panic =
//! "immediate-abort"` does. A module built for development says everything.

use std::ops::Range;

use anyhow::{Result, bail};
use walrus::{ConstExpr, DataKind, FunctionBuilder, FunctionId, LocalFunction, Module, ir};

/// Parts of the (mangled) names of functions of the standard library that never
/// return, being the panic itself or what begins it.
const NEVER: &[&str] = &[
    "4core9panicking",
    "4core6option13unwrap_failed",
    "4core6option13expect_failed",
    "4core6result13unwrap_failed",
    "16slice_error_fail",
    "16slice_index_fail",
    "17len_mismatch_fail",
    "13assert_failed",
    "20panic_already_borrow",
    "22panic_already_borrowed",
    "30panic_already_mutably_borrowed",
    "18panic_access_error",
    "22panic_on_ord_violation",
    "7raw_vec12handle_error",
    "7raw_vec17capacity_overflow",
    "18handle_alloc_error",
];

/// Makes every panic a trap.
pub fn silence(module: &mut Module) -> Result<()> {
    let silent: Vec<FunctionId> = module
        .funcs
        .iter_local()
        .filter(|(id, _)| {
            let name = module.funcs.get(*id).name.as_deref();
            name.is_some_and(|name| NEVER.iter().any(|part| name.contains(part)))
        })
        .map(|(id, _)| id)
        .collect();
    if silent.is_empty() {
        bail!("no function of this module has a name by which to find panics");
    }
    for id in silent {
        let ty = module.types.get(module.funcs.get(id).ty());
        let (takes, gives) = (ty.params().to_vec(), ty.results().to_vec());
        let arguments = takes.iter().map(|ty| module.locals.add(*ty)).collect();
        let mut builder = FunctionBuilder::new(&mut module.types, &takes, &gives);
        builder.func_body().unreachable();
        let function: LocalFunction = builder.local_func(arguments);
        module.funcs.get_mut(id).kind = walrus::FunctionKind::Local(function);
    }
    Ok(())
}

/// Forgets at which places of which source files panics would have been, after
/// [`silence`]: nobody reads `core::panic::Location` now.
pub fn forget_places(module: &mut Module) {
    let segments: Vec<_> = module.data.iter().map(walrus::Data::id).collect();
    for segment in segments {
        let data = module.data.get_mut(segment);
        let DataKind::Active {
            offset: ConstExpr::Value(ir::Value::I32(offset)),
            ..
        } = data.kind
        else {
            continue;
        };
        let start = usize::try_from(offset).unwrap_or_default();
        for range in places(&data.value, start) {
            if let Some(bytes) = data.value.get_mut(range) {
                bytes.fill(0);
            }
        }
    }
}

/// Where a segment of data that begins at the address `start` holds places, and
/// the names of their files.
fn places(data: &[u8], start: usize) -> Vec<Range<usize>> {
    const PLACE: usize = 16;
    let mut found = Vec::new();
    let first = start.next_multiple_of(4) - start;
    for at in (first..data.len().saturating_sub(PLACE - 1)).step_by(4) {
        let word = |place: usize| {
            let bytes = data.get(at + 4 * place..)?.first_chunk::<4>()?;
            usize::try_from(u32::from_le_bytes(*bytes)).ok()
        };
        // A name, its length, a line and a column.
        let (Some(name), Some(length), Some(line), Some(column)) =
            (word(0), word(1), word(2), word(3))
        else {
            continue;
        };
        let from = name.wrapping_sub(start);
        let range = from..from.saturating_add(length);
        let file = data.get(range.clone()).unwrap_or_default();
        let file = file.strip_suffix(b"\0").unwrap_or(file);
        let likely = (1..100_000).contains(&line) && (1..1_000).contains(&column);
        if likely && file.ends_with(b".rs") && file.is_ascii() {
            found.push(at..at + PLACE);
            found.push(range);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found_by_their_file() {
        let mut data = b"said src/a.rs\0..".to_vec();
        for word in [1024 + 5, 9, 17, 4, 1024, 4, 17, 4] {
            data.extend(u32::to_le_bytes(word));
        }
        assert_eq!(places(&data, 1024), [16..32, 5..14]);
    }

    #[test]
    fn a_panic_is_a_trap() {
        let text = |module: &mut Module| module.emit_wasm();
        let mut module = Module::default();
        assert!(silence(&mut module).is_err());
        let mut builder = FunctionBuilder::new(&mut module.types, &[], &[walrus::ValType::I32]);
        builder.name("_ZN4core9panicking5panic17h0E".to_owned());
        builder.func_body().i32_const(4711);
        let function = builder.finish(Vec::new(), &mut module.funcs);
        module.exports.add("f", function);
        let before = text(&mut module);
        silence(&mut module).unwrap();
        let after = text(&mut module);
        assert!(after.len() < before.len());
    }
}
