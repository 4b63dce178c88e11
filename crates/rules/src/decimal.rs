//! Fractions in decimal, read and written exactly as libc does it.
//!
//! The standard library can do this, for all numbers and fast, with tables of
//! 20 KB that do not get smaller when they are packed. Rules have one fraction
//! in a thousand lines; this is short instead.

use std::fmt::Write as _;

/// Digits of a fraction that are looked at; more cannot change a double but by
/// not being nothing.
const DIGITS: usize = 800;

/// The double nearest to a decimal number (strtod(3) in round-to-nearest):
/// digits with at most one point among them, and an exponent behind `e`.
/// `None` if it is no such number.
pub fn parse(word: &str) -> Option<f64> {
    let (sign, word) = match word.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, word.strip_prefix('+').unwrap_or(word)),
    };
    let (word, exponent) = match word.split_once(['e', 'E']) {
        // More than fits is as good as endless.
        Some((word, exponent)) => (word, power(exponent)?),
        None => (word, 0),
    };
    let (whole, fraction) = word.split_once('.').unwrap_or((word, ""));
    let (mut number, mut exponent) = (Big::default(), exponent);
    let (mut seen, mut lost, mut any) = (0, false, false);
    for (place, byte) in whole.bytes().chain(fraction.bytes()).enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        any = true;
        if place >= whole.len() {
            exponent -= 1;
        }
        if seen < DIGITS {
            number.scale(10, digit.into());
            seen += usize::from(seen > 0 || digit > 0);
        } else {
            lost |= digit > 0;
            exponent += 1;
        }
    }
    if lost {
        number.scale(10, 1);
        exponent -= 1;
    }
    any.then(|| sign * nearest(number, exponent, seen))
}

/// An exponent, held within what makes a difference.
fn power(word: &str) -> Option<i64> {
    let digits = word.strip_prefix(['-', '+']).unwrap_or(word);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let most = 1 << 40;
    let size = digits.parse::<i64>().unwrap_or(most).min(most);
    Some(if word.starts_with('-') { -size } else { size })
}

/// `number`, of `digits` digits, times a power of ten, rounded to even.
fn nearest(mut number: Big, exponent: i64, digits: usize) -> f64 {
    let magnitude = exponent.saturating_add(i64::try_from(digits).unwrap_or(0));
    if number.bits() == 0 || magnitude < -330 {
        return 0.0;
    }
    if magnitude > 310 {
        return f64::INFINITY;
    }
    let mut by = Big::one();
    let tens = if exponent < 0 { &mut by } else { &mut number };
    for _ in 0..exponent.unsigned_abs() {
        tens.scale(10, 0);
    }
    // 64 to 66 bits of the quotient, and whether anything is left.
    let shift = 65 + by.bits() - number.bits();
    number.shift(shift.max(0));
    by.shift((-shift).max(0));
    let mut quotient: u128 = 0;
    for bit in (0..67).rev() {
        let mut part = by.clone();
        part.shift(bit);
        if number.take(&part) {
            quotient |= 1 << bit;
        }
    }
    let sticky = number.bits() != 0;
    // The last bit kept is worth 2^(drop - shift), and at least 2^-1074.
    let bits = 128 - i64::from(quotient.leading_zeros());
    let drop = (bits - 53).max(shift - 1074);
    if drop > 100 {
        return 0.0;
    }
    let mut kept = (quotient >> drop) as u64;
    let (rest, half) = (quotient & ((1 << drop) - 1), 1 << (drop - 1));
    if rest > half || (rest == half && (sticky || kept & 1 == 1)) {
        kept += 1;
    }
    kept as f64 * two_to(drop - shift)
}

/// A power of two; endless where it is too large for what has 53 bits.
fn two_to(exponent: i64) -> f64 {
    let bits = if exponent > 971 {
        0x7ff << 52
    } else if exponent >= -1022 {
        (exponent + 1023) << 52
    } else {
        1 << (exponent + 1074).clamp(0, 62)
    };
    f64::from_bits(bits.unsigned_abs())
}

/// A whole number of any size, 32 bits a place, lowest first.
#[derive(Clone, Default)]
struct Big(Vec<u32>);

impl Big {
    fn one() -> Self {
        Self(vec![1])
    }

    /// Bits without leading zeros.
    fn bits(&self) -> i64 {
        let used = self.0.iter().rposition(|place| *place != 0);
        used.map_or(0, |at| {
            let top = self.0.get(at).copied().unwrap_or_default();
            32 * (at as i64 + 1) - i64::from(top.leading_zeros())
        })
    }

