//! What follows `business.erased`: keys and ciphertexts destroyed, and a second entry that certifies
//! it (contract section 7).
//!
//! Every step may be repeated: a crash between the two entries is completed at the next start, and
//! a restored older key store loses the erased keys again.

use banso_core::calendar::jst_date;
use banso_core::event::{BusinessErased, BusinessErasureCompleted, Event};
use banso_core::intake::NewEvent;
use banso_core::recorded::Recorded;
use banso_core::shape::Whole;
use banso_core::subject::Subject;
use banso_store::StoreError;
use chrono::Days;
use uuid::Uuid;

use super::{Author, Recorder, Refusal, Sequenced};

/// Days for which copies of the key store are kept, unless `BANSO_KEY_BACKUP_DAYS` says otherwise.
const KEY_BACKUP_DAYS: u64 = 35;
/// Entries read at once.
const CHUNK: usize = 4096;

/// An erasure as the entries of one business tell it.
#[derive(Default)]
struct Story {
    /// Id of the erasure, and its reason.
    erased: Option<(Uuid, String)>,
    completed: bool,
}

impl Recorder {
    /// Destroys what an effective `business.erased` speaks of and certifies it; also for the
    /// businesses that were merged into it, which are the same person.
    ///
    /// # Errors
    /// [`Refusal::Stopped`] when keys cannot be destroyed; the next start tries again.
    pub async fn erase(&self, business: Uuid, merged: &[Uuid]) -> Result<(), Refusal> {
        let Some(reason) = self.erase_one(business).await? else {
            return Ok(());
        };
        for other in merged.iter().copied().filter(|other| *other != business) {
            if self.story(other)?.erased.is_none() {
                let reason = reason.clone();
                self.recorded_by_system(other, Event::BusinessErased(BusinessErased { reason }))
                    .await?;
            }
            self.erase_one(other).await?;
        }
        Ok(())
    }

    /// Gives the reason of the erasure; none if there is none.
    async fn erase_one(&self, business: Uuid) -> Result<Option<String>, Refusal> {
        let story = self.story(business)?;
        let Some((erasure, reason)) = story.erased else {
            return Ok(None);
        };
        let key = Subject::business(business).to_string();
        let destroyed = self.vault.destroy(&key);
        let deleted = destroyed.map_err(|error| Refusal::Stopped(error.to_string()))?;
        if !story.completed {
            let completed = self.certificate(erasure, deleted);
            self.recorded_by_system(business, completed).await?;
        }
        Ok(Some(reason))
    }

    /// Completes every erasure that a crash, or a key store restored from a backup, left open.
    ///
    /// # Errors
    /// As [`Recorder::erase`].
    pub async fn resume_erasures(&self) -> Result<(), Refusal> {
        let erased = match self.directory.erased() {
            Ok(erased) => erased,
            // An older key store has keys whose ciphertexts are gone: nothing opens until the
            // keys are gone too.
            Err(_) => {
                self.destroy_again()?;
                self.directory.erased()?
            }
        };
        for business in erased {
            self.erase(business, &self.directory.merged_into(business)?)
                .await?;
        }
        Ok(())
    }

    /// Destroys the keys of every business that the entries say is erased, opening nothing.
    fn destroy_again(&self) -> Result<(), Refusal> {
        let mut from = 0;
        loop {
            let chunk = self.store.read(from, CHUNK)?;
            let Some(last) = chunk.last() else {
                return Ok(());
            };
            from = last.position + 1;
            let erasures = chunk
                .iter()
                .filter_map(|entry| Recorded::parse(&entry.bytes).ok())
                .filter(|recorded| recorded.event_type == "business.erased");
            for erasure in erasures {
                self.vault
                    .destroy(&erasure.subject)
                    .map_err(|error| Refusal::Stopped(error.to_string()))?;
            }
        }
    }

    fn certificate(&self, erasure: Uuid, deleted: u64) -> Event {
        let kept = std::env::var("BANSO_KEY_BACKUP_DAYS")
            .ok()
            .and_then(|days| days.parse().ok());
        let today = jst_date(self.clock.now());
        let expire = today.checked_add_days(Days::new(kept.unwrap_or(KEY_BACKUP_DAYS)));
        Event::BusinessErasureCompleted(BusinessErasureCompleted {
            erasure,
            keys_destroyed: Whole(1),
            ciphertexts_deleted: Whole(i64::try_from(deleted).unwrap_or(i64::MAX)),
            key_backups_expire_on: expire.unwrap_or(today),
        })
    }

    async fn recorded_by_system(&self, business: Uuid, event: Event) -> Result<(), Refusal> {
        let new = NewEvent {
            id: Uuid::now_v7(),
            subject: Subject::business(business),
            event,
            occurred_on: jst_date(self.clock.now()),
            expected_version: None,
            source: None,
        };
        match self.sequence(&Author::system(), new)? {
            Sequenced::New { ticket, .. } => {
                ticket.durable().await.map(drop).map_err(Refusal::from)
            }
            Sequenced::Before(_) => Ok(()),
        }
    }

    fn story(&self, business: Uuid) -> Result<Story, StoreError> {
        let mut story = Story::default();
        for entry in self
            .store
            .read_subject(&Subject::business(business).to_string())?
        {
            let recorded = Recorded::parse(&entry.bytes).map_err(|error| StoreError::Index {
                reason: error.to_string(),
            })?;
            match recorded.event_type.as_str() {
                "business.erased" => {
                    let reason = recorded
                        .data
                        .get("reason")
                        .and_then(|reason| reason.as_str());
                    story.erased = Some((recorded.id, reason.unwrap_or_default().to_owned()));
                }
                "business.erasure_completed" => story.completed = true,
                _ => {}
            }
        }
        Ok(story)
    }
}
