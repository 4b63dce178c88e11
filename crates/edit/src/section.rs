//! Sections of a snapshot: found by what they are, changed in place.

use std::borrow::Cow;

use packetwalk_snapshot::Kind;
use packetwalk_snapshot::frame::{Frame, Namespace, Run};
use packetwalk_snapshot::json;
use serde_json::{Map, Value};

use crate::Refused;

/// The namespace of this name.
pub(crate) fn netns<'a>(
    frame: &'a mut Frame<'static>,
    name: &str,
) -> Result<&'a mut Namespace<'static>, Refused> {
    let found = frame.namespaces.iter_mut().find(|netns| netns.name == name);
    found.ok_or_else(|| Refused::because(format!("there is no network namespace {name}")))
}

/// What the commands of this kind printed, one behind the other.
pub(crate) fn read(netns: &Namespace<'_>, kind: Kind) -> String {
    let runs = netns.runs.iter();
    let runs = runs.filter(|run| Kind::of(&run.command) == Some(kind));
    runs.map(|run| &*run.text).collect()
}

/// Is there a command of this kind?
pub(crate) fn has(netns: &Namespace<'_>, kind: Kind) -> bool {
    let mut runs = netns.runs.iter();
    runs.any(|run| Kind::of(&run.command) == Some(kind))
}

/// Puts `text` in the place of what the commands of this kind printed; where
/// there is none, `command` is added.
pub(crate) fn write(
    netns: &mut Namespace<'static>,
    kind: Kind,
    command: &'static str,
    mut text: String,
) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    let mut text = Some(text);
    // The first takes it all; further ones would say the old things again.
    netns.runs.retain_mut(|run| {
        if Kind::of(&run.command) != Some(kind) {
            return true;
        }
        match text.take() {
            Some(text) => {
                run.text = Cow::Owned(text);
                true
            }
            None => false,
        }
    });
    if let Some(text) = text {
        netns.runs.push(Run {
            command: Cow::Borrowed(command),
            text: Cow::Owned(text),
            line: 0,
        });
    }
}

/// An object of a list that `ip -j` or `bridge -j` printed.
pub(crate) type Object = Map<String, Value>;

/// The objects of every list of this kind. What is no JSON is left alone by
/// not being found.
pub(crate) fn objects(netns: &Namespace<'_>, kind: Kind) -> Vec<Object> {
    let mut out = Vec::new();
    for run in netns.runs.iter() {
        if Kind::of(&run.command) == Some(kind) {
            out.extend(list(&run.text));
        }
    }
    out
}

fn list(text: &str) -> Vec<Object> {
    let lists = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let lists = lists.map_while(|list| match list {
        Ok(Value::Array(list)) => Some(list),
        _ => None,
    });
    let values = lists.flatten();
    let objects = values.filter_map(|value| match value {
        Value::Object(object) if !object.is_empty() => Some(object),
        _ => None,
    });
    objects.collect()
}

/// Changes the objects of this kind; a section in which nothing changes keeps
/// its text. The list may be made longer and shorter. Without such a section,
/// `command` is added if there is something to say.
pub(crate) fn change(
    netns: &mut Namespace<'static>,
    kind: Kind,
    command: &'static str,
    change: impl FnOnce(&mut Vec<Object>),
) {
    let before = objects(netns, kind);
    let mut after = before.clone();
    change(&mut after);
    if after == before {
        return;
    }
    let list: Vec<Value> = after.into_iter().map(Value::Object).collect();
    write(netns, kind, command, json::value(&Value::Array(list)));
}

/// The string under `key`.
pub(crate) fn text<'a>(object: &'a Object, key: &str) -> Option<&'a str> {
    object.get(key)?.as_str()
}

/// The number under `key`.
pub(crate) fn number(object: &Object, key: &str) -> Option<u64> {
    object.get(key)?.as_u64()
}

/// Is the object about the device `dev`, by its `key`?
pub(crate) fn is(object: &Object, key: &str, dev: &str) -> bool {
    text(object, key) == Some(dev)
}

/// Adds or takes a word of the list `flags`.
pub(crate) fn flag(object: &mut Object, word: &str, on: bool) {
    let flags = object
        .entry("flags")
        .or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(flags) = flags {
        let there = flags.iter().any(|flag| flag == word);
        if on && !there {
            flags.push(word.into());
        } else if !on {
            flags.retain(|flag| flag != word);
        }
    }
}

/// Is the word in the list `flags`?
pub(crate) fn has_flag(object: &Object, word: &str) -> bool {
    let flags = object.get("flags").and_then(Value::as_array);
    flags.is_some_and(|flags| flags.iter().any(|flag| flag == word))
}

/// The object that `value` is; nothing else is ever given.
pub(crate) fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}
