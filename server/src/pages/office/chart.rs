//! Charts as SVG, made on the server, each with its numbers in words beside it.
//!
//! Gets lengths and labels, knows no indicator. Colour is never the only difference.

use askama::Template;

/// A month's name in a fiscal year.
pub(super) const MONTHS: [&str; 12] = [
    "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月", "1月", "2月", "3月",
];

/// One year of a trend.
pub(super) struct Point {
    pub(super) label: String,
    pub(super) actual: Option<f64>,
    pub(super) target: Option<f64>,
    pub(super) words: String,
}

/// Bars of several years with a mark at each target.
#[derive(Template)]
#[template(path = "office/trend.svg", escape = "html")]
pub(super) struct Trend {
    title: String,
    bars: Vec<Bar>,
    width: f64,
}

struct Bar {
    middle: f64,
    left: f64,
    top: f64,
    height: f64,
    mark: Option<f64>,
    above: f64,
    label: String,
    value: String,
}

const BAR_STEP: f64 = 64.0;
const BAR_ROOM: f64 = 96.0;
const BAR_FLOOR: f64 = 116.0;

impl Trend {
    /// A trend over years, oldest first.
    pub(super) fn new(name: &str, points: &[Point]) -> Self {
        let lengths = points
            .iter()
            .flat_map(|point| [point.actual, point.target])
            .flatten();
        let greatest = lengths.fold(1.0_f64, f64::max);
        let words: Vec<_> = points
            .iter()
            .map(|point| format!("{}は{}", point.label, point.words))
            .collect();
        let mut middle = BAR_STEP / 2.0;
        let mut bars = Vec::with_capacity(points.len());
        for point in points {
            let height = scaled(point.actual.unwrap_or(0.0).max(0.0), greatest);
            let mark = point
                .target
                .map(|target| BAR_FLOOR - scaled(target, greatest));
            let top = BAR_FLOOR - height;
            bars.push(Bar {
                middle,
                left: middle - 16.0,
                top,
                height,
                mark,
                // A number must not stand on the line of its target.
                above: mark
                    .filter(|mark| (top - 18.0..=top).contains(mark))
                    .unwrap_or(top)
                    - 5.0,
                label: point.label.clone(),
                value: point
                    .words
                    .split('（')
                    .next()
                    .unwrap_or_default()
                    .to_owned(),
            });
            middle += BAR_STEP;
        }
        let title = format!("{name}の推移。{}。", words.join("、"));
        Self {
            title,
            bars,
            width: middle - BAR_STEP / 2.0,
        }
    }
}

fn scaled(length: f64, greatest: f64) -> f64 {
    rounded(length / greatest * BAR_ROOM)
}

fn rounded(length: f64) -> f64 {
    (length * 10.0).round() / 10.0
}

/// A curve of a year's running total against the even pace to its target.
#[derive(Template)]
#[template(path = "office/pace.svg", escape = "html")]
pub(super) struct Pace {
    title: String,
    line: String,
    end: (f64, f64),
    even: Option<f64>,
    small: bool,
}

const PACE_WIDTH: f64 = 120.0;
const PACE_FLOOR: f64 = 34.0;
const PACE_ROOM: f64 = 30.0;

impl Pace {
    /// The running totals of the months so far, in the order of [`MONTHS`]; none without a month.
    pub(super) fn new(
        name: &str,
        totals: &[f64],
        target: Option<f64>,
        small: bool,
    ) -> Option<Self> {
        let last = *totals.last()?;
        let greatest = totals
            .iter()
            .copied()
            .fold(target.unwrap_or(1.0).max(1.0), f64::max);
        let mut points = vec![(0.0, PACE_FLOOR)];
        let mut across = 0.0;
        for total in totals {
            across += PACE_WIDTH / 12.0;
            points.push((
                across,
                rounded(PACE_FLOOR - total.max(0.0) / greatest * PACE_ROOM),
            ));
        }
        let line: Vec<_> = points.iter().map(|(x, y)| format!("{x},{y}")).collect();
        let month = MONTHS.get(totals.len() - 1).unwrap_or(&"3月");
        let target_words = match target {
            Some(target) => format!("年度の目標は{target}"),
            None => "年度の目標はありません".to_owned(),
        };
        Some(Self {
            title: format!("{name}の累計。{month}まで{last}、{target_words}。"),
            line: line.join(" "),
            end: points.last().copied().unwrap_or_default(),
            even: target.map(|target| rounded(PACE_FLOOR - target / greatest * PACE_ROOM)),
            small,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(label: &str, actual: Option<f64>, target: Option<f64>) -> Point {
        Point {
            label: label.to_owned(),
            actual,
            target,
            words: "37件（目標140件）".to_owned(),
        }
    }

    #[test]
    fn a_trend_says_its_numbers_in_words() {
        let trend = Trend::new("経営<分析>", &[point("R7", Some(37.0), Some(140.0))]);
        let svg = trend.render().unwrap();
        assert!(svg.contains("R7は37件（目標140件）"), "{svg}");
        assert!(svg.contains("role=\"img\""));
        assert!(!svg.contains("<分析>"), "labels are escaped");
    }

    #[test]
    fn the_tallest_length_fills_the_room() {
        let trend = Trend::new("x", &[point("R7", Some(70.0), Some(140.0))]);
        assert!((trend.bars[0].height - 48.0).abs() < f64::EPSILON);
        assert_eq!(trend.bars[0].mark, Some(20.0));
    }

    #[test]
    fn a_year_without_a_month_has_no_curve() {
        assert!(Pace::new("x", &[], Some(10.0), true).is_none());
        let pace = Pace::new("x", &[2.0, 5.0], Some(10.0), true).unwrap();
        assert_eq!(pace.line, "0,34 10,28 20,19");
        assert!(pace.title.contains("5月まで5"));
    }
}
