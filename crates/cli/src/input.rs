//! Files in, text out.

use std::io::{ErrorKind, Read, Write};
use std::path::Path;

/// The text of a file; of standard input where it is called `-`.
///
/// # Errors
/// One clear line.
pub fn read(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let outcome = if path == Path::new("-") {
        std::io::stdin().lock().read_to_end(&mut bytes).map(|_| ())
    } else {
        std::fs::read(path).map(|found| bytes = found)
    };
    let name = path.display();
    outcome.map_err(|error| format!("{name}: {error}"))?;
    String::from_utf8(bytes).map_err(|error| {
        let line = error
            .as_bytes()
            .iter()
            .take(error.utf8_error().valid_up_to())
            .filter(|byte| **byte == b'\n')
            .count();
        format!("{name}: line {}: not UTF-8", line + 1)
    })
}

/// Output could not be written: no reason to complain if the reader has seen
/// enough.
///
/// # Errors
/// One clear line.
pub fn written(error: &std::io::Error) -> Result<(), String> {
    match error.kind() {
        ErrorKind::BrokenPipe => Ok(()),
        _ => Err(format!("standard output: {error}")),
    }
}

/// Prints it.
///
/// # Errors
/// One clear line.
pub fn print(text: &str) -> Result<(), String> {
    let mut out = std::io::stdout().lock();
    let outcome = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    outcome.or_else(|error| written(&error))
}

/// Tells it on standard error.
pub fn complain(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}
