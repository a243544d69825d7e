//! `banso serve`: the HTTP service, on a ledger of its own or on a fresh demo.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::ledger::{blocking, open_keeping};
use super::oidc::OidcArgs;
use super::{Ending, Failure, demo};
use crate::access_log::DAYS_KEPT;
use crate::app::App;
use crate::clock::SystemClock;
use crate::web::listen::{HEADER_TIME, Listening};
use crate::web::{self, tls};

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
    /// Encrypt with this certificate chain (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The private key of the certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// A reverse proxy in front encrypts, and sets X-Forwarded-For and X-Forwarded-Proto
    #[arg(long)]
    behind_proxy: bool,
    /// How many days the access log is kept
    #[arg(long, value_name = "DAYS", default_value_t = DAYS_KEPT,
        value_parser = clap::value_parser!(u32).range(1..))]
    access_log_days: u32,
    #[command(flatten)]
    oidc: OidcArgs,
}

impl Serve {
    pub(super) fn run(self) -> Result<Ending, Failure> {
        let how = self.listening()?;
        // Before anything is opened or made: a port in use leaves no trace.
        let listener = TcpListener::bind(self.listen).map_err(|error| {
            Failure(format!(
                "cannot listen on {}: {error}; choose another --listen",
                self.listen
            ))
        })?;
        listener.set_nonblocking(true).map_err(Failure::new)?;
        let address = listener.local_addr().map_err(Failure::new)?;
        let oidc = self.oidc.connection(address, how.tls.is_some())?;
        let default = if self.demo {
            "./banso-demo"
        } else {
            "./banso-data"
        };
        let dir = self.dir.unwrap_or_else(|| PathBuf::from(default));
        let opened = if self.demo {
            demo::make(&dir)?
        } else {
            let clock = Arc::new(SystemClock);
            open_keeping(
                &dir,
                self.plan.as_deref(),
                clock,
                false,
                self.access_log_days,
            )?
        };
        if let Some(oidc) = oidc {
            let _ = opened.app.oidc.set(oidc);
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(Failure::new)?;
        runtime.block_on(serve(listener, Arc::clone(&opened.app), how))?;
        drop(runtime);
        opened.close()?;
        Ok(Ending::Fine)
    }

    /// Refuses to carry passwords and names over a network in the clear.
    fn listening(&self) -> Result<Listening, Failure> {
        let tls = match (&self.tls_cert, &self.tls_key) {
            (Some(certificate), Some(key)) => {
                Some(tls::acceptor(certificate, key).map_err(Failure::new)?)
            }
            _ => None,
        };
        if !self.listen.ip().is_loopback() && tls.is_none() && !self.behind_proxy {
            return Err(Failure(format!(
                "{} can be reached from outside: give --tls-cert and --tls-key, or --behind-proxy \
                 where a proxy encrypts",
                self.listen
            )));
        }
        Ok(Listening {
            tls,
            behind_proxy: self.behind_proxy,
            header_time: HEADER_TIME,
        })
    }
}

async fn serve(listener: TcpListener, app: Arc<App>, how: Listening) -> Result<(), Failure> {
    let listener = tokio::net::TcpListener::from_std(listener).map_err(Failure::new)?;
    let resuming = Arc::clone(&app);
    std::thread::spawn(move || {
        // Before the first visitor asks: the numbers of a long history take a second or two.
        if let Err(error) = resuming.live.look(|_, _| ()) {
            tracing::error!(%error, "the numbers cannot be computed");
        }
        let names = resuming.casebook.look(&resuming.directory, |_| ());
        if let Err(error) = names.and_then(|()| resuming.directory.look(|_| ())) {
            tracing::error!(%error, "cases and businesses cannot be listed");
        }
        if let Err(error) = blocking(resuming.recorder.resume_erasures()) {
            tracing::error!(%error, "an erasure could not be completed");
        }
    });
    let address = listener.local_addr().map_err(Failure::new)?;
    let scheme = if how.tls.is_some() { "https" } else { "http" };
    say(format_args!("{scheme}://{address}/"));
    // The first account can be made by whoever sees this console, and by nobody else.
    if app.people.nobody()
        && let Some(key) = app.setup.make()
    {
        say(format_args!(
            "最初のアカウントの登録（一度だけ使えます）: {scheme}://{address}/setup?key={key}"
        ));
    }
    web::listen::serve(listener, crate::router(app), how, stopped()).await;
    Ok(())
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

/// A line for whoever started the server. If nobody reads any more, that is no reason to end.
fn say(line: std::fmt::Arguments<'_>) {
    use std::io::Write as _;
    let _nobody_reads = writeln!(std::io::stdout(), "{line}");
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        serve: Serve,
    }

    fn listening(arguments: &[&str]) -> Result<(), String> {
        let line = std::iter::once("serve").chain(arguments.iter().copied());
        let parsed = Line::try_parse_from(line).map_err(|error| error.to_string())?;
        let listening = parsed.serve.listening();
        listening.map(|_| ()).map_err(|failure| failure.to_string())
    }

    #[test]
    fn nothing_is_carried_over_a_network_in_the_clear_unless_a_proxy_is_named() {
        assert_eq!(listening(&[]), Ok(()));
        assert_eq!(listening(&["--listen", "[::1]:8080"]), Ok(()));
        let refused = listening(&["--listen", "0.0.0.0:8080"]).unwrap_err();
        assert!(refused.contains("--tls-cert"), "{refused}");
        assert!(listening(&["--listen", "192.0.2.1:80"]).is_err());
        assert_eq!(
            listening(&["--listen", "0.0.0.0:8080", "--behind-proxy"]),
            Ok(())
        );
        assert!(
            listening(&["--tls-cert", "a.pem"]).is_err(),
            "a key is needed too"
        );
    }
}
