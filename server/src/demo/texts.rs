//! Natural Japanese for the free text of the demo: templates with slots that a trade fills.
//!
//! Knows no date, no business and no rule. Slots: `{goods}`, `{customer}`, `{pain}`, `{idea}`,
//! `{strength}`, `{threat}`.

mod case;
mod followup;
mod visit;

pub(super) use case::*;
pub(super) use followup::{Outcome, outcome};
pub(super) use visit::{TOPICS, Topic};

use super::dice::Dice;
use super::trades::Trade;

/// A template with the slots filled from a trade.
pub(super) fn fill(template: &str, trade: &Trade, dice: &mut Dice) -> String {
    if !template.contains('{') {
        return template.to_owned();
    }
    let (pain, idea) = (dice.pick(&trade.pains), dice.pick(&trade.ideas));
    let strength = dice.pick(&trade.strengths);
    template
        .replace("{goods}", trade.goods)
        .replace("{customer}", trade.customer)
        .replace("{pain}", pain)
        .replace("{idea}", idea)
        .replace("{strength}", strength)
        .replace("{threat}", trade.threat)
}
