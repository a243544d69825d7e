//! Opening a data directory for a command: made on first use, with the plan adopted.

use std::path::Path;
use std::sync::Arc;

use banso_core::calendar::jst_date;
use banso_core::event::{Event, PlanAdopted};
use banso_core::intake::NewEvent;
use banso_core::shape::Anything;
use banso_core::subject::Subject;
use banso_projections::plan::Plan;
use banso_store::{EventStore, Ledger, OpenError, Options};
use uuid::Uuid;

use super::Failure;
use crate::access_log::DAYS_KEPT;
use crate::app::{App, Parts};
use crate::clock::Clock;
use crate::recorder::Author;

/// The plan that comes with the program.
const BUNDLED_PLAN: &str = include_str!("../../../plans/yamaguchi-r7.toml");

/// An open ledger and the server's parts over it.
pub struct OpenLedger {
    /// The ledger itself.
    pub ledger: Arc<Ledger>,
    /// Everything that works on it.
    pub app: Arc<App>,
}

impl OpenLedger {
    /// Makes everything durable and lets the directory go.
    ///
    /// # Errors
    /// When the store cannot write its head.
    pub fn close(self) -> Result<(), Failure> {
        let Self { ledger, app } = self;
        drop(app);
        match Arc::try_unwrap(ledger) {
            Ok(ledger) => ledger.close().map_err(Failure::new),
            // Somebody still reads; the last one to let go closes it.
            Err(_) => Ok(()),
        }
    }
}

/// Reads a plan file, or the bundled plan.
pub(super) fn read_plan(file: Option<&Path>) -> Result<Plan, Failure> {
    let text = match file {
        None => BUNDLED_PLAN.to_owned(),
        Some(path) => std::fs::read_to_string(path)
            .map_err(|error| Failure(format!("{}: {error}", path.display())))?,
    };
    Plan::from_toml(&text).map_err(|faults| {
        let faults: Vec<_> = faults
            .iter()
            .map(|fault| format!("{}: {}", fault.place, fault.detail))
            .collect();
        let name = file.map_or("the bundled plan".into(), |path| path.display().to_string());
        Failure(format!(
            "{name} has {} faults: {}",
            faults.len(),
            faults.join("; ")
        ))
    })
}

/// Opens the ledger of a directory, or makes one and adopts a plan.
///
/// # Errors
/// One line naming the directory and what to do.
pub fn open_or_create(
    dir: &Path,
    plan: Option<&Path>,
    clock: Arc<dyn Clock>,
    demo: bool,
) -> Result<OpenLedger, Failure> {
    open_keeping(dir, plan, clock, demo, DAYS_KEPT)
}

/// The same with another time for the access log to be kept, in days.
pub(super) fn open_keeping(
    dir: &Path,
    plan: Option<&Path>,
    clock: Arc<dyn Clock>,
    demo: bool,
    days: u32,
) -> Result<OpenLedger, Failure> {
    match Ledger::open(dir, Options::default()) {
        Ok((ledger, report)) => {
            for note in &report.notes {
                tracing::warn!("{note}");
            }
            assemble(ledger, dir, clock, demo, days).and_then(|opened| adopted(opened, plan))
        }
        Err(OpenError::Missing { .. }) => create(dir, plan, clock, demo, days),
        Err(error) => Err(Failure::new(error)),
    }
}

fn create(
    dir: &Path,
    plan: Option<&Path>,
    clock: Arc<dyn Clock>,
    demo: bool,
    days: u32,
) -> Result<OpenLedger, Failure> {
    // Read first: a faulty plan leaves no directory behind.
    let adopted_plan = read_plan(plan)?;
    let origin = match &adopted_plan.corporate_number {
        Some(number) => format!("banso/{number}"),
        None => "banso/ledger".to_owned(),
    };
    let ledger = Ledger::create(dir, &origin, Options::default()).map_err(Failure::new)?;
    let opened = assemble(ledger, dir, clock, demo, days)?;
    adopted(opened, plan)
}

/// Makes sure that the ledger has a plan: a crash may have come between creation and adoption.
fn adopted(opened: OpenLedger, plan: Option<&Path>) -> Result<OpenLedger, Failure> {
    if opened.ledger.size() == 0 {
        adopt(&opened.app, &read_plan(plan)?, &Author::system())?;
    }
    Ok(opened)
}

/// Records the adoption of a plan; gives its position.
pub(super) fn adopt(app: &App, plan: &Plan, author: &Author) -> Result<u64, Failure> {
    let value = plan.to_json();
    let plan = value.as_object().cloned().unwrap_or_default();
    let new = NewEvent {
        id: Uuid::now_v7(),
        subject: Subject::Programme,
        event: Event::PlanAdopted(PlanAdopted {
            plan: Anything(plan),
        }),
        occurred_on: jst_date(app.clock.now()),
        expected_version: None,
        source: None,
    };
    let recording = blocking(app.recorder.record(author, new)).map_err(Failure::new)?;
    Ok(recording.appended.position)
}

fn assemble(
    ledger: Ledger,
    dir: &Path,
    clock: Arc<dyn Clock>,
    demo: bool,
    days_of_traces: u32,
) -> Result<OpenLedger, Failure> {
    let ledger = Arc::new(ledger);
    let parts = Parts {
        store: Arc::clone(&ledger) as Arc<dyn EventStore>,
        vault: ledger.vault(),
        origin: ledger.signer().origin().to_owned(),
        vkey: ledger.signer().vkey(),
        clock,
        demo,
        days_of_traces,
    };
    let app = App::new(parts, dir).map_err(Failure::new)?;
    Ok(OpenLedger { ledger, app })
}

/// Waits for a future on this thread.
///
/// Tokio's channels give way after some polls and count on its own scheduler to go on; here there
/// is none, so they are told not to.
pub(super) fn blocking<T>(future: impl Future<Output = T>) -> T {
    futures_executor::block_on(tokio::task::unconstrained(future))
}
