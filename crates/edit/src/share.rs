//! A link that carries everything: a machine, what was done to it, the flow,
//! the moment, the language.
//!
//! The fragment of an address is never sent to a server. It holds `1.`, the
//! version, and the state as JSON, deflated (RFC 1950, so with a checksum) and
//! in base64 that needs no escapes (RFC 4648, section 5).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;
use packetwalk_snapshot::json;
use serde::Serialize;
use serde_json::Value;

use crate::Edit;
use crate::read;

/// What a fragment begins with.
const VERSION: &str = "1.";

/// The largest state that is unpacked, in bytes: a fragment may claim anything.
const LARGEST: usize = 64 << 20;

/// The machine that changes are made to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Base {
    /// One that the page has, by its name.
    Known(String),
    /// The text of a snapshot.
    Text(String),
}

/// What a link carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct State {
    /// The machine.
    pub base: Base,
    /// What was done to it.
    pub edits: Vec<Edit>,
    /// The flow.
    pub flow: String,
    /// The step that is shown, from 0.
    pub step: u32,
    /// The language that it is shown in, if that matters: `en` or `zh`.
    pub lang: Option<String>,
}

impl State {
    /// The state that JSON holds.
    fn read(json: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(json).ok()?;
        let base = value.get("base")?;
        let base = match (base.get("known"), base.get("text")) {
            (Some(known), None) => Base::Known(known.as_str()?.to_owned()),
            (None, Some(text)) => Base::Text(text.as_str()?.to_owned()),
            _ => return None,
        };
        let edits = match value.get("edits") {
            Some(edits) => edits
                .as_array()?
                .iter()
                .map(read::edit)
                .collect::<Option<_>>()?,
            None => Vec::new(),
        };
        Some(Self {
            base,
            edits,
            flow: match value.get("flow") {
                Some(flow) => flow.as_str()?.to_owned(),
                None => String::new(),
            },
            step: match value.get("step") {
                Some(step) => u32::try_from(step.as_u64()?).ok()?,
                None => 0,
            },
            lang: match value.get("lang") {
                Some(Value::Null) | None => None,
                Some(lang) => Some(lang.as_str()?.to_owned()),
            },
        })
    }
}

/// Why a fragment cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damaged {
    /// It is none of ours, or of another version.
    Version,
    /// It was cut off, or changed on its way.
    Broken,
}

impl Damaged {
    /// What to tell the reader.
    #[must_use]
    pub fn message(self) -> &'static str {
        match self {
            Self::Version => "the link is of another version of this page, or none of its links",
            Self::Broken => "the link is damaged: a part of it is missing or was changed",
        }
    }
}

/// The fragment for a state, without `#`.
///
/// # Errors
/// When the state cannot be written, which no state is known to cause.
pub fn encode(state: &State) -> Result<String, Damaged> {
    let json = json::text(state).map_err(|_| Damaged::Broken)?;
    let packed = compress_to_vec_zlib(json.as_bytes(), 9);
    Ok(format!("{VERSION}{}", URL_SAFE_NO_PAD.encode(packed)))
}

/// The state in a fragment.
///
/// # Errors
/// When it is damaged.
pub fn decode(fragment: &str) -> Result<State, Damaged> {
    let fragment = fragment.trim_start_matches('#');
    let packed = fragment.strip_prefix(VERSION).ok_or(Damaged::Version)?;
    let packed = URL_SAFE_NO_PAD
        .decode(packed)
        .map_err(|_| Damaged::Broken)?;
    let json = decompress_to_vec_zlib_with_limit(&packed, LARGEST).map_err(|_| Damaged::Broken)?;
    let json = String::from_utf8(json).map_err(|_| Damaged::Broken)?;
    State::read(&json).ok_or(Damaged::Broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(base: Base) -> State {
        State {
            base,
            edits: vec![Edit::Link {
                netns: "c1".to_owned(),
                dev: "eth0".to_owned(),
                up: false,
            }],
            flow: "c1 ping 192.168.0.3".to_owned(),
            step: 17,
            lang: Some("zh".to_owned()),
        }
    }

    #[test]
    fn what_goes_in_comes_out() {
        let article = include_str!("../../../www/scenarios/article-2017.snapshot.txt");
        for base in [
            Base::Known("article".to_owned()),
            Base::Text(article.to_owned()),
        ] {
            let state = state(base);
            let fragment = encode(&state).expect("a fragment");
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            assert!(fragment.chars().all(plain), "{fragment}");
            assert_eq!(decode(&fragment), Ok(state.clone()));
            assert_eq!(decode(&format!("#{fragment}")), Ok(state));
        }
    }

    #[test]
    fn links_are_short() {
        let known = encode(&state(Base::Known("article".to_owned()))).expect("a fragment");
        assert!(known.len() < 300, "{}", known.len());
        let article = include_str!("../../../www/scenarios/article-2017.snapshot.txt");
        let whole = encode(&state(Base::Text(article.to_owned()))).expect("a fragment");
        assert!(whole.len() < 12_000, "{}", whole.len());
    }

    #[test]
    fn damage_is_noticed() {
        let fragment = encode(&state(Base::Known("article".to_owned()))).expect("a fragment");
        for end in 0..fragment.len() {
            assert!(decode(&fragment[..end]).is_err(), "cut at {end}");
        }
        for at in 2..fragment.len() {
            let mut bytes = fragment.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).expect("ASCII");
            assert!(decode(&changed).is_err(), "changed at {at}");
        }
        assert_eq!(decode(""), Err(Damaged::Version));
        assert_eq!(decode("2.AAAA"), Err(Damaged::Version));
        assert_eq!(decode("1.%%%"), Err(Damaged::Broken));
        assert_eq!(decode("1.é"), Err(Damaged::Broken));
    }
}
