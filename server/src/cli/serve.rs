//! `banso serve`: the HTTP service, on a ledger of its own or on a fresh demo.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::ledger::{blocking, open_or_create};
use super::{Ending, Failure, demo};
use crate::app::App;
use crate::clock::SystemClock;

#[derive(Args)]
pub(super) struct Serve {
    /// The data directory [default: ./banso-data, with --demo ./banso-demo]
    #[arg(long = "data", value_name = "DIR", env = "BANSO_DATA")]
    dir: Option<PathBuf>,
    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Make a fresh ledger of invented businesses and serve it
    #[arg(long)]
    demo: bool,
    /// The plan that a new ledger adopts [default: the bundled one]
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
}

impl Serve {
    pub(super) fn run(self) -> Result<Ending, Failure> {
        // Before anything is opened or made: a port in use leaves no trace.
        let listener = TcpListener::bind(self.listen).map_err(|error| {
            Failure(format!(
                "cannot listen on {}: {error}; choose another --listen",
                self.listen
            ))
        })?;
        listener.set_nonblocking(true).map_err(Failure::new)?;
        let default = if self.demo {
            "./banso-demo"
        } else {
            "./banso-data"
        };
        let dir = self.dir.unwrap_or_else(|| PathBuf::from(default));
        let opened = if self.demo {
            demo::make(&dir)?
        } else {
            open_or_create(&dir, self.plan.as_deref(), Arc::new(SystemClock), false)?
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(Failure::new)?;
        runtime.block_on(serve(listener, Arc::clone(&opened.app)))?;
        drop(runtime);
        opened.close()?;
        Ok(Ending::Fine)
    }
}

async fn serve(listener: TcpListener, app: Arc<App>) -> Result<(), Failure> {
    let listener = tokio::net::TcpListener::from_std(listener).map_err(Failure::new)?;
    let resuming = Arc::clone(&app);
    std::thread::spawn(move || {
        // Before the first visitor asks: the numbers of a long history take a second or two.
        if let Err(error) = resuming.live.look(|_, _| ()) {
            tracing::error!(%error, "the numbers cannot be computed");
        }
        if let Err(error) = blocking(resuming.recorder.resume_erasures()) {
            tracing::error!(%error, "an erasure could not be completed");
        }
    });
    println!("http://{}/", listener.local_addr().map_err(Failure::new)?);
    let service = crate::router(app).into_make_service();
    axum::serve(listener, service)
        .with_graceful_shutdown(stopped())
        .await
        .map_err(Failure::new)
}

async fn stopped() {
    let interrupt = tokio::signal::ctrl_c();
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
    match &mut terminate {
        Ok(terminate) => {
            tokio::select! { _ = interrupt => {}, _ = terminate.recv() => {} }
        }
        Err(_) => {
            let _ = interrupt.await;
        }
    }
}
