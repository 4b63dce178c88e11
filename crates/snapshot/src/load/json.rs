//! JSON as `ip -j` and `bridge -j` print it.

use serde_json::Value;

use super::Notes;

/// The objects of a JSON array; an error is noted and nothing is read if the
/// text is not one. Some versions print several arrays, one behind the other.
pub(super) fn objects(text: &str, notes: &mut Notes) -> Vec<Value> {
    let mut found = Vec::new();
    if text.trim().is_empty() {
        return found;
    }
    for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        match value {
            Ok(Value::Array(list)) => {
                found.extend(
                    list.into_iter()
                        .filter(|item| item.as_object().is_some_and(|object| !object.is_empty())),
                );
            }
            Ok(other) => found.push(other),
            Err(error) => {
                let line = error.line().saturating_sub(1);
                let message = if error.is_eof() {
                    format!("the JSON ends too early (column {})", error.column())
                } else {
                    format!("not JSON at column {}", error.column())
                };
                notes.error(
                    line,
                    message,
                    "the output of the command with -j, unchanged",
                );
                break;
            }
        }
    }
    found
}

pub(super) fn text<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object.get(key)?.as_str()
}

pub(super) fn number(object: &Value, key: &str) -> Option<u32> {
    let value = object.get(key)?;
    match value {
        Value::Number(number) => number
            .as_u64()
            .and_then(|number| u32::try_from(number).ok()),
        Value::String(text) => parse_number(text),
        _ => None,
    }
}

/// A number as iproute2 writes it in JSON strings: decimal or 0x hexadecimal.
pub(super) fn parse_number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

pub(super) fn truth(object: &Value, key: &str) -> Option<bool> {
    match object.get(key)? {
        Value::Bool(value) => Some(*value),
        Value::Number(number) => Some(number.as_u64() != Some(0)),
        Value::String(text) => Some(text == "on" || text == "true"),
        _ => None,
    }
}

pub(super) fn flags(object: &Value) -> Vec<&str> {
    object
        .get("flags")
        .and_then(Value::as_array)
        .map(|list| list.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default()
}