    /// Times `factor`, plus `more`.
    fn scale(&mut self, factor: u32, more: u32) {
        let mut carry = u64::from(more);
        for place in &mut self.0 {
            carry += u64::from(*place) * u64::from(factor);
            *place = carry as u32;
            carry >>= 32;
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
    }

    /// Times a power of two.
    fn shift(&mut self, bits: i64) {
        self.scale(1 << (bits % 32), 0);
        self.0.splice(0..0, (0..bits / 32).map(|_| 0));
    }

    /// Takes `other` away, if there is so much.
    fn take(&mut self, other: &Self) -> bool {
        let mut rest = self.0.clone();
        let mut borrow = 0;
        for at in 0..rest.len().max(other.0.len()) {
            let less = i64::from(other.0.get(at).copied().unwrap_or_default());
            let place = i64::from(rest.get(at).copied().unwrap_or_default()) - less - borrow;
            borrow = i64::from(place < 0);
            if let Some(slot) = rest.get_mut(at) {
                *slot = place as u32;
            } else if place != 0 {
                return false;
            }
        }
        if borrow == 0 {
            self.0 = rest;
        }
        borrow == 0
    }
}

/// Writes `value` / 2^31 with so many places behind the point, at most 12, as
/// printf(3) rounds it: to even.
pub fn push_share(value: u32, places: u32, out: &mut String) {
    let scaled = u128::from(value) * 10_u128.pow(places);
    let (mut whole, rest) = (scaled >> 31, scaled & ((1 << 31) - 1));
    let half = 1 << 30;
    if rest > half || (rest == half && whole & 1 == 1) {
        whole += 1;
    }
    let one = 10_u128.pow(places);
    let (before, behind, width) = (whole / one, whole % one, places as usize);
    let _ = write!(out, "{before}.{behind:0width$}");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the standard library reads is the truth.
    fn check(word: &str) {
        let (ours, theirs) = (parse(word), word.parse::<f64>().ok());
        assert_eq!(ours.map(f64::to_bits), theirs.map(f64::to_bits), "{word}");
    }

    #[test]
    fn numbers_are_read_as_the_standard_library_reads_them() {
        for word in [
            "0",
            "-0",
            "1",
            "0.5",
            ".5",
            "5.",
            ".",
            "",
            "-",
            "+1",
            "1e",
            "1e+",
            "e5",
            "1.2.3",
            "0.1",
            "1e22",
            "1e23",
            "9007199254740993",
            "9007199254740992.99",
            "1e308",
            "1e309",
            "1.7976931348623157e308",
            "1.7976931348623159e308",
            "4.9e-324",
            "2.4e-324",
            "2.5e-324",
            "2.2250738585072011e-308",
            "2.2250738585072014e-308",
            "1e-400",
            "1e400",
            "0e9999999999",
            "1e99999999999999999999",
            "1e-99999999999999999999",
            "00000.000001",
            "1 ",
            "0x1",
            "8.5899345920000000000000000000000000000000000000000000000001e9",
        ] {
            check(word);
        }
        check(&format!("0.{}1", "0".repeat(900)));
        check(&format!("1{}", "0".repeat(305)));
        check(&format!("0.5{}1", "0".repeat(900)));
        check(&format!("{}e-1000", "9".repeat(1000)));
        // Just between two doubles, and a little above.
        check("1.00000000000000011102230246251565404236316680908203125");
        check(&format!(
            "1.00000000000000011102230246251565404236316680908203125{}1",
            "0".repeat(800)
        ));
    }

    #[test]
    fn drawn_numbers_are_read_as_the_standard_library_reads_them() {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        for _ in 0..2_000 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let value = f64::from_bits(state);
            if value.is_finite() {
                check(&format!("{value:e}"));
                check(&format!("{value:.30e}"));
            }
            let (digits, exponent) = (state >> 8, (state & 0xff) as i64 - 150);
            check(&format!("{digits}e{exponent}"));
        }
    }

    #[test]
    fn shares_are_rounded_as_printf_does() {
        let check = |value: u32, places: u32| {
            let mut out = String::new();
            push_share(value, places, &mut out);
            let places = places as usize;
            let wanted = f64::from(value) / 2_147_483_648.0;
            assert_eq!(out, format!("{wanted:.places$}"));
        };
        for value in [
            0,
            1,
            1 << 19,
            3 << 19,
            1 << 30,
            1 << 31,
            u32::MAX,
            214_748_365,
        ] {
            check(value, 11);
            check(value, 3);
        }
        let mut value = 1_u32;
        for _ in 0..1000 {
            value = value.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            check(value, 11);
            check(value & 0xfff0_0000, 3);
        }
    }
}
