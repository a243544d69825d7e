//! Growth rates to one decimal, exactly: from the running totals where they decide the rounding,
//! from all members as fractions where they do not.

use num_bigint::BigInt;

use super::tally::{GROWTH_PLACES, Tally};
use crate::figure::{Figure, divide_rounding};

/// The mean of the members' growth; `members` gives their figures and bases if they are needed.
pub(crate) fn mean(tally: &Tally, members: impl FnOnce() -> Vec<(i64, i64)>) -> Option<Figure> {
    if tally.count <= 0 {
        return None;
    }
    let divisor = i128::from(tally.count) * 10_i128.pow(GROWTH_PLACES);
    let tenths = |sum: i128| divide_rounding(sum.saturating_mul(10), divisor);
    let (least, most) = (
        tenths(tally.growth),
        tenths(tally.growth + i128::from(tally.rounded)),
    );
    Some(Figure::tenths(if least == most {
        least
    } else {
        exact_mean(&members())
    }))
}

/// (sum of figures / sum of bases − 1) × 100.
pub(crate) fn aggregate(tally: &Tally) -> Option<Figure> {
    if tally.count <= 0 || tally.base <= 0 {
        return None;
    }
    Some(Figure::tenths(divide_rounding(
        (tally.amount - tally.base) * 1000,
        tally.base,
    )))
}

/// Growth of one member, for lists.
pub(crate) fn single(figure: i64, base: i64) -> Option<Figure> {
    let (figure, base) = (i128::from(figure), i128::from(base));
    (base > 0).then(|| Figure::tenths(divide_rounding((figure - base) * 1000, base)))
}

fn exact_mean(members: &[(i64, i64)]) -> i128 {
    let (mut dividend, mut divisor) = (BigInt::ZERO, BigInt::from(1));
    for (figure, base) in members {
        let gain = BigInt::from(i128::from(*figure) - i128::from(*base)) * 1000;
        dividend = dividend * *base + gain * &divisor;
        divisor *= *base;
    }
    divisor *= BigInt::from(members.len().max(1));
    // Half away from zero: (2a + b) / 2b for a ≥ 0, mirrored below.
    let negative = dividend < BigInt::ZERO;
    let magnitude = if negative { -dividend } else { dividend };
    let rounded = (magnitude * 2 + &divisor) / (divisor * 2);
    let tenths = i128::try_from(rounded).unwrap_or(i128::MAX);
    if negative { -tenths } else { tenths }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirds_that_add_up_to_a_half_are_rounded_up() {
        // 1/3 % and 2/3 % of a tenth: the mean is exactly 0.05 %.
        let members = [(3001, 3000), (3002, 3000)];
        assert_eq!(exact_mean(&members), 1);
        assert_eq!(exact_mean(&[(3001, 3000), (30019, 30000)]), 0);
        assert_eq!(exact_mean(&[(2999, 3000), (2998, 3000)]), -1);
    }

    #[test]
    fn one_business_grows_by_tenths() {
        assert_eq!(
            single(1_100_500, 1_000_000)
                .map(|f| f.to_string())
                .as_deref(),
            Some("10.1")
        );
        assert_eq!(single(1, 0), None);
    }
}
