//! Reads the recorder's trace. It must not know what the files mean.

use std::path::Path;
use std::sync::Arc;

/// One change below the data directory, or an acknowledgement, in the order in which they happened.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    /// A process began; the inode of the directory.
    Started {
        root: u64,
    },
    /// A file or directory got a name.
    Made {
        inode: u64,
        path: String,
        directory: bool,
    },
    Wrote {
        inode: u64,
        offset: usize,
        bytes: Arc<[u8]>,
    },
    Cut {
        inode: u64,
        size: usize,
    },
    Synced {
        inode: u64,
    },
    Renamed {
        from: String,
        to: String,
    },
    Removed {
        path: String,
    },
    /// Something was promised to somebody outside.
    Acknowledged(String),
    /// A fault was injected.
    Failed,
    /// Write-back that makes nothing durable.
    Nothing,
}

/// The changes of a trace. A record that a kill cut short is not there.
pub(crate) fn read(path: &Path) -> Vec<Change> {
    let bytes = std::fs::read(path).unwrap();
    let mut rest = &bytes[..];
    let mut changes = Vec::new();
    while let Some((head, after)) = rest.split_first_chunk::<21>() {
        let inode = u64::from_le_bytes(head[1..9].try_into().unwrap());
        let number = u64::from_le_bytes(head[9..17].try_into().unwrap());
        let length = u32::from_le_bytes(head[17..].try_into().unwrap());
        let Some((body, after)) = after.split_at_checked(length as usize) else {
            break;
        };
        rest = after;
        changes.push(change(head[0], inode, number, body));
    }
    changes
}

fn change(kind: u8, inode: u64, number: u64, body: &[u8]) -> Change {
    let text = || String::from_utf8(body.to_vec()).unwrap();
    let number = usize::try_from(number).unwrap();
    match kind {
        b'X' => Change::Started { root: inode },
        b'C' | b'D' => Change::Made {
            inode,
            path: text(),
            directory: kind == b'D',
        },
        b'W' => Change::Wrote {
            inode,
            offset: number,
            bytes: body.into(),
        },
        b'T' => Change::Cut {
            inode,
            size: number,
        },
        b'S' => Change::Synced { inode },
        b'N' => {
            let text = text();
            let (from, to) = text.split_once('\n').unwrap();
            Change::Renamed {
                from: from.to_owned(),
                to: to.to_owned(),
            }
        }
        b'U' => Change::Removed { path: text() },
        b'A' => Change::Acknowledged(text()),
        b'E' => Change::Failed,
        b'R' => Change::Nothing,
        other => panic!("the trace has a record of kind {other}"),
    }
}
