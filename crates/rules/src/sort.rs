//! Sorting that is compiled once.
//!
//! The standard library's sorts are made anew, some kilobytes each, for every
//! type and every key. In the browser that is a tenth of the module, and nothing
//! that is sorted here is long. So a list of places is sorted, always by the
//! same code, and the items are put there afterwards.

use std::cmp::Ordering;

/// Sorts by a key; what has the same key stays in its order.
pub fn by_key<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    let order = order(items.len(), &|one, other| {
        items.get(one).map(&key).cmp(&items.get(other).map(&key))
    });
    put(items, order);
}

/// The places of a list of `length` in the order of what is there.
fn order(length: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..length).collect();
    order.sort_by(|one, other| compare(*one, *other));
    order
}

/// Puts at each place the item that `order` names for it, round by round.
fn put<T>(items: &mut [T], mut order: Vec<usize>) {
    for start in 0..order.len() {
        let mut at = start;
        while let Some(place) = order.get_mut(at) {
            let from = std::mem::replace(place, at);
            if from == start {
                break;
            }
            items.swap(at, from);
            at = from;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_standard_library_sorts() {
        let seed = 0x5eed_u32;
        eprintln!("seed {seed}");
        let mut random = seed;
        for length in 0..200 {
            let mut items = Vec::new();
            for place in 0..length {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                items.push((random >> 28, place.to_string()));
            }
            let mut expected = items.clone();
            expected.sort_by_key(|(key, _)| *key);
            by_key(&mut items, |(key, _)| *key);
            assert_eq!(items, expected);
        }
    }
}
