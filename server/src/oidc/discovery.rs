//! What a provider says of itself (OpenID Connect Discovery 1.0), and which addresses are believed.

use reqwest::Url;
use serde::Deserialize;

use super::OidcError;
use super::fetch::Fetcher;

/// Where a provider does what.
#[derive(Debug)]
pub(super) struct Provider {
    /// Where browsers go.
    pub(super) authorization: Url,
    /// Where codes become tokens.
    pub(super) token: Url,
    /// Where its public keys are.
    pub(super) keys: Url,
    /// A client's secret may go into the `Authorization` header.
    pub(super) takes_basic: bool,
    /// Its answers name it (RFC 9207).
    pub(super) names_itself: bool,
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// Asks the provider for its addresses.
pub(super) async fn ask(fetcher: &Fetcher, issuer: &str) -> Result<Provider, OidcError> {
    let base = address(issuer, true)?;
    let plain = is_loopback(&base) && base.scheme() == "http";
    let place = format!(
        "{}/.well-known/openid-configuration",
        issuer.trim_end_matches('/')
    );
    let bytes = fetcher.get(&address(&place, plain)?).await?;
    let document: Document = serde_json::from_slice(&bytes)
        .map_err(|_| OidcError::provider("its description of itself cannot be read"))?;
    if document.issuer != issuer {
        return Err(OidcError::provider("it calls itself by another name"));
    }
    // Without a list, the header is the standard's default.
    let methods = document.token_endpoint_auth_methods_supported;
    let takes_basic =
        methods.is_none_or(|methods| methods.iter().any(|method| method == "client_secret_basic"));
    Ok(Provider {
        authorization: address(&document.authorization_endpoint, plain)?,
        token: address(&document.token_endpoint, plain)?,
        keys: address(&document.jwks_uri, plain)?,
        takes_basic,
        names_itself: document.authorization_response_iss_parameter_supported,
    })
}

/// An address that codes and tokens may be sent to: `https`, or `http` on this machine.
pub(super) fn address(text: &str, plain_at_home: bool) -> Result<Url, OidcError> {
    let url: Url = text
        .parse()
        .map_err(|_| OidcError::provider("an address is no URL"))?;
    let at_home = plain_at_home && url.scheme() == "http" && is_loopback(&url);
    if url.scheme() != "https" && !at_home {
        return Err(OidcError::provider("an address is not https"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(OidcError::provider("an address holds a password"));
    }
    Ok(url)
}

/// Whether an address is on this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || bare
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_tokens_go_over_https_or_stay_on_this_machine() {
        for good in [
            "https://id.example/a",
            "http://127.0.0.1:9/",
            "http://[::1]:9/",
        ] {
            assert!(address(good, true).is_ok(), "{good}");
        }
        for bad in [
            "http://id.example/",
            "http://127.0.0.1.evil.example/",
            "https://me:secret@id.example/",
            "file:///etc/passwd",
            "//id.example",
        ] {
            assert!(address(bad, true).is_err(), "{bad}");
        }
        assert!(address("http://127.0.0.1:9/", false).is_err());
    }
}
