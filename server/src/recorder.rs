//! The command path: one event in, one durable entry out, or a refusal.
//!
//! Everything that decides happens under one lock and in memory, so that the rules see a single
//! order of events; waiting for the disk happens outside it. Knows no HTTP.

mod completions;
mod desk;
mod erasure;
mod programme;
mod refusal;
mod replayed;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use banso_core::calendar::jst_date;
use banso_core::event::Event;
use banso_core::intake::{NewEvent, read_corrected_data};
use banso_core::json::canonical;
use banso_core::state::Standing;
use banso_core::subject::{Subject, SubjectKind};
use banso_store::{AppendError, Appended, Draft, EventStore, Sealed, StoreError, Ticket, Vault};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use uuid::Uuid;

use self::desk::Desk;
pub use self::refusal::Refusal;
use crate::access::{self, Role};
use crate::accounts::Account;
use crate::clock::Clock;
use crate::directory::Directory;
use crate::live::Live;
use crate::sealing;
use crate::staffing::Follower;

/// A clock that steps back by no more than this is held still; more stops intake.
const STEP_BACK: TimeDelta = TimeDelta::seconds(10);

/// Who records, and with what authority.
#[derive(Clone, Debug)]
pub struct Author {
    /// `staff/<uuid>` or `system`.
    pub actor: String,
    /// The role that decides; none for the system itself, which may everything.
    pub role: Option<Role>,
}

impl From<&Account> for Author {
    fn from(account: &Account) -> Self {
        Self {
            actor: account.actor(),
            role: Some(account.role),
        }
    }
}

impl Author {
    /// The server itself.
    pub fn system() -> Self {
        Self {
            actor: banso_core::recorded::SYSTEM.to_owned(),
            role: None,
        }
    }
}

/// An event that is recorded, or was before.
#[derive(Debug)]
pub struct Recording {
    /// Its place and bytes.
    pub appended: Appended,
    /// The same event had been recorded before; nothing was appended.
    pub replayed: bool,
}

/// An event in the ledger's order, perhaps not durable yet.
#[derive(Debug)]
pub enum Sequenced {
    /// New.
    New {
        /// Resolves when it is durable.
        ticket: Ticket,
        /// The business whose personal data must now be destroyed.
        erases: Option<Uuid>,
    },
    /// Recorded before, at this position.
    Before(Appended),
}

/// The command path of one ledger.
pub struct Recorder {
    store: Arc<dyn EventStore>,
    vault: Arc<Vault>,
    origin: String,
    clock: Arc<dyn Clock>,
    live: Arc<Live>,
    directory: Arc<Directory>,
    desk: Mutex<Desk>,
    follower: OnceLock<Follower>,
}

impl Recorder {
    /// The command path over a store.
    pub fn new(
        store: Arc<dyn EventStore>,
        vault: Arc<Vault>,
        origin: String,
        clock: Arc<dyn Clock>,
        live: Arc<Live>,
        directory: Arc<Directory>,
    ) -> Self {
        let last = store.status().last_recorded_at;
        let last_recorded_at = last.and_then(|text| text.parse().ok()).unwrap_or_default();
        let desk = Mutex::new(Desk::new(last_recorded_at));
        Self {
            store,
            vault,
            origin,
            clock,
            live,
            directory,
            desk,
            follower: OnceLock::new(),
        }
    }

    /// Who is told of every event of a member of the staff.
    pub(crate) fn tell(&self, follower: Follower) {
        let _ = self.follower.set(follower);
    }

    /// Records one event; returns when it is durable.
    ///
    /// # Errors
    /// [`Refusal`]; then nothing was appended.
    pub async fn record(&self, author: &Author, new: NewEvent) -> Result<Recording, Refusal> {
        let sequenced = self.sequence(author, new)?;
        self.settle(sequenced).await
    }

    /// Waits until a sequenced event is durable.
    ///
    /// # Errors
    /// [`Refusal::Stopped`] when it could not be made so.
    pub async fn settle(&self, sequenced: Sequenced) -> Result<Recording, Refusal> {
        match sequenced {
            Sequenced::New { ticket, erases } => {
                let appended = ticket.durable().await?;
                if let Some(business) = erases {
                    self.erase(business, &self.directory.merged_into(business)?)
                        .await?;
                }
                Ok(Recording {
                    appended,
                    replayed: false,
                })
            }
            Sequenced::Before(appended) => {
                let mut sizes = self.store.watch();
                let wanted = appended.position;
                let grown = sizes.wait_for(|size| *size > wanted).await.is_ok();
                if !grown || self.store.size() <= wanted {
                    return Err(Refusal::Stopped(
                        "the earlier request is not durable".to_owned(),
                    ));
                }
                Ok(Recording {
                    appended,
                    replayed: true,
                })
            }
        }
    }

