//! JSON as `ip -j` and `bridge -j` print it.
//!
//! Not modelled: JSON that is not an array of objects; no version of iproute2
//! prints any.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};
use serde_json::Value;

use super::Notes;

const HINT: &str = "the whole output of the command with -j, unchanged";

/// The objects of a JSON array. An error is noted if the text is not one; what
/// stands before the error is read all the same. Some versions print several
/// arrays, one behind the other, or empty objects for what a filter left out.
pub(super) fn objects(text: &str, notes: &mut Notes) -> Vec<Value> {
    let mut found = Vec::new();
    let start = text.trim_start();
    if start.is_empty() {
        return found;
    }
    if !start.starts_with(['[', '{']) {
        let line = text.len() - start.len();
        let line = text
            .get(..line)
            .map_or(0, |lead| lead.matches('\n').count());
        notes.error(line, format!("no JSON but {:?}", beginning(start)), HINT);
        return found;
    }
    // An error at the end belongs to the last line, not to one behind it.
    let mut reader = serde_json::Deserializer::from_str(text.trim_end());
    loop {
        if let Err(error) = Append(&mut found).deserialize(&mut reader) {
            let line = error.line().saturating_sub(1);
            let message = if error.is_eof() {
                format!("the JSON ends too early, at column {}", error.column())
            } else {
                format!("not JSON at column {}", error.column())
            };
            notes.error(line, message, HINT);
            break;
        }
        if reader.end().is_ok() {
            break;
        }
    }
    found.retain(|item| item.as_object().is_some_and(|object| !object.is_empty()));
    found
}

/// The first line, cut to what fits into a message.
pub(super) fn beginning(text: &str) -> String {
    let line = text.lines().next().unwrap_or("");
    match line.char_indices().nth(80) {
        None => line.to_owned(),
        Some((at, _)) => format!("{}…", line.get(..at).unwrap_or("")),
    }
}

/// Puts an array's elements into a list one by one, so that those before an
/// error are kept.
struct Append<'a>(&'a mut Vec<Value>);

impl<'de> DeserializeSeed<'de> for Append<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Append<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of objects")
    }

    // Each kind that there is, since what serde does by itself would describe
    // what it met: see [`crate::json`]. The error's place is all that is shown.
    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Err(E::custom(""))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Err(E::custom(""))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Err(E::custom(""))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Err(E::custom(""))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Err(E::custom(""))
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Err(E::custom(""))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(item) = list.next_element()? {
            self.0.push(item);
        }
        Ok(())
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let object = serde::de::value::MapAccessDeserializer::new(map);
        self.0.push(serde::Deserialize::deserialize(object)?);
        Ok(())
    }
}

/// The string under `key`.
pub(super) fn text<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object.get(key)?.as_str()
}

/// The number under `key`; iproute2 writes some as strings. `None` as well when
/// it is negative or does not fit.
pub(super) fn number<T: TryFrom<u64>>(object: &Value, key: &str) -> Option<T> {
    let number = match object.get(key)? {
        Value::Number(number) => number.as_u64()?,
        Value::String(text) => u64::from(parse_number(text)?),
        _ => return None,
    };
    T::try_from(number).ok()
}

/// A number as iproute2 writes it in strings: decimal or 0x hexadecimal.
pub(super) fn parse_number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

/// The boolean under `key`, which versions write as `true`, `1` or `"on"`.
pub(super) fn truth(object: &Value, key: &str) -> Option<bool> {
    match object.get(key)? {
        Value::Bool(value) => Some(*value),
        Value::Number(number) => Some(number.as_u64() != Some(0)),
        Value::String(text) => Some(matches!(text.as_str(), "on" | "true" | "1")),
        _ => None,
    }
}

/// Is `flag` in the list under `flags`?
pub(super) fn flag(object: &Value, flag: &str) -> bool {
    object
        .get("flags")
        .and_then(Value::as_array)
        .is_some_and(|list| list.iter().any(|item| item.as_str() == Some(flag)))
}
