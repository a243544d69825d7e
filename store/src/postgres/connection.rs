//! One connection to the database on a thread of its own, so that callers on a runtime's thread
//! can use it like any other store. Knows no table.

use std::sync::mpsc::{Sender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use postgres::{Client, NoTls};

use crate::error::StoreError;

type Job = Box<dyn FnOnce(&mut Client) + Send>;

/// The thread that holds the connection; it ends with this value.
pub(super) struct Connection {
    jobs: Mutex<Sender<Job>>,
}

/// What the database answered, in full: its own error says only "db error".
#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that map_err asks for"
)]
pub(super) fn failed(error: postgres::Error) -> StoreError {
    let reason = error
        .as_db_error()
        .map_or_else(|| error.to_string(), |answer| answer.message().to_owned());
    StoreError::Database {
        reason: reason.into(),
    }
}

fn ended() -> StoreError {
    StoreError::Database {
        reason: "its thread has ended".into(),
    }
}

impl Connection {
    /// Connects; `url` as PostgreSQL writes it, over a socket or a loopback address.
    pub(super) fn open(url: &str) -> Result<Self, StoreError> {
        let (jobs, work) = channel::<Job>();
        let (tell, told) = sync_channel(1);
        let url = url.to_owned();
        thread::Builder::new()
            .name("banso-postgres".into())
            .spawn(move || {
                let mut client = match Client::connect(&url, NoTls) {
                    Ok(client) => client,
                    Err(error) => {
                        let _nobody_waits = tell.send(Err(failed(error)));
                        return;
                    }
                };
                let _nobody_waits = tell.send(Ok(()));
                for job in work {
                    job(&mut client);
                }
            })
            .map_err(|error| StoreError::Database {
                reason: error.to_string().into(),
            })?;
        told.recv().unwrap_or_else(|_| Err(ended()))?;
        Ok(Self {
            jobs: Mutex::new(jobs),
        })
    }

    /// Does some work with the connection and waits for it.
    pub(super) fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Client) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (tell, told) = sync_channel(1);
        let job: Job = Box::new(move |client| {
            let _nobody_waits = tell.send(work(client));
        });
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.send(job).map_err(|_| ended())?;
        drop(jobs);
        told.recv().unwrap_or_else(|_| Err(ended()))
    }
}
