//! Numbers as libxtables reads them: decimal, `0x` hexadecimal or `0` octal,
//! and nothing behind them (`xtables_strtoul`, base 0).

use crate::diag::Problem;

/// Reads a whole word as a number of at most `max`.
///
/// # Errors
/// Names the word and the range.
pub fn parse(word: &str, max: u64) -> Result<u64, Problem> {
    match prefix(word) {
        Some((n, "")) if n <= max => Ok(n),
        Some((_, "")) => {
            Err(Problem::new(format!("`{word}` is too large"))
                .hint(format!("the range is 0 to {max}")))
        }
        _ => Err(Problem::new(format!("`{word}` is not a number"))
            .hint(format!("a whole number from 0 to {max}"))),
    }
}

/// The number that a word is, if it is one.
pub fn whole(word: &str) -> Option<u64> {
    match prefix(word) {
        Some((n, "")) => Some(n),
        _ => None,
    }
}

/// Reads the number that a word begins with; returns it and the rest.
pub fn prefix(word: &str) -> Option<(u64, &str)> {
    // strtoull() skips blanks and takes a plus sign.
    let word = word.trim_start_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c']);
    let word = word.strip_prefix('+').unwrap_or(word);
    let hex = word
        .strip_prefix("0x")
        .or_else(|| word.strip_prefix("0X"))
        .filter(|r| r.starts_with(|c: char| c.is_ascii_hexdigit()));
    let (radix, digits) = match hex {
        Some(rest) => (16, rest),
        None if word.starts_with('0') => (8, word),
        None => (10, word),
    };
    let end = digits
        .find(|c: char| !c.is_digit(radix))
        .unwrap_or(digits.len());
    let (number, rest) = digits.split_at_checked(end)?;
    let value = u64::from_str_radix(number, radix).ok()?;
    Some((value, rest))
}

/// The number that scanf(3) finds with `%llu`, and what stands behind it: blanks
/// and a sign in front, 64 bits, a minus turns it round, too much is the largest.
pub fn scan(text: &str) -> Option<(u64, &str)> {
    let text = text.trim_start_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c']);
    let negative = text.starts_with('-');
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let other = |c: char| !c.is_ascii_digit();
    let (number, rest) = digits.split_at(digits.find(other).unwrap_or(digits.len()));
    if number.is_empty() {
        return None;
    }
    let value = match number.parse::<u64>() {
        Ok(n) if negative => n.wrapping_neg(),
        Ok(n) => n,
        Err(_) => u64::MAX,
    };
    Some((value, rest))
}

/// Reads a whole word as strtoul(3) does in this base, 10 or 16: blanks and a sign in
/// front (a minus turns the number round), `0x` in the latter; too much is the largest.
pub fn in_base(word: &str, radix: u32) -> Option<u64> {
    let word = word.trim_start_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c']);
    let negative = word.starts_with('-');
    let word = word.strip_prefix(['-', '+']).unwrap_or(word);
    let marked = word.strip_prefix("0x").or(word.strip_prefix("0X"));
    let digits = marked.filter(|_| radix == 16).unwrap_or(word);
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let number = u64::from_str_radix(digits, radix).unwrap_or(u64::MAX);
    Some(if negative {
        number.wrapping_neg()
    } else {
        number
    })
}

/// Reads a whole word as the C library's `strtoul` does where nobody asks for its
/// errors: 64 bits, a sign turns it round, too much is the largest number.
pub fn strtoul(word: &str) -> Option<u64> {
    let word = word.trim_start();
    let (negative, digits) = match word.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, word),
    };
    let bytes = digits.as_bytes();
    let number = match prefix(digits) {
        // A sign is one sign, and no blank is behind it.
        Some((n, "")) if !negative && bytes.first() != Some(&b'-') => n,
        Some((n, "")) if bytes.first().is_some_and(u8::is_ascii_digit) => n,
        None if !digits.is_empty() && bytes.iter().all(u8::is_ascii_digit) => {
            return Some(u64::MAX);
        }
        _ => return None,
    };
    Some(if negative {
        number.wrapping_neg()
    } else {
        number
    })
}

/// Reads `value/mask`, both of at most `max`; the mask is `max` if it is left out.
///
/// # Errors
/// Names the part that is wrong.
pub fn value_mask(word: &str, max: u64) -> Result<(u64, u64), Problem> {
    match word.split_once('/') {
        Some((value, mask)) => Ok((parse(value, max)?, parse(mask, max)?)),
        None => Ok((parse(word, max)?, max)),
    }
}

/// [`range`] as libxtables reads it: an empty word is 0 (`xtopt_parse_mint`).
///
/// # Errors
/// Names the part that is wrong; the ends may be the wrong way round.
pub fn range_or_zero(word: &str, max: u64) -> Result<(u64, u64), Problem> {
    if word.is_empty() {
        return Ok((0, 0));
    }
    range(word, max, ':')
}

/// Reads `low:high`; an empty low is 0, an empty high is `max`, and a number
/// alone is both.
///
/// # Errors
/// Names the part that is wrong; the ends may be the wrong way round.
pub fn range(word: &str, max: u64, colon: char) -> Result<(u64, u64), Problem> {
    let Some((low, high)) = word.split_once(colon) else {
        let n = parse(word, max)?;
        return Ok((n, n));
    };
    let low = if low.is_empty() { 0 } else { parse(low, max)? };
    let high = if high.is_empty() {
        max
    } else {
        parse(high, max)?
    };
    Ok((low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bases() {
        assert_eq!(parse("0x1f", 255), Ok(31));
        assert_eq!(parse("010", 255), Ok(8));
        assert_eq!(parse("255", 255), Ok(255));
        assert!(parse("256", 255).is_err());
        assert!(parse("08", 255).is_err());
        assert!(parse("0x", 255).is_err());
        assert!(parse("-1", 255).is_err());
        assert!(parse("", 255).is_err());
    }

    #[test]
    fn ranges() {
        assert_eq!(range(":5", 9, ':'), Ok((0, 5)));
        assert_eq!(range("5:", 9, ':'), Ok((5, 9)));
        assert_eq!(range("7", 9, ':'), Ok((7, 7)));
        assert_eq!(range(":", 9, ':'), Ok((0, 9)));
    }
}
