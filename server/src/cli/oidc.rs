//! The settings of OpenID Connect on the command line of `banso serve`.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use clap::Args;
use zeroize::Zeroizing;

use super::Failure;
use crate::oidc::{Oidc, REQUEST_TIME, Settings};

#[derive(Args)]
pub(super) struct OidcArgs {
    /// Let people log in with accounts of the organisation: the provider's issuer (OpenID Connect)
    #[arg(
        long,
        value_name = "URL",
        env = "BANSO_OIDC_ISSUER",
        requires = "oidc_client_id"
    )]
    oidc_issuer: Option<String>,
    /// What the provider calls this server
    #[arg(
        long,
        value_name = "ID",
        env = "BANSO_OIDC_CLIENT_ID",
        requires = "oidc_issuer"
    )]
    oidc_client_id: Option<String>,
    /// A file with the client's secret, where the provider gave one
    #[arg(
        long,
        value_name = "FILE",
        env = "BANSO_OIDC_CLIENT_SECRET_FILE",
        requires = "oidc_issuer"
    )]
    oidc_client_secret_file: Option<PathBuf>,
    /// The claim that names the role (advisor, clerk, manager, committee); without it the role that
    /// the ledger shows stands
    #[arg(
        long,
        value_name = "NAME",
        env = "BANSO_OIDC_ROLES_CLAIM",
        requires = "oidc_issuer"
    )]
    oidc_roles_claim: Option<String>,
    /// The address of /oidc/callback as browsers reach it [default on loopback: the one listened on]
    #[arg(
        long,
        value_name = "URL",
        env = "BANSO_OIDC_REDIRECT",
        requires = "oidc_issuer"
    )]
    oidc_redirect: Option<String>,
}

impl OidcArgs {
    /// The connection, if one is wanted. `address` is where the server listens.
    pub(super) fn connection(
        self,
        address: SocketAddr,
        encrypted: bool,
    ) -> Result<Option<Oidc>, Failure> {
        let (Some(issuer), Some(client_id)) = (self.oidc_issuer, self.oidc_client_id) else {
            return Ok(None);
        };
        let redirect = match self.oidc_redirect {
            Some(redirect) => redirect,
            // Never from the Host header: whoever asks would choose where codes go.
            None if address.ip().is_loopback() => {
                let scheme = if encrypted { "https" } else { "http" };
                format!("{scheme}://{address}/oidc/callback")
            }
            None => {
                let why =
                    "give --oidc-redirect: the address of /oidc/callback as browsers reach it";
                return Err(Failure(why.to_owned()));
            }
        };
        let client_secret = self
            .oidc_client_secret_file
            .as_deref()
            .map(secret)
            .transpose()?;
        let settings = Settings {
            issuer,
            client_id,
            client_secret,
            roles_claim: self.oidc_roles_claim,
            redirect,
            request_time: REQUEST_TIME,
        };
        Oidc::new(settings).map(Some).map_err(Failure::new)
    }
}

fn secret(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let name = path.display();
    let failed = |error: std::io::Error| Failure(format!("{name}: {error}"));
    let mode = std::fs::metadata(path)
        .map_err(failed)?
        .permissions()
        .mode();
    if mode & 0o007 != 0 {
        return Err(Failure(format!(
            "{name}: everybody on this machine may read it; take that away with chmod o-rwx"
        )));
    }
    let text = Zeroizing::new(std::fs::read_to_string(path).map_err(failed)?);
    let secret = Zeroizing::new(text.trim().to_owned());
    if secret.is_empty() {
        return Err(Failure(format!("{name}: there is no secret in it")));
    }
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        oidc: OidcArgs,
    }

    fn connection(listen: &str, arguments: &[&str]) -> Result<bool, String> {
        let line = std::iter::once("serve").chain(arguments.iter().copied());
        let parsed = Line::try_parse_from(line).map_err(|error| error.to_string())?;
        let made = parsed.oidc.connection(listen.parse().unwrap(), false);
        made.map(|made| made.is_some())
            .map_err(|failure| failure.to_string())
    }

    const WANTED: [&str; 4] = [
        "--oidc-issuer",
        "https://id.example",
        "--oidc-client-id",
        "banso",
    ];

    #[test]
    fn a_provider_is_connected_only_with_all_that_it_needs() {
        assert_eq!(connection("127.0.0.1:8080", &[]), Ok(false));
        assert_eq!(connection("127.0.0.1:8080", &WANTED), Ok(true));
        assert!(connection("127.0.0.1:8080", &WANTED[..2]).is_err());
        let plain = [
            "--oidc-issuer",
            "http://id.example",
            "--oidc-client-id",
            "banso",
        ];
        assert!(
            connection("127.0.0.1:8080", &plain)
                .unwrap_err()
                .contains("https")
        );
    }

    #[test]
    fn where_codes_go_is_said_by_the_operator_and_by_nobody_else() {
        let refused = connection("192.0.2.1:443", &WANTED).unwrap_err();
        assert!(refused.contains("--oidc-redirect"), "{refused}");
        let with = |redirect| [&WANTED[..], &["--oidc-redirect", redirect]].concat();
        let good = with("https://banso.example/oidc/callback");
        assert_eq!(connection("192.0.2.1:443", &good), Ok(true));
        for bad in [
            "https://banso.example/elsewhere",
            "http://banso.example/oidc/callback",
        ] {
            assert!(connection("192.0.2.1:443", &with(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_secret_that_everybody_may_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        std::fs::write(&path, "hush\n").unwrap();
        let mode = |mode| {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        mode(0o644);
        assert!(secret(&path).is_err());
        mode(0o600);
        assert_eq!(&*secret(&path).unwrap(), "hush");
    }
}
