//! Exact decimal numbers: what indicators count, aim at and reach.
//!
//! No float takes part in any calculation; a float appears only when a figure is written as JSON,
//! as the double nearest to the exact decimal. Rounding is 四捨五入: half away from zero.

use std::cmp::Ordering;
use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::{Number, Value};

/// Decimal places kept of a number that a plan or an event gives.
pub const PLACES: u8 = 9;
/// Tenths: the one decimal of every rate.
const RATE_PLACES: u8 = 1;

/// `units` × 10^-`places`. A whole number has no places; a rate always has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Figure {
    units: i128,
    places: u8,
}

impl Figure {
    /// Nothing.
    pub const ZERO: Self = Self::whole(0);

    /// A whole number.
    pub const fn whole(units: i128) -> Self {
        Self { units, places: 0 }
    }

    /// A rate in tenths.
    pub const fn tenths(units: i128) -> Self {
        Self {
            units,
            places: RATE_PLACES,
        }
    }

    /// A sum in units of 10^-[`PLACES`], without idle zeros.
    pub fn from_sum(units: i128) -> Self {
        Self {
            units,
            places: PLACES,
        }
        .trimmed()
    }

    /// Reads a decimal such as `-1.25` or `2e3`; rounds what lies beyond [`PLACES`].
    pub fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        let units: i128 = digits.parse().ok()?;
        let places = i32::try_from(fraction.len()).ok()? - exponent;
        match u32::try_from(places) {
            Ok(places) if places > u32::from(PLACES) => {
                let excess = 10_i128.checked_pow(places - u32::from(PLACES));
                let units = excess.map_or(0, |excess| divide_rounding(units, excess));
                Some(
                    Self {
                        units,
                        places: PLACES,
                    }
                    .trimmed(),
                )
            }
            Ok(places) => Some(
                Self {
                    units,
                    places: u8::try_from(places).ok()?,
                }
                .trimmed(),
            ),
            Err(_) => {
                let factor = 10_i128.checked_pow(places.unsigned_abs())?;
                Some(Self::whole(units.checked_mul(factor)?))
            }
        }
    }

    /// Reads a JSON number.
    pub fn from_json(number: &Number) -> Option<Self> {
        Self::parse(&number.to_string())
    }

    /// In units of 10^-[`PLACES`]; saturates far beyond any amount of money.
    pub fn to_sum(self) -> i128 {
        let factor = 10_i128.pow(u32::from(PLACES - self.places.min(PLACES)));
        self.units.saturating_mul(factor)
    }

    /// True for nothing.
    pub const fn is_zero(self) -> bool {
        self.units == 0
    }

    /// `self / base` × `times` to one decimal; none where the base is zero.
    pub fn rate_of(self, base: Self, times: i128) -> Option<Self> {
        let divisor = base.to_sum();
        (divisor != 0).then(|| {
            let dividend = self.to_sum().saturating_mul(times).saturating_mul(10);
            Self::tenths(divide_rounding(dividend, divisor))
        })
    }

    /// Compares `self / base` × 100 with a number of per cent, exactly; the base is above zero.
    pub fn reaches(self, base: Self, per_cent: Self) -> bool {
        let reached = self.to_sum().saturating_mul(100);
        let wanted = mul_sums(base.to_sum(), per_cent.to_sum());
        reached.cmp(&wanted) != Ordering::Less
    }

    /// The sum of two figures, with the places of the finer one.
    pub fn plus(self, other: Self) -> Self {
        let places = self.places.max(other.places);
        let scaled = |figure: Self| {
            figure
                .units
                .saturating_mul(10_i128.pow(u32::from(places - figure.places)))
        };
        Self {
            units: scaled(self).saturating_add(scaled(other)),
            places,
        }
    }

    /// The difference of two figures.
    pub fn minus(self, other: Self) -> Self {
        self.plus(Self {
            units: other.units.saturating_neg(),
            places: other.places,
        })
    }

    fn trimmed(self) -> Self {
        let Self {
            mut units,
            mut places,
        } = self;
        while places > 0 && units % 10 == 0 {
            units /= 10;
            places -= 1;
        }
        Self { units, places }
    }

    /// As JSON: an integer where there are no places.
    pub fn to_json(self) -> Value {
        match (self.places, i64::try_from(self.units)) {
            (0, Ok(units)) => Value::from(units),
            _ => Value::from(self.to_string().parse::<f64>().unwrap_or(f64::MAX)),
        }
    }
}