    /// Decides on one event and gives it its place, without waiting for the disk.
    ///
    /// # Errors
    /// [`Refusal`]; then nothing was appended.
    pub fn sequence(&self, author: &Author, new: NewEvent) -> Result<Sequenced, Refusal> {
        Self::permit(author, &new)?;
        let mut desk = self.desk();
        if let Some(position) = self.store.position_of(new.id)? {
            // What was sealed can be compared once it is durable.
            self.all_durable()?;
            return self.recorded_before(&new, position).map(Sequenced::Before);
        }
        self.precondition(&new)?;
        let now = self.now(&desk)?;
        let corrected = self.corrected(&mut desk, &new)?;
        self.rules(&mut desk, author, &new, corrected.as_ref(), now)?;
        let event = self.completed(&new.event)?;
        let personal_of = corrected.as_ref();
        let (open, personal) = sealing::divide(event.as_ref().unwrap_or(&new.event), personal_of);
        let sealed = self.seal(&mut desk, &new, &personal)?;
        let draft = draft(
            author,
            &new,
            canonical(&open).map_err(Refusal::Stopped)?,
            sealed,
            now,
        );
        let ticket = self
            .store
            .append(draft)
            .map_err(|error| self.not_appended(&new, error))?;
        desk.last_recorded_at = now;
        desk.evolve(&new, &open, author);
        if let (Subject::One(SubjectKind::Staff, id), Some(follower)) =
            (new.subject, self.follower.get())
        {
            // Under the lock: of two events of one person the accounts see the later one last.
            match desk.state(&*self.store, new.subject) {
                Ok(state) => follower.follow(id, &new.event, &state.standing),
                Err(error) => tracing::error!(%error, "an account could not follow the ledger"),
            }
        }
        drop(desk);
        let erases = matches!(new.event, Event::BusinessErased(_)).then(|| new.subject.id());
        Ok(Sequenced::New {
            ticket,
            erases: erases.flatten(),
        })
    }

    /// The state of a subject as the rules see it.
    ///
    /// # Errors
    /// When its entries cannot be read.
    pub fn standing(&self, subject: Subject) -> Result<Standing, StoreError> {
        let mut desk = self.desk();
        desk.state(&*self.store, subject)
            .map(|state| state.standing.clone())
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn permit(author: &Author, new: &NewEvent) -> Result<(), Refusal> {
        let event_type = new.event.event_type();
        match author.role {
            Some(role) if !access::may_append(role, event_type, new.subject.kind()) => {
                let name = event_type.name;
                let detail = format!("the role {} may not record {name} here", role.name());
                Err(Refusal::Forbidden(detail))
            }
            _ => Ok(()),
        }
    }

    /// Before the rules: whoever decided on what has changed since is to see that first.
    fn precondition(&self, new: &NewEvent) -> Result<(), Refusal> {
        let Some(expected) = new.expected_version else {
            return Ok(());
        };
        let current = self.store.current_version(&new.subject.to_string())?;
        if expected == current {
            return Ok(());
        }
        let error = AppendError::WrongVersion { expected, current };
        Err(self.not_appended(new, error))
    }

    fn now(&self, desk: &Desk) -> Result<DateTime<Utc>, Refusal> {
        let now = self.clock.now();
        if now >= desk.last_recorded_at {
            return Ok(now);
        }
        if desk.last_recorded_at - now > STEP_BACK {
            return Err(Refusal::Stopped(format!(
                "the clock shows {now}, before the last entry at {}; set the clock right",
                desk.last_recorded_at
            )));
        }
        Ok(desk.last_recorded_at)
    }

    fn corrected(&self, desk: &mut Desk, new: &NewEvent) -> Result<Option<Event>, Refusal> {
        let Event::RecordCorrected(correction) = &new.event else {
            return Ok(None);
        };
        let state = desk.state(&*self.store, new.subject)?;
        let Some(record) = state.record(correction.target) else {
            return Ok(None);
        };
        read_corrected_data(correction, record.event_type).map_err(Refusal::Fields)
    }

    fn rules(
        &self,
        desk: &mut Desk,
        author: &Author,
        new: &NewEvent,
        corrected: Option<&Event>,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let decided = desk.decide(&*self.store, author, new, corrected, jst_date(now))?;
        match decided {
            Err(rejection) if rejection.rule == "not_own_entry" => {
                return Err(Refusal::Forbidden(rejection.detail));
            }
            decided => decided?,
        }
        self.programme_rules(corrected.unwrap_or(&new.event))
    }

    fn seal(
        &self,
        desk: &mut Desk,
        new: &NewEvent,
        personal: &banso_core::json::Object,
    ) -> Result<Option<Sealed>, Refusal> {
        let key = match new.subject {
            Subject::One(SubjectKind::Case, _) => {
                let business = desk.state(&*self.store, new.subject)?.standing.business;
                business.map_or(new.subject, Subject::business)
            }
            subject => subject,
        };
        sealing::seal(&self.vault, &self.origin, new.id, key, personal)
            .map_err(|error| Refusal::Stopped(error.to_string()))
    }

    fn not_appended(&self, new: &NewEvent, error: AppendError) -> Refusal {
        match error {
            AppendError::Duplicate { position } => Refusal::OtherContent {
                id: new.id,
                position,
            },
            AppendError::WrongVersion { expected, current } => {
                let entries = self.store.read_subject(&new.subject.to_string());
                let seen = usize::try_from(expected).unwrap_or(usize::MAX);
                let between = entries.unwrap_or_default().into_iter().skip(seen);
                let between = between.take(100).map(|entry| entry.bytes).collect();
                Refusal::WrongVersion {
                    expected,
                    current,
                    between,
                }
            }
            AppendError::TooLarge { bytes, limit } => Refusal::TooLarge { bytes, limit },
            AppendError::Stopped { reason } => Refusal::Stopped(reason.to_string()),
            AppendError::Store(error) => error.into(),
        }
    }
}

fn draft(
    author: &Author,
    new: &NewEvent,
    data: String,
    sealed: Option<Sealed>,
    now: DateTime<Utc>,
) -> Draft {
    Draft {
        id: new.id,
        event_type: new.event.event_type().name.to_owned(),
        subject: new.subject.to_string(),
        occurred_on: new.occurred_on.to_string(),
        data,
        recorded_at: now.to_rfc3339_opts(SecondsFormat::Millis, true),
        recorded_by: author.actor.clone(),
        source: new.source.clone(),
        schema: None,
        expected_version: new.expected_version,
        sealed,
    }
}
