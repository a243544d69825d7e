//! Cases and staff as the pages list them: who is in charge of what, what comes next.
//!
//! Follows the ledger when it is read, as the projections do, and folds only the subjects that an
//! entry touched. Holds no personal field but the names of the staff. Counts nothing for the plan.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use banso_core::recorded::Recorded;
use banso_core::subject::{Subject, SubjectKind};
use banso_projections::view::{CaseView, case_view, effective};
use banso_store::{Entry, EventStore, StoreError};
use chrono::NaiveDate;
use serde_json::Value;
use uuid::Uuid;

use crate::directory::Directory;
use crate::grouped::{each_group, is_worth_it};

/// Entries looked at in one reading.
const CHUNK: usize = 4096;
/// How every entry about a case or a member of the staff names its subject.
const KINDS: [(&[u8], SubjectKind); 2] = [
    (b"\"subject\":\"case/", SubjectKind::Case),
    (b"\"subject\":\"staff/", SubjectKind::Staff),
];
/// Types that are a contact between advisor and business.
const CONTACTS: [&str; 2] = ["visit.done", "followup.done"];

/// The cases and the staff of one ledger.
pub struct Casebook {
    store: Arc<dyn EventStore>,
    known: Mutex<Known>,
}

/// What the casebook knows.
#[derive(Default)]
pub struct Known {
    size: u64,
    /// Every case.
    pub cases: HashMap<Uuid, Sheet>,
    /// Every member of the staff and of the committee.
    pub staff: BTreeMap<Uuid, Member>,
}

/// One case, without its timeline.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// How it stands.
    pub view: CaseView,
    /// Days of effective contacts.
    pub contacts: Vec<NaiveDate>,
    /// Visits whose text is still to be finished (清書待ち).
    pub unfinished: Vec<Unfinished>,
}

/// A visit that was marked to be finished at a desk.
#[derive(Clone, Debug)]
pub struct Unfinished {
    /// Its entry.
    pub position: u64,
    /// When it took place.
    pub occurred_on: NaiveDate,
    /// Who recorded it.
    pub recorded_by: String,
}

/// One member of the staff.
#[derive(Clone, Debug, Default)]
pub struct Member {
    /// The name; empty if it is not known.
    pub name: String,
    /// The role as last set.
    pub role: String,
    /// No longer there.
    pub left: bool,
}

impl Casebook {
    /// A casebook that has read nothing yet.
    pub fn new(store: Arc<dyn EventStore>) -> Self {
        Self {
            store,
            known: Mutex::default(),
        }
    }

    /// Looks at cases and staff as of now.
    ///
    /// # Errors
    /// When an entry or a sealed name cannot be read.
    pub fn look<T>(
        &self,
        directory: &Directory,
        look: impl FnOnce(&Known) -> T,
    ) -> Result<T, StoreError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let size = self.store.size();
        let mut touched = BTreeSet::new();
        let at_once = is_worth_it(known.size, size);
        if at_once {
            self.fill(&mut known, size)?;
        }
        let mut read = known.size;
        while read < size {
            let chunk = self.store.read(read, CHUNK)?;
            let Some(last) = chunk.last() else { break };
            read = last.position + 1;
            touched.extend(chunk.iter().filter_map(|entry| subject_of(&entry.bytes)));
        }
        for subject in touched {
            match subject {
                Subject::One(SubjectKind::Case, _) if at_once => {}
                Subject::One(SubjectKind::Case, id) => {
                    if let Some(sheet) = self.sheet(id)? {
                        known.cases.insert(id, sheet);
                    }
                }
                Subject::One(_, id) => {
                    known
                        .staff
                        .insert(id, member(&directory.opened(subject, u64::MAX)?));
                }
                Subject::Programme => {}
            }
        }
        // Only now: a look that failed half-way begins again where this one began.
        known.size = read;
        Ok(look(&known))
    }

    /// Every case of a long history, which is read once.
    fn fill(&self, known: &mut Known, size: u64) -> Result<(), StoreError> {
        let case_of = |bytes: &[u8]| match subject_of(bytes) {
            Some(Subject::One(SubjectKind::Case, id)) => Some(id),
            _ => None,
        };
        each_group(&*self.store, size, case_of, |id, entries| {
            known
                .cases
                .extend(sheet_of(id, entries)?.map(|sheet| (id, sheet)));
            Ok(())
        })
    }

    fn sheet(&self, id: Uuid) -> Result<Option<Sheet>, StoreError> {
        sheet_of(
            id,
            &self.store.read_subject(&Subject::case(id).to_string())?,
        )
    }
}

