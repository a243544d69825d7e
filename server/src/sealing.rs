//! Between the domain's personal fields and the vault: what is sealed, under whose key, and opened
//! again for those who may read it (contract section 7).

use banso_core::event::Event;
use banso_core::intake::split_personal;
use banso_core::json::{Object, canonical};
use banso_core::recorded::Recorded;
use banso_core::subject::Subject;
use banso_store::{Sealed, Vault, VaultError, sealing_context};
use serde_json::Value;
use uuid::Uuid;

/// What became of the personal fields of an entry.
#[derive(Clone, Debug, PartialEq)]
pub enum Opened {
    /// The entry has none.
    None,
    /// They were read.
    Fields(Object),
    /// Their key is destroyed.
    Erased,
}

/// The data of an event, divided into what the entry holds and what is sealed away.
///
/// The personal fields of a correction are those of the data that it brings.
pub fn divide(event: &Event, corrected: Option<&Event>) -> (Object, Object) {
    let (mut open, personal) = split_personal(event.event_type(), event.write());
    let Some(corrected) = corrected else {
        return (open, personal);
    };
    let (inner, personal) = split_personal(corrected.event_type(), corrected.write());
    open.insert("data".to_owned(), Value::Object(inner));
    (open, personal)
}

/// Puts opened fields back where they came from.
pub fn join(entry_type: &str, data: &mut Object, personal: Object) {
    let target = match data.get_mut("data") {
        Some(Value::Object(inner)) if entry_type == "record.corrected" => inner,
        _ => data,
    };
    target.extend(personal);
}

/// Seals personal fields under the key of a subject; none if there is nothing personal.
///
/// # Errors
/// [`VaultError`], such as a subject that is erased.
pub fn seal(
    vault: &Vault,
    origin: &str,
    id: Uuid,
    key: Subject,
    personal: &Object,
) -> Result<Option<Sealed>, VaultError> {
    if personal.is_empty() {
        return Ok(None);
    }
    let key = key.to_string();
    let plain = canonical(personal).unwrap_or_default();
    let parts = vault.seal(&key, &sealing_context(origin, id, &key), plain.as_bytes())?;
    Ok(Some(parts.with_fields(personal.keys().cloned().collect())))
}

/// Opens the personal fields of an entry.
///
/// # Errors
/// [`VaultError`] when a ciphertext is damaged.
pub fn open(vault: &Vault, origin: &str, entry: &Recorded) -> Result<Opened, VaultError> {
    let Some(sealed) = &entry.sealed else {
        return Ok(Opened::None);
    };
    let mut commitment = [0_u8; 32];
    if hex::decode_to_slice(&sealed.commitment, &mut commitment).is_err() {
        return Ok(Opened::Erased);
    }
    let context = sealing_context(origin, entry.id, &sealed.key);
    let plain = vault.open(entry.position, &commitment, &sealed.key, &context)?;
    let fields = plain.and_then(|plain| serde_json::from_slice::<Object>(&plain).ok());
    Ok(fields.map_or(Opened::Erased, Opened::Fields))
}
