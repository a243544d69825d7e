//! Who the businesses are: names for lists and for the search, opened from the vault.
//!
//! Follows the ledger when it is read, as the projections do. Held in memory only; an erased
//! business loses its names here with the entry that erases it.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use banso_core::recorded::Recorded;
use banso_core::subject::Subject;
use banso_core::text::search_key;
use banso_projections::view::{BusinessView, business_view};
use banso_store::{Entry, EventStore, StoreError, Vault};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::grouped::{each_group, is_worth_it};
use crate::sealing::{self, Opened};

/// Entries looked at between two looks at who else waits.
const CHUNK: usize = 4096;
/// How every entry about a business names its subject.
const BUSINESS: &[u8] = b"\"subject\":\"business/";
/// Fields that the search looks through.
const SEARCHED: [&str; 6] = [
    "name",
    "name_kana",
    "trade_name",
    "representative",
    "phone",
    "address",
];

/// The businesses of one ledger.
pub struct Directory {
    store: Arc<dyn EventStore>,
    vault: Arc<Vault>,
    origin: String,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    size: u64,
    businesses: HashMap<Uuid, Listed>,
}

/// One business as lists show it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Everything but the timeline.
    pub view: BusinessView,
    key: String,
}

impl Listed {
    fn new(view: BusinessView) -> Self {
        let texts = SEARCHED
            .iter()
            .filter_map(|field| view.profile.get(*field)?.as_str());
        let key = texts.map(search_key).collect::<Vec<_>>().join("\n");
        let view = BusinessView {
            timeline: Vec::new(),
            ..view
        };
        Self { view, key }
    }

    /// A text of the profile.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.view.profile.get(field).and_then(Value::as_str)
    }
}

impl Directory {
    /// A directory that has read nothing yet.
    pub fn new(store: Arc<dyn EventStore>, vault: Arc<Vault>, origin: String) -> Self {
        Self {
            store,
            vault,
            origin,
            known: Mutex::default(),
        }
    }

    /// Looks at the businesses as of now.
    ///
    /// # Errors
    /// When an entry or a sealed field cannot be read.
    pub fn look<T>(&self, look: impl FnOnce(&HashMap<Uuid, Listed>) -> T) -> Result<T, StoreError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let size = self.store.size();
        let mut touched = BTreeSet::new();
        let mut found = Vec::new();
        // Taken over only when all that was touched has been read: a failure is tried again.
        let mut read = known.size;
        if is_worth_it(known.size, size) {
            each_group(&*self.store, size, business_of, |id, entries| {
                found.extend(business_view(id, &self.open_all(entries)?));
                Ok(())
            })?;
            read = size;
        }
        while read < size {
            let chunk = self.store.read(read, CHUNK)?;
            let Some(last) = chunk.last() else { break };
            read = last.position + 1;
            touched.extend(chunk.iter().filter_map(|entry| business_of(&entry.bytes)));
        }
        for id in touched {
            found.extend(self.business(id, u64::MAX)?);
        }
        let listed = found
            .into_iter()
            .map(|view| (view.business_id, Listed::new(view)));
        known.businesses.extend(listed);
        known.size = read;
        Ok(look(&known.businesses))
    }

    /// The businesses that a search finds, by any of its words in any width and kana.
    ///
    /// # Errors
    /// As [`Directory::look`].
    pub fn search(&self, text: &str) -> Result<Vec<Uuid>, StoreError> {
        let words: Vec<_> = text.split_whitespace().map(search_key).collect();
        self.look(|businesses| {
            let found = businesses
                .iter()
                .filter(|(_, listed)| words.iter().all(|word| listed.key.contains(word.as_str())));
            found.map(|(id, _)| *id).collect()
        })
    }

    /// The businesses that lead to one through merges.
    ///
    /// # Errors
    /// As [`Directory::look`].
    pub fn merged_into(&self, root: Uuid) -> Result<Vec<Uuid>, StoreError> {
        self.look(|businesses| {
            let mut found = vec![root];
            let mut at = 0;
            while let Some(into) = found.get(at).copied() {
                let merged = businesses.iter().filter(|(id, listed)| {
                    listed.view.merged_into == Some(into) && !found.contains(id)
                });
                let merged: Vec<_> = merged.map(|(id, _)| *id).collect();
                found.extend(merged);
                at += 1;
            }
            found
        })
    }

    /// The businesses whose personal data are to be destroyed, done or not.
    ///
    /// # Errors
    /// As [`Directory::look`].
    pub fn erased(&self) -> Result<Vec<Uuid>, StoreError> {
        self.look(|businesses| {
            let erased = businesses.iter().filter(|(_, listed)| listed.view.erased);
            erased.map(|(id, _)| *id).collect()
        })
    }

    /// One business with its timeline, as of a position.
    ///
    /// # Errors
    /// When an entry or a sealed field cannot be read.
    pub fn business(&self, id: Uuid, as_of: u64) -> Result<Option<BusinessView>, StoreError> {
        Ok(business_view(
            id,
            &self.opened(Subject::business(id), as_of)?,
        ))
    }

    /// The entries of a subject before a position, personal fields put back.
    ///
    /// Erased ones are null, and `erased` is true beside them.
    ///
    /// # Errors
    /// When an entry or a sealed field cannot be read.
    pub fn opened(&self, subject: Subject, as_of: u64) -> Result<Vec<Recorded>, StoreError> {
        let mut entries = self.store.read_subject(&subject.to_string())?;
        let end = as_of.min(self.store.size());
        entries.retain(|entry| entry.position < end);
        self.open_all(&entries)
    }

    fn open_all(&self, entries: &[Entry]) -> Result<Vec<Recorded>, StoreError> {
        entries.iter().map(|entry| self.open(entry)).collect()
    }

    fn open(&self, entry: &Entry) -> Result<Recorded, StoreError> {
        let failed = |reason: String| StoreError::Vault { reason };
        let mut recorded =
            Recorded::parse(&entry.bytes).map_err(|error| failed(error.to_string()))?;
        let opened = sealing::open(&self.vault, &self.origin, &recorded)
            .map_err(|error| failed(error.to_string()))?;
        let personal = match opened {
            Opened::None => return Ok(recorded),
            Opened::Fields(fields) => fields,
            Opened::Erased => {
                let names = recorded
                    .sealed
                    .iter()
                    .flat_map(|sealed| sealed.fields.clone());
                let nulls = names.map(|name| (name, Value::Null));
                nulls.chain([("erased".to_owned(), json!(true))]).collect()
            }
        };
        sealing::join(&recorded.event_type, &mut recorded.data, personal);
        Ok(recorded)
    }
}

/// The business that an entry is about, found without reading the entry as JSON.
///
/// In canonical JSON a quotation mark inside a text is escaped, so the pattern is the key itself.
fn business_of(bytes: &[u8]) -> Option<Uuid> {
    let at = bytes
        .windows(BUSINESS.len())
        .rposition(|window| window == BUSINESS)?;
    let id = bytes.get(at + BUSINESS.len()..at + BUSINESS.len() + 36)?;
    Uuid::try_parse_ascii(id).ok()
}
