//! From the entries of a ledger to all its numbers: decoded on two threads, folded in order.
//!
//! Memory stays flat: chunks are dropped once decoded, batches once folded; at most a few are on
//! their way. Reading the entries is the caller's.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use memchr::memchr_iter;

use crate::engine::State;
use crate::fact::decode::Batch;
use crate::fact::store::{Facts, FoldError};
use crate::kpi::{Cut, Kpi};

/// Threads that decode; folding takes part of a third.
const DECODERS: usize = 2;
/// Chunks that wait for a decoder.
const WAITING: usize = 2;

/// Entries that were read together: whatever gives their bytes one after the other.
pub trait Chunk: Send {
    /// Calls back with the bytes of each entry, in order; stops at the first error.
    ///
    /// # Errors
    /// The first error of the callback.
    fn each<E>(&self, entry: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E>;
}

impl<C: Send> Chunk for C
where
    for<'c> &'c C: IntoIterator<Item: AsRef<[u8]>>,
{
    fn each<E>(&self, mut entry: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        self.into_iter().try_for_each(|bytes| entry(bytes.as_ref()))
    }
}

/// Whole lines of NDJSON, as they stand in a journal; empty lines are passed over.
pub struct Lines(pub Vec<u8>);

impl Lines {
    /// Each line without its newline.
    pub fn iter(&self) -> Box<dyn Iterator<Item = &[u8]> + '_> {
        let mut from = 0;
        let ends = memchr_iter(b'\n', &self.0).chain([self.0.len()]);
        let lines = ends.map(move |end| {
            let line = self.0.get(from..end).unwrap_or_default();
            from = end + 1;
            line
        });
        Box::new(lines.filter(|line| !line.is_empty()))
    }
}

impl<'a> IntoIterator for &'a Lines {
    type Item = &'a [u8];
    type IntoIter = Box<dyn Iterator<Item = &'a [u8]> + 'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Why a replay stopped.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError<E> {
    /// The entries could not be read.
    #[error("the entries could not be read: {0}")]
    Source(E),
    /// An entry could not be folded.
    #[error(transparent)]
    Fold(#[from] FoldError),
}

/// A batch, or which entry of the chunk could not be read and why.
type Decoded = Result<Batch, (u64, String)>;

/// Folds chunks of entries, in order from position 0, up to a cut-off.
///
/// `progress` is told how many entries were folded so far, after each chunk.
///
/// # Errors
/// [`ReplayError`] with the position of the first entry that could not be read or folded.
pub fn replay<I, C, E>(
    chunks: I,
    cut: &Cut,
    mut progress: impl FnMut(u64),
) -> Result<Kpi, ReplayError<E>>
where
    I: IntoIterator<Item = Result<C, E>>,
    C: Chunk,
{
    let limit = cut.limit();
    let mut facts = Facts::default();
    let mut state = State::default();
    thread::scope(|scope| {
        let mut decoders = Vec::with_capacity(DECODERS);
        for _ in 0..DECODERS {
            let (give, take) = sync_channel::<C>(WAITING);
            let (hand_over, decoded) = sync_channel::<Decoded>(WAITING);
            scope.spawn(move || decode(&take, &hand_over));
            decoders.push((give, decoded));
        }
        let mut fold = |decoded: &Receiver<Decoded>| -> Result<bool, FoldError> {
            let stopped = || (0, "a decoder stopped".to_owned());
            let batch = decoded.recv().unwrap_or_else(|_| Err(stopped()));
            let first = u64::from(facts.len());
            let fail = |(at, reason)| FoldError {
                position: first + at,
                reason,
            };
            let batch = batch.map_err(fail)?;
            let ended = facts.take(&batch, &limit)?;
            // While the decoders work on the next chunks.
            state.advance(&facts, facts.len());
            progress(u64::from(facts.len()));
            Ok(ended)
        };
        let mut chunks = chunks.into_iter();
        let (mut given, mut folded) = (0_usize, 0_usize);
        loop {
            let chunk = chunks.next().transpose().map_err(ReplayError::Source)?;
            let ended = chunk.is_none();
            if let Some(chunk) = chunk {
                let (give, _) = &decoders[given % DECODERS];
                // A decoder that is gone is noticed when its batch is asked for.
                let _gone = give.send(chunk);
                given += 1;
            }
            let on_their_way = DECODERS * WAITING;
            while folded < given && (ended || given - folded >= on_their_way) {
                if fold(&decoders[folded % DECODERS].1)? {
                    return Ok(());
                }
                folded += 1;
            }
            if ended {
                return Ok(());
            }
        }
    })
    .map(|()| Kpi::from_parts(facts, state))
}

fn decode<C: Chunk>(chunks: &Receiver<C>, hand_over: &SyncSender<Decoded>) {
    for chunk in chunks {
        let mut batch = Batch::default();
        let mut at = 0;
        let read = chunk.each(|entry| {
            let pushed = batch.push(entry).map_err(|error| (at, error.to_string()));
            at += 1;
            pushed
        });
        if hand_over.send(read.map(|()| batch)).is_err() {
            return;
        }
    }
}
