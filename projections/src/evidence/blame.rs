//! Which entry is to blame that a condition is not met: the void of the plan that a follow-up
//! needs, or the event that must not exist.

use std::ops::ControlFlow;

use crate::engine::compile::{Condition, Reading};
use crate::engine::effects::Version;
use crate::engine::judge;
use crate::engine::view::View;
use crate::fact::Position;

/// The entry that made an event fail its first unmet condition; none if nothing ever met it.
pub(super) fn why(
    view: &View<'_>,
    reading: &Reading,
    position: Position,
    version: &Version,
) -> Option<Position> {
    if !judge::selects(view, reading, version) {
        return None;
    }
    let unmet = |condition: &&Condition| !judge::holds(view, condition, position, version);
    let condition = reading.conditions.iter().find(unmet)?;
    if condition.wanted {
        missing(view, condition, position, version, version.day)
    } else {
        unwanted(view, condition, position, version)
    }
}

/// The void or cancellation of an event that would have met the condition.
fn missing(
    view: &View<'_>,
    condition: &Condition,
    position: Position,
    version: &Version,
    day: i32,
) -> Option<Position> {
    let mut found = None;
    let mut see = |other: Position, last: Version| {
        if judge::fits_itself(view, condition, &last, day) {
            found = match view.counting(other) {
                Some(effective) => condition
                    .having
                    .iter()
                    .find_map(|nested| missing(view, nested, other, &effective, day)),
                None => undone_by(view, other),
            };
        }
        if found.is_some() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let _first = view.beside(
        position,
        version,
        &condition.same,
        &condition.kinds,
        &mut see,
    );
    found
}

fn undone_by(view: &View<'_>, event: Position) -> Option<Position> {
    let effects = &view.state.effects;
    let void = effects.of(event).and_then(|effect| effect.voided_by);
    void.or_else(|| effects.cancelled_by(event))
}

fn unwanted(
    view: &View<'_>,
    condition: &Condition,
    position: Position,
    version: &Version,
) -> Option<Position> {
    let mut found = None;
    let mut see = |other: Position, _: Version| match view.counting(other) {
        Some(effective) if judge::fits(view, condition, other, &effective, version.day) => {
            found = Some(other);
            ControlFlow::Break(())
        }
        _ => ControlFlow::Continue(()),
    };
    let _first = view.beside(
        position,
        version,
        &condition.same,
        &condition.kinds,
        &mut see,
    );
    found
}
