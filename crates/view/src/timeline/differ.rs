//! Which steps of a walk are not as they were before something was changed.

use packetwalk_core::walk::Walk;

use super::kind;
use crate::words::{self, Lang};

/// Middles up to this many pairs of steps are compared exactly; longer ones
/// step by step in order.
const EXACT: usize = 4_000_000;

/// Steps of `after` that `before` has no counterpart for, in order. Two steps
/// are the same if they happen in the same place and are told in the same
/// words; what lies between is matched in order, as `diff` does.
pub fn differing(before: &Walk, after: &Walk) -> Vec<u32> {
    let (old, new) = (told(before), told(after));
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let (old, new) = (
        old.get(head..).unwrap_or_default(),
        new.get(head..).unwrap_or_default(),
    );
    let both = old.iter().rev().zip(new.iter().rev());
    let tail = both.take_while(|(a, b)| a == b).count();
    let old = old.get(..old.len() - tail).unwrap_or_default();
    let new = new.get(..new.len() - tail).unwrap_or_default();
    let fresh = if old.len().saturating_mul(new.len()) <= EXACT {
        exact(old, new)
    } else {
        in_order(old, new)
    };
    fresh.into_iter().map(|at| (at + head) as u32).collect()
}

/// How many steps of `before` have no counterpart in `after`.
pub(super) fn lost(before: &Walk, after: &Walk) -> u32 {
    differing(after, before).len() as u32
}

fn told(walk: &Walk) -> Vec<String> {
    let steps = walk.steps.iter().enumerate();
    steps
        .map(|(at, step)| {
            let dev = step.dev.as_deref().unwrap_or_default();
            let words = words::sentence(walk, at, Lang::En).plain();
            format!("{} {dev} {} {words}", step.netns, kind(&step.event))
        })
        .collect()
}

/// The longest common subsequence; what of `new` is not in it.
fn exact(old: &[String], new: &[String]) -> Vec<usize> {
    let width = new.len() + 1;
    let mut length = vec![0_u32; width * (old.len() + 1)];
    let at = |o: usize, n: usize| o * width + n;
    for (o, was) in old.iter().enumerate().rev() {
        for (n, is) in new.iter().enumerate().rev() {
            let get = |place: usize| length.get(place).copied().unwrap_or(0);
            let best = if was == is {
                get(at(o + 1, n + 1)) + 1
            } else {
                get(at(o + 1, n)).max(get(at(o, n + 1)))
            };
            if let Some(slot) = length.get_mut(at(o, n)) {
                *slot = best;
            }
        }
    }
    let get = |o: usize, n: usize| length.get(at(o, n)).copied().unwrap_or(0);
    let (mut o, mut n, mut out) = (0, 0, Vec::new());
    while let Some(is) = new.get(n) {
        match old.get(o) {
            Some(was) if was == is => {
                o += 1;
                n += 1;
            }
            Some(_) if get(o + 1, n) >= get(o, n + 1) => o += 1,
            _ => {
                out.push(n);
                n += 1;
            }
        }
    }
    out
}

/// Each step of `new` is held against what is left of `old`.
fn in_order(old: &[String], new: &[String]) -> Vec<usize> {
    let (mut o, mut out) = (0, Vec::new());
    for (n, is) in new.iter().enumerate() {
        let rest = old.get(o..).unwrap_or_default();
        match rest.iter().take(256).position(|was| was == is) {
            Some(found) => o += found + 1,
            None => out.push(n),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(text: &str) -> Vec<String> {
        text.chars().map(String::from).collect()
    }

    #[test]
    fn finds_what_is_new() {
        for (old, new, fresh) in [
            ("abc", "abc", vec![]),
            ("abc", "abxc", vec![2]),
            ("abc", "ac", vec![]),
            ("", "ab", vec![0, 1]),
            ("abcd", "axcy", vec![1, 3]),
            ("xabc", "abcx", vec![3]),
        ] {
            assert_eq!(exact(&letters(old), &letters(new)), fresh, "{old} {new}");
            assert_eq!(
                in_order(&letters(old), &letters(new)).is_empty(),
                fresh.is_empty()
            );
        }
    }
}
