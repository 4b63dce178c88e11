//! Values as JSON text, without what makes the module of the browser large.
//!
//! `serde_json` finds the shortest digits of a number with a point by a table of
//! 10 KB, which does not get smaller when it is packed. Those here are found by
//! trying. So what reaches the browser is written by [`text`], and read as
//! [`Value`]s: a derived `Deserialize` says what it met instead, and prints
//! numbers for it.

use std::io;

use serde::Serialize;
use serde_json::ser::Formatter;
use serde_json::{Error, Serializer, Value};

/// A value as JSON on one line; fractions have the digits that lead back to
/// them, and no exponent.
///
/// # Errors
/// When the value cannot be written, as a map whose keys are no strings.
pub fn text<T: Serialize + ?Sized>(value: &T) -> Result<String, Error> {
    let mut out = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut out, Short))?;
    Ok(String::from_utf8(out).unwrap_or_default())
}

/// A value as JSON on one line.
#[must_use]
pub fn value(value: &Value) -> String {
    // Every key of a value is a string.
    text(value).unwrap_or_default()
}

struct Short;

impl Formatter for Short {
    fn write_f32<W: ?Sized + io::Write>(&mut self, out: &mut W, value: f32) -> io::Result<()> {
        let wide = f64::from(value);
        out.write_all(&digits(wide, &|found| found as f32 == value))
    }

    fn write_f64<W: ?Sized + io::Write>(&mut self, out: &mut W, value: f64) -> io::Result<()> {
        out.write_all(&digits(value, &|found| found.to_bits() == value.to_bits()))
    }
}

/// The fewest places behind the point that are `enough`, or all there are.
fn digits(value: f64, enough: &dyn Fn(f64) -> bool) -> Vec<u8> {
    /// Up to here every whole number is a double.
    const WHOLE: f64 = 9_007_199_254_740_992.0;
    let mut tens = 1.0;
    for places in 0..=15 {
        let scaled = (value * tens).round();
        if scaled.abs() >= WHOLE {
            break;
        }
        if enough(scaled / tens) && (scaled != 0.0 || value.to_bits() == 0) {
            let digits = (scaled.abs() as u64).to_string().into_bytes();
            return pointed(digits, places, value < 0.0);
        }
        tens *= 10.0;
    }
    all_digits(value)
}

/// Every digit of a double: there is an end to them, for 2 divides 10.
fn all_digits(value: f64) -> Vec<u8> {
    let bits = value.abs().to_bits();
    let (fraction, exponent) = (bits & ((1 << 52) - 1), (bits >> 52) as i32);
    let whole = if exponent == 0 {
        fraction
    } else {
        fraction | 1 << 52
    };
    let power = exponent.max(1) - 1075;
    // Lowest first.
    let mut digits: Vec<u8> = whole.to_string().bytes().rev().map(|b| b - b'0').collect();
    let factor = if power < 0 { 5 } else { 2 };
    for _ in 0..power.unsigned_abs() {
        let mut carry = 0;
        for digit in &mut digits {
            carry += *digit * factor;
            *digit = carry % 10;
            carry /= 10;
        }
        if carry > 0 {
            digits.push(carry);
        }
    }
    let digits = digits.iter().rev().map(|digit| digit + b'0').collect();
    pointed(
        digits,
        power.min(0).unsigned_abs() as usize,
        value.is_sign_negative(),
    )
}

/// Digits with a point so many places from their end, so that it is read as a
/// number with a point again.
fn pointed(mut digits: Vec<u8>, places: usize, negative: bool) -> Vec<u8> {
    let missing = (places + 1).saturating_sub(digits.len());
    digits.splice(0..0, vec![b'0'; missing]);
    if places == 0 {
        digits.extend(b".0");
    } else {
        digits.insert(digits.len() - places, b'.');
    }
    if negative {
        digits.insert(0, b'-');
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lead_back_to_themselves() {
        let check = |value: f64| {
            let text = text(&value).unwrap();
            assert_eq!(
                text.parse::<f64>().unwrap().to_bits(),
                value.to_bits(),
                "{text}"
            );
        };
        for value in [
            0.0,
            -0.0,
            1.0,
            -1.5,
            0.1,
            1e15,
            1e16,
            1e300,
            5e-324,
            f64::MAX,
            1.0 / 3.0,
            f64::MIN_POSITIVE,
        ] {
            check(value);
        }
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        for _ in 0..2_000 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let wide = f64::from_bits(state);
            let narrow = f32::from_bits(state as u32);
            if wide.is_finite() {
                check(wide);
            }
            check((state >> 40) as f64 / 1000.0);
            if narrow.is_finite() {
                let text = text(&narrow).unwrap();
                assert_eq!(
                    text.parse::<f32>().unwrap().to_bits(),
                    narrow.to_bits(),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn pictures_have_few_digits() {
        let check = |value: f32, wanted: &str| assert_eq!(text(&value).unwrap(), wanted);
        check(12.0, "12.0");
        check(0.72, "0.72");
        check(-3.1, "-3.1");
        check(1234.567, "1234.567");
        check(f32::NAN, "null");
        assert_eq!(
            text(&serde_json::json!({"a": [1, -2, "\"", null, true]})).unwrap(),
            r#"{"a":[1,-2,"\"",null,true]}"#
        );
    }
}
