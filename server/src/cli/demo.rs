//! The demo's ledger: made anew, filled through the same rules as any other intake.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use banso_core::calendar::{FiscalYear, jst_date};
use banso_core::intake;
use chrono::Utc;
use indicatif::ProgressBar;
use uuid::Uuid;

use super::import::progress;
use super::ledger::{OpenLedger, blocking, open_or_create};
use super::{Failure, table};
use crate::access::Role;
use crate::accounts::Account;
use crate::clock::{Clock, SetClock, SystemClock};
use crate::demo::{self, Step};
use crate::recorder::{Author, Recorder};

/// Marks a directory that a demo made, and that the next demo may therefore clear.
const DEMO_MARK: &str = "demo-ledger";
/// The history of the demo is the same on every machine on the same day.
const DEMO_SEED: u64 = 7;
/// Steps that may wait for the disk at once.
const IN_FLIGHT: usize = 1024;

/// Makes the demo's ledger anew and prints its table and tokens.
pub(super) fn make(dir: &Path) -> Result<OpenLedger, Failure> {
    let opened = demo_ledger(dir, Arc::new(SystemClock))?;
    print_table(&opened)?;
    print_tokens(&opened)?;
    Ok(opened)
}

/// Makes the demo's ledger anew: its history ends on the day of the clock, which counts from then on.
///
/// # Errors
/// [`Failure`] when the directory belongs to something else, or when it cannot be written.
pub fn demo_ledger(dir: &Path, clock: Arc<dyn Clock>) -> Result<OpenLedger, Failure> {
    clear(dir)?;
    let now = clock.now();
    let steps = demo::history(DEMO_SEED, jst_date(now));
    let begins = steps.first().map_or(now, |step| step.recorded_at);
    let then = Arc::new(SetClock::at(begins));
    let opened = open_or_create(dir, None, Arc::clone(&then) as Arc<dyn Clock>, true)?;
    std::fs::write(dir.join(DEMO_MARK), "made by banso serve --demo\n").map_err(Failure::new)?;
    record(&opened.app.recorder, &then, steps)?;
    // The history is written; from here on the given clock counts.
    opened.close()?;
    open_or_create(dir, None, clock, true)
}

fn record(recorder: &Recorder, clock: &SetClock, steps: Vec<Step>) -> Result<(), Failure> {
    let roles: HashMap<Uuid, Role> = demo::everyone()
        .into_iter()
        .filter_map(|member| Some((member.id, member.role.parse().ok()?)))
        .collect();
    let bar: ProgressBar = progress(steps.len() as u64);
    let mut waiting = Vec::with_capacity(IN_FLIGHT);
    for step in steps {
        let refused = |why: String| Failure(format!("the demo's own event is refused: {why}"));
        clock.set(step.recorded_at);
        let new = intake::read(&step.event).map_err(|errors| refused(format!("{errors:?}")))?;
        let role = roles.get(&step.recorded_by.0).copied();
        let role = role.ok_or_else(|| refused(format!("{} is nobody", step.recorded_by)))?;
        let author = Author {
            actor: step.recorded_by.to_string(),
            role: Some(role),
        };
        let sequenced = recorder
            .sequence(&author, new)
            .map_err(|why| refused(format!("{why} ({})", step.event)))?;
        waiting.push(sequenced);
        if waiting.len() >= IN_FLIGHT {
            settle(recorder, &mut waiting)?;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    settle(recorder, &mut waiting)
}

fn settle(
    recorder: &Recorder,
    waiting: &mut Vec<crate::recorder::Sequenced>,
) -> Result<(), Failure> {
    for sequenced in waiting.drain(..) {
        blocking(recorder.settle(sequenced)).map_err(Failure::new)?;
    }
    Ok(())
}

fn print_table(opened: &OpenLedger) -> Result<(), Failure> {
    let this_year = FiscalYear::of(jst_date(Utc::now()));
    for year in [FiscalYear(2024), FiscalYear(2025), this_year] {
        let answer = opened
            .app
            .live
            .look(|kpi, _| serde_json::to_value(kpi.table(year)));
        let answer = answer.map_err(Failure::new)?.map_err(Failure::new)?;
        println!("{}", table::text(&answer));
    }
    Ok(())
}

/// One account of each role.
fn print_tokens(opened: &OpenLedger) -> Result<(), Failure> {
    println!("役割（ログイン名も同じ）、アクセストークン、パスワード、氏名（デモ用）");
    let staff = demo::staff();
    for role in Role::ALL {
        let Some(member) = staff.iter().find(|member| member.role == role.name()) else {
            continue;
        };
        let (id, name): (Uuid, String) = (member.id, member.name.to_owned());
        let account = Account {
            staff: id,
            role,
            name,
        };
        let token = opened.app.accounts.create(&account).map_err(Failure::new)?;
        let password = demo_password().ok_or_else(|| Failure("no random bytes".to_owned()))?;
        let people = &opened.app.people;
        let drafted = people.draft(&account, role.name(), Some(&password), Utc::now());
        let (person, _) = drafted.map_err(Failure::new)?;
        people.add(person).map_err(Failure::new)?;
        println!("  {:<10} {token}  {password}  {}", role.name(), member.name);
    }
    println!();
    Ok(())
}

/// Anew for each demo: a known password would be guessed at once on an open port.
fn demo_password() -> Option<String> {
    let mut random = [0_u8; 8];
    getrandom::fill(&mut random).ok()?;
    Some(format!("demo-{}", hex::encode(random)))
}

fn clear(dir: &Path) -> Result<(), Failure> {
    if !dir.exists() {
        return Ok(());
    }
    let empty = std::fs::read_dir(dir)
        .map_err(Failure::new)?
        .next()
        .is_none();
    if !empty && !dir.join(DEMO_MARK).exists() {
        let name = dir.display();
        return Err(Failure(format!(
            "{name} is not a demo's directory and will not be cleared; give another --data"
        )));
    }
    std::fs::remove_dir_all(dir).map_err(|error| Failure(format!("{}: {error}", dir.display())))
}
