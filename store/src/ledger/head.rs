//! Writes the signed head behind the acknowledgement, coalesced: the high-water mark that tells
//! a torn tail from lost entries.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use super::directory::head_path;
use super::shared::Shared;
use crate::error::StoreError;
use crate::files::{lock, write_atomically};

/// The least time between two heads.
const PAUSE: Duration = Duration::from_millis(100);

/// Runs until the writer has ended, then writes the last head.
pub(super) fn run(shared: &Arc<Shared>, wake: &Receiver<()>, mut written: u64) {
    let mut woken = false;
    while woken || wake.recv().is_ok() {
        if let Err(error) = write(shared, &mut written) {
            shared.stop(&error);
            return;
        }
        match wake.recv_timeout(PAUSE) {
            Ok(()) => {
                // Let a burst of commits pass before the next head.
                thread::sleep(PAUSE);
                woken = true;
            }
            Err(RecvTimeoutError::Timeout) => woken = false,
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    if let Err(error) = write(shared, &mut written) {
        shared.stop(&error);
    }
}

fn write(shared: &Arc<Shared>, written: &mut u64) -> Result<(), StoreError> {
    let (size, root) = *lock(&shared.committed);
    if size > *written {
        let head = shared.signer.sign_checkpoint(size, &root);
        write_atomically(&head_path(&shared.dir), head.as_bytes(), 0o600)?;
        *written = size;
    }
    Ok(())
}
