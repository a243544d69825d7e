//! The bytes of a C2SP entry bundle: each entry after its length as 16 bits, big-endian.

use bytes::{Buf as _, Bytes};

/// Joins entries. None has more than 65,535 bytes.
pub(crate) fn bundle<'a>(entries: impl Iterator<Item = &'a [u8]> + Clone) -> Vec<u8> {
    let mut out = Vec::with_capacity(entries.clone().map(|entry| entry.len() + 2).sum());
    for entry in entries {
        let length = u16::try_from(entry.len()).unwrap_or(u16::MAX);
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(entry);
    }
    out
}

/// Splits a bundle without copying; `None` when it is cut short.
pub(crate) fn split_bundle(mut bundle: Bytes) -> Option<Vec<Bytes>> {
    let mut entries = Vec::new();
    while !bundle.is_empty() {
        let length = usize::from(bundle.try_get_u16().ok()?);
        if bundle.len() < length {
            return None;
        }
        entries.push(bundle.split_to(length));
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_splits_into_what_it_was_made_of() {
        let long = vec![7; 65_535];
        let entries = [&b"one"[..], b"", &long];
        let joined = Bytes::from(bundle(entries.into_iter()));
        assert_eq!(joined[..5], *b"\x00\x03one");
        assert_eq!(split_bundle(joined.clone()).unwrap(), entries);
        assert_eq!(split_bundle(joined.slice(..joined.len() - 1)), None);
        assert_eq!(split_bundle(joined.slice(..1)), None);
    }
}
