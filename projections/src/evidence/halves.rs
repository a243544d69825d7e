//! Work over a long history on two threads, each with a half of the positions.
//!
//! The result is that of one thread, in the same order; what is done is the caller's.

use std::ops::Range;
use std::thread;

use crate::fact::Position;

/// Below this a thread costs more than it saves.
const LONG: Position = 20_000;

/// What `find` gives for the positions up to `end`, in order.
pub(super) fn in_halves<T: Send>(
    end: Position,
    find: impl Fn(Range<Position>) -> Vec<T> + Sync,
) -> Vec<T> {
    if end < LONG {
        return find(0..end);
    }
    let middle = end / 2;
    thread::scope(|scope| {
        let second = scope.spawn(|| find(middle..end));
        let mut found = find(0..middle);
        let mut rest = second
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        found.append(&mut rest);
        found
    })
}

/// What `make` gives for each of the items, in order.
pub(super) fn each<T: Sync, U: Send>(items: &[T], make: impl Fn(&T) -> U + Sync) -> Vec<U> {
    let end = Position::try_from(items.len()).unwrap_or(Position::MAX);
    in_halves(end, |positions| {
        let of_half = items.get(positions.start as usize..positions.end as usize);
        of_half.unwrap_or_default().iter().map(&make).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_threads_give_what_one_gives_in_the_same_order() {
        for end in [0, 1, LONG - 1, LONG, LONG + 1, 3 * LONG] {
            let odd = |positions: Range<Position>| positions.filter(|at| at % 2 == 1).collect();
            assert_eq!(in_halves(end, odd), odd(0..end), "{end} positions");
            let items: Vec<_> = (0..end).collect();
            let expected: Vec<_> = items.iter().map(|item| item * 3).collect();
            assert_eq!(each(&items, |item| item * 3), expected, "{end} items");
        }
    }
}