fn sheet_of(id: Uuid, entries: &[Entry]) -> Result<Option<Sheet>, StoreError> {
    let unreadable = |error: banso_core::recorded::NotRecorded| StoreError::Index {
        reason: error.to_string(),
    };
    let recorded: Result<Vec<_>, _> = entries
        .iter()
        .map(|entry| Recorded::parse(&entry.bytes))
        .collect();
    let Some(view) = case_view(id, &recorded.map_err(unreadable)?) else {
        return Ok(None);
    };
    let live = || view.timeline.iter().filter(|event| event.counts());
    let contacts = live()
        .filter(|event| CONTACTS.contains(&event.event_type.as_str()))
        .map(|event| event.occurred_on)
        .collect();
    let unfinished = live()
        .filter(|event| event.data.get("to_finish") == Some(&Value::Bool(true)))
        .map(|event| Unfinished {
            position: event.position,
            occurred_on: event.occurred_on,
            recorded_by: event.recorded_by.clone(),
        })
        .collect();
    let view = CaseView {
        timeline: Vec::new(),
        ..view
    };
    Ok(Some(Sheet {
        view,
        contacts,
        unfinished,
    }))
}

impl Known {
    /// The name of a member of the staff, by `staff/<uuid>` or the bare uuid.
    pub fn name_of(&self, actor: &str) -> String {
        let id = actor
            .strip_prefix("staff/")
            .unwrap_or(actor)
            .parse::<Uuid>();
        let member = id.ok().and_then(|id| self.staff.get(&id));
        match member {
            Some(member) if !member.name.is_empty() => member.name.clone(),
            _ if actor == banso_core::recorded::SYSTEM => "システム".to_owned(),
            _ => "（氏名の登録なし）".to_owned(),
        }
    }

    /// How many cards each member of the staff has still to finish, by `staff/<uuid>`.
    pub fn unfinished_by(&self) -> HashMap<String, usize> {
        let mut found = HashMap::new();
        for open in self.cases.values().flat_map(|sheet| &sheet.unfinished) {
            *found.entry(open.recorded_by.clone()).or_default() += 1;
        }
        found
    }

    /// The cases of a business, oldest first.
    pub fn cases_of(&self, business: Uuid) -> Vec<&Sheet> {
        let mut cases: Vec<_> = self
            .cases
            .values()
            .filter(|sheet| sheet.view.business_id == Some(business))
            .collect();
        cases.sort_by_key(|sheet| (sheet.view.opened_on, sheet.view.case_id));
        cases
    }
}

fn member(entries: &[Recorded]) -> Member {
    let mut member = Member::default();
    for event in effective(entries).iter().filter(|event| event.counts()) {
        match event.event_type.as_str() {
            "staff.registered" => {
                event
                    .text("name")
                    .unwrap_or_default()
                    .clone_into(&mut member.name);
                event
                    .text("role")
                    .unwrap_or_default()
                    .clone_into(&mut member.role);
            }
            "staff.role_changed" => {
                event
                    .text("role")
                    .unwrap_or_default()
                    .clone_into(&mut member.role);
                // Who gets a role after leaving has come again.
                member.left = false;
            }
            "staff.left" => member.left = true,
            _ => {}
        }
    }
    member
}

/// The case or member that an entry is about, found without reading the entry as JSON.
///
/// In canonical JSON a quotation mark inside a text is escaped, so the pattern is the key itself.
fn subject_of(bytes: &[u8]) -> Option<Subject> {
    KINDS.iter().find_map(|(pattern, kind)| {
        let at = bytes
            .windows(pattern.len())
            .rposition(|window| window == *pattern)?;
        let id = bytes.get(at + pattern.len()..at + pattern.len() + 36)?;
        Some(Subject::One(*kind, Uuid::try_parse_ascii(id).ok()?))
    })
}
