//! One line of the journal: an entry, or the commitment that closes a group.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::merkle::Hash;

const COMMIT_START: &[u8] = b"{\"commit\":{\"root\":\"";
const COMMIT_MIDDLE: &[u8] = b"\",\"size\":";
const COMMIT_END: &[u8] = b"}}";
/// Base64 of 32 bytes.
const ROOT_LENGTH: usize = 44;

/// A line without its newline.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    Entry(&'a [u8]),
    Commit {
        size: u64,
        root: Hash,
    },
    /// Neither: damage.
    Unknown,
}

impl<'a> Line<'a> {
    /// Tells the lines apart by how they begin; an entry is not looked into.
    pub(crate) fn parse(line: &'a [u8]) -> Self {
        if line.starts_with(b"{\"data\":") {
            return Self::Entry(line);
        }
        parse_commit(line).unwrap_or(Self::Unknown)
    }
}

fn parse_commit(line: &[u8]) -> Option<Line<'_>> {
    let rest = line.strip_prefix(COMMIT_START)?;
    let (root, rest) = rest.split_at_checked(ROOT_LENGTH)?;
    let digits = rest.strip_prefix(COMMIT_MIDDLE)?.strip_suffix(COMMIT_END)?;
    let size: u64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    let root = Hash::try_from(BASE64.decode(root).ok()?).ok()?;
    // Only the one spelling the store writes is a commit line.
    (commit_line(size, &root).strip_suffix(b"\n") == Some(line))
        .then_some(Line::Commit { size, root })
}

/// The line, with its newline, that commits to the first `size` entries.
pub(crate) fn commit_line(size: u64, root: &Hash) -> Vec<u8> {
    let mut line = Vec::with_capacity(96);
    line.extend_from_slice(COMMIT_START);
    line.extend_from_slice(BASE64.encode(root).as_bytes());
    line.extend_from_slice(COMMIT_MIDDLE);
    line.extend_from_slice(size.to_string().as_bytes());
    line.extend_from_slice(COMMIT_END);
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_line_is_read_back_and_no_bit_of_it_can_change_unseen() {
        let line = commit_line(4096, &[9; 32]);
        let bare = &line[..line.len() - 1];
        assert_eq!(
            Line::parse(bare),
            Line::Commit {
                size: 4096,
                root: [9; 32]
            }
        );
        for bit in 0..bare.len() * 8 {
            let mut bad = bare.to_vec();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(
                Line::parse(&bad),
                Line::Commit {
                    size: 4096,
                    root: [9; 32]
                }
            );
        }
        for bad in [&b"{\"commit\":{}}"[..], b"", b"{}", &bare[..bare.len() - 1]] {
            assert_eq!(Line::parse(bad), Line::Unknown);
        }
    }
}