impl PartialOrd for Figure {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.to_sum().cmp(&other.to_sum()))
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.places == 0 {
            return write!(out, "{}", self.units);
        }
        let factor = 10_u128.pow(u32::from(self.places));
        let sign = if self.units < 0 { "-" } else { "" };
        let units = self.units.unsigned_abs();
        let width = usize::from(self.places);
        write!(out, "{sign}{}.{:0width$}", units / factor, units % factor)
    }
}

impl Serialize for Figure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

/// Divides, rounding half away from zero; the divisor is not zero.
pub fn divide_rounding(dividend: i128, divisor: i128) -> i128 {
    let quotient = dividend / divisor;
    let rest = (dividend % divisor).unsigned_abs();
    let up = rest >= divisor.unsigned_abs().div_ceil(2);
    let away = if (dividend < 0) == (divisor < 0) {
        1
    } else {
        -1
    };
    quotient + if up && rest > 0 { away } else { 0 }
}

/// The product of two sums, itself in units of 10^-[`PLACES`], rounded down.
fn mul_sums(left: i128, right: i128) -> i128 {
    let one = 10_i128.pow(u32::from(PLACES));
    let (whole, fraction) = (right.div_euclid(one), right.rem_euclid(one));
    left.saturating_mul(whole)
        .saturating_add(left.saturating_mul(fraction).div_euclid(one))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(text: &str) -> Figure {
        Figure::parse(text).unwrap()
    }

    #[test]
    fn a_rate_is_rounded_half_up_on_exact_decimals() {
        let rate = |actual: i128, target: i128| {
            Figure::whole(actual)
                .rate_of(Figure::whole(target), 100)
                .unwrap()
                .to_string()
        };
        assert_eq!(rate(37, 140), "26.4");
        assert_eq!(rate(1, 16), "6.3");
        assert_eq!(rate(1, 3), "33.3");
        assert_eq!(rate(2, 3), "66.7");
        assert_eq!(rate(2249, 2250), "100.0");
        assert_eq!(rate(-1, 16), "-6.3");
        assert_eq!(rate(7, 7), "100.0");
        assert_eq!(Figure::whole(3).rate_of(Figure::ZERO, 100), None);
    }

    #[test]
    fn a_target_is_reached_only_by_the_whole_of_it() {
        let reaches = |actual: i128, target: i128, grade: &str| {
            Figure::whole(actual).reaches(Figure::whole(target), figure(grade))
        };
        assert!(reaches(140, 140, "100"));
        assert!(!reaches(2249, 2250, "100"));
        assert!(reaches(1, 1000, "0.1"));
        assert!(!reaches(0, 1000, "0.1"));
    }

    #[test]
    fn decimals_are_read_and_written_exactly() {
        for (text, shown) in [
            ("17.5", "17.5"),
            ("-0.050", "-0.05"),
            ("2e3", "2000"),
            ("1.5e-1", "0.15"),
            ("0", "0"),
        ] {
            assert_eq!(figure(text).to_string(), shown);
        }
        assert_eq!(figure("0.0000000005").to_string(), "0.000000001");
        assert_eq!(Figure::parse("1e99"), None);
        assert_eq!(Figure::parse(""), None);
        assert_eq!(figure("17.5").to_json().to_string(), "17.5");
        assert_eq!(Figure::tenths(50).to_json().to_string(), "5.0");
        assert_eq!(Figure::whole(5).to_json().to_string(), "5");
    }

    #[test]
    fn sums_keep_their_places() {
        assert_eq!(figure("1.5").plus(figure("2")).to_string(), "3.5");
        assert_eq!(figure("1.5").minus(figure("2")).to_string(), "-0.5");
        assert_eq!(
            Figure::from_sum(figure("1.5").to_sum() * 2).to_string(),
            "3"
        );
    }
}
