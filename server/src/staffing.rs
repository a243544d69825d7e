//! The life of an account, which is the life of a member of the staff: each step stands in the
//! ledger first, as a staff event, and then in the accounts. Secrets never reach the ledger.

use std::collections::BTreeSet;
use std::sync::Arc;

use banso_core::calendar::jst_date;
use banso_core::event::Event;
use banso_core::intake::{self, NewEvent};
use banso_core::state::Standing;
use banso_core::subject::{Subject, SubjectKind};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::access::Role;
use crate::accounts::{
    Account, Accounts, AccountsError, Holder, Link, People, PersonError, Sessions,
};
use crate::app::App;
use crate::clock::Clock;
use crate::recorder::{Author, Recorder, Refusal};

/// Why a step was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StaffError {
    /// The form is faulty; in words for whoever filled it in.
    #[error("{0}")]
    Form(&'static str),
    /// The ledger refused.
    #[error(transparent)]
    Ledger(#[from] Refusal),
    /// A file failed.
    #[error(transparent)]
    File(#[from] AccountsError),
    /// There is no such account.
    #[error("there is no such account")]
    Unknown,
}

impl From<PersonError> for StaffError {
    fn from(error: PersonError) -> Self {
        match error {
            PersonError::Refused(why) => Self::Form(why),
            PersonError::File(error) => Self::File(error),
        }
    }
}

/// What a new account is made of.
pub(crate) struct NewAccount {
    pub(crate) account: Account,
    pub(crate) login: String,
    /// An initial one is invented if absent.
    pub(crate) password: Option<String>,
}

/// Makes an account; gives the invented password, if one was.
pub(crate) async fn join(
    app: &Arc<App>,
    author: &Author,
    new: NewAccount,
) -> Result<Option<String>, StaffError> {
    let account = new.account.clone();
    let drafting = Arc::clone(app);
    let (person, invented) = blocking(move || {
        let now = drafting.clock.now();
        drafting
            .people
            .draft(&new.account, &new.login, new.password.as_deref(), now)
    })
    .await??;
    let standing = app.recorder.standing(subject(account.staff));
    let standing = standing.map_err(Refusal::from)?;
    if !standing.begun {
        let data = json!({"name": person.name, "role": account.role});
        record(app, author, account.staff, "staff.registered", data).await?;
    } else if standing.left || role_of(&standing) != Some(account.role) {
        let data = json!({"role": account.role});
        record(app, author, account.staff, "staff.role_changed", data).await?;
    }
    app.people.add(person)?;
    Ok(invented)
}

/// Changes a role; the sessions go on with the new one.
pub(crate) async fn change_role(
    app: &App,
    author: &Author,
    staff: Uuid,
    role: Role,
) -> Result<(), StaffError> {
    let person = app.people.by_staff(staff).ok_or(StaffError::Unknown)?;
    if person.role != role {
        last_manager(app, staff)?;
        record(
            app,
            author,
            staff,
            "staff.role_changed",
            json!({"role": role}),
        )
        .await?;
    }
    Ok(())
}

/// Revokes an account with its sessions and tokens.
pub(crate) async fn leave(app: &App, author: &Author, staff: Uuid) -> Result<(), StaffError> {
    app.people.by_staff(staff).ok_or(StaffError::Unknown)?;
    last_manager(app, staff)?;
    record(app, author, staff, "staff.left", json!({})).await?;
    Ok(())
}

/// Links an account to somebody at the organisation's provider, or unlinks it; sessions that began
/// with the link before end.
pub(crate) fn link(app: &App, staff: Uuid, subject: Option<String>) -> Result<(), StaffError> {
    let without = "このサーバーには組織アカウントの提供者が設定されていません。";
    let provider = app.oidc.get().ok_or(StaffError::Form(without))?;
    app.people.by_staff(staff).ok_or(StaffError::Unknown)?;
    let subject = subject.map(|subject| subject.trim().to_owned());
    let subject = subject.filter(|subject| !subject.is_empty());
    if subject.as_ref().is_some_and(|subject| subject.len() > 255) {
        let why = "組織アカウントの番号は255文字までです。";
        return Err(StaffError::Form(why));
    }
    let issuer = || provider.issuer().to_owned();
    let link = subject.map(|subject| Link {
        issuer: issuer(),
        subject,
    });
    app.people.link(staff, link)?;
    app.sessions
        .end(|session| session.holder == Holder::Organisation(staff))?;
    Ok(())
}

/// Gives an account a new initial password and ends its sessions.
pub(crate) async fn reset_password(app: &Arc<App>, staff: Uuid) -> Result<String, StaffError> {
    app.people.by_staff(staff).ok_or(StaffError::Unknown)?;
    let people = Arc::clone(&app.people);
    let invented = blocking(move || people.set_password(staff, None)).await??;
    app.sessions.end(|session| session.staff == staff)?;
    invented.ok_or(StaffError::Unknown)
}

/// Runs what hashes a password on a thread that may block.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, StaffError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| StaffError::Form("処理が中断しました。もう一度お試しください。"))
}

fn last_manager(app: &App, staff: Uuid) -> Result<(), StaffError> {
    let managers = app.people.list();
    let other = managers.iter().any(|person| {
        person.left_at.is_none() && person.role == Role::Manager && person.staff != staff
    });
    match app.people.by_staff(staff) {
        Some(person) if person.role == Role::Manager && !other => Err(StaffError::Form(
            "最後の管理者です。先に別の管理者を登録してください。",
        )),
        _ => Ok(()),
    }
}

fn subject(staff: Uuid) -> Subject {
    Subject::One(SubjectKind::Staff, staff)
}

/// The role that the ledger shows for a member of the staff, if it knows them.
fn role_of(standing: &Standing) -> Option<Role> {
    standing.role.and_then(|role| role.name().parse().ok())
}

async fn record(
    app: &App,
    author: &Author,
    staff: Uuid,
    event_type: &str,
    data: Value,
) -> Result<(), StaffError> {
    let value = json!({"id": Uuid::now_v7(), "type": event_type, "subject": subject(staff).to_string(),
        "occurred_on": jst_date(app.clock.now()).to_string(), "data": data});
    let new: NewEvent = intake::read(&value).map_err(Refusal::Fields)?;
    debug_assert!(matches!(new.subject, Subject::One(..)));
    app.recorder.record(author, new).await?;
    Ok(())
}

/// Carries what the ledger says of the staff over to the accounts, however it was recorded.
pub(crate) struct Follower {
    tokens: Arc<Accounts>,
    people: Arc<People>,
    sessions: Arc<Sessions>,
    clock: Arc<dyn Clock>,
}

impl Follower {
    pub(crate) fn new(
        tokens: &Arc<Accounts>,
        people: &Arc<People>,
        sessions: &Arc<Sessions>,
        clock: &Arc<dyn Clock>,
    ) -> Self {
        Self {
            tokens: Arc::clone(tokens),
            people: Arc::clone(people),
            sessions: Arc::clone(sessions),
            clock: Arc::clone(clock),
        }
    }

    /// Takes an event of a member of the staff that was appended, and what the ledger shows of
    /// them since.
    pub(crate) fn follow(&self, staff: Uuid, event: &Event, standing: &Standing) {
        let followed = match event {
            Event::StaffLeft(_) => self.left(staff),
            Event::StaffRoleChanged(_) => self.role(staff, standing),
            Event::RecordVoided(_) | Event::RecordCorrected(_) => self.taken_back(staff, standing),
            _ => Ok(()),
        };
        if let Err(error) = followed {
            tracing::error!(%error, "an account could not follow the ledger");
        }
    }

    /// After a start: a leaving or a role that a crash kept from the accounts counts from now on.
    pub(crate) fn catch_up(&self, recorder: &Recorder) -> Result<(), StaffError> {
        let people = self.people.list().into_iter();
        let people = people.filter(|person| person.left_at.is_none());
        let tokens = self.tokens.list().into_iter();
        let all: BTreeSet<_> = people
            .map(|person| person.staff)
            .chain(tokens.map(|token| token.account.staff))
            .collect();
        for staff in all {
            let standing = recorder.standing(subject(staff)).map_err(Refusal::from)?;
            if standing.left {
                self.left(staff)?;
            } else {
                self.role(staff, &standing)?;
            }
        }
        Ok(())
    }

    /// Something was voided or corrected: the account is as if it had been recorded right at once.
    fn taken_back(&self, staff: Uuid, standing: &Standing) -> Result<(), AccountsError> {
        if standing.left || !standing.begun {
            return self.left(staff);
        }
        if self.people.by_staff(staff).is_none() && !self.people.revive(staff)? {
            tracing::warn!(%staff, "no account was brought back; make it anew");
        }
        self.role(staff, standing)
    }

    fn role(&self, staff: Uuid, standing: &Standing) -> Result<(), AccountsError> {
        match role_of(standing) {
            Some(role) => self.changed(staff, role),
            None => Ok(()),
        }
    }

    fn left(&self, staff: Uuid) -> Result<(), AccountsError> {
        let now = self.clock.now();
        self.people.leave(staff, now)?;
        self.sessions.end(|session| session.staff == staff)?;
        self.tokens.revoke_of(staff, now).map(|_| ())
    }

    fn changed(&self, staff: Uuid, role: Role) -> Result<(), AccountsError> {
        let person = self.people.by_staff(staff);
        if person.is_some_and(|person| person.role != role) {
            self.people.set_role(staff, role)?;
        }
        let now = self.clock.now();
        let others = self.tokens.list();
        let others = others
            .iter()
            .filter(|token| token.account.staff == staff && token.account.role != role);
        for token in others {
            self.tokens.revoke(&token.id, now)?;
        }
        Ok(())
    }
}
