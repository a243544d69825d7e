//! Asking the provider over HTTP: bounded in time and length, and never led elsewhere.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, StatusCode, Url};

use super::OidcError;

/// The longest answer that is read, in bytes.
const LONGEST: usize = 256 * 1024;

/// Who asks.
pub(super) struct Fetcher(Client);

impl Fetcher {
    /// `time` is for one whole request, answer included.
    pub(super) fn new(time: Duration, loopback: bool) -> Result<Self, OidcError> {
        // A second call changes nothing: the listener's TLS uses the same provider.
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .timeout(time)
            .connect_timeout(time)
            .redirect(Policy::none());
        // What is on this machine is not asked through a proxy.
        let client = if loopback { client.no_proxy() } else { client };
        let client = client
            .build()
            .map_err(|error| OidcError::Settings(format!("no HTTPS is possible: {error}")))?;
        Ok(Self(client))
    }

    /// What is at an address.
    pub(super) async fn get(&self, url: &Url) -> Result<Vec<u8>, OidcError> {
        answer(self.0.get(url.clone()).header("accept", "application/json")).await
    }

    /// The answer to a form, sent with a client's name and secret where it has one.
    pub(super) async fn post(
        &self,
        url: &Url,
        form: String,
        secret: Option<(&str, &str)>,
    ) -> Result<Vec<u8>, OidcError> {
        let mut request = self
            .0
            .post(url.clone())
            .header("accept", "application/json")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form);
        if let Some((name, secret)) = secret {
            request = request.basic_auth(name, Some(secret));
        }
        answer(request).await
    }
}

async fn answer(request: RequestBuilder) -> Result<Vec<u8>, OidcError> {
    // Without the address: a token endpoint's may hold a secret, an error's text must not.
    let failed = |error: reqwest::Error| OidcError::Provider(error.without_url().to_string());
    let mut response = request.send().await.map_err(failed)?;
    let status = response.status();
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if bytes.len() + chunk.len() > LONGEST {
            return Err(OidcError::provider("the answer is too long"));
        }
        bytes.extend_from_slice(&chunk);
    }
    match status {
        StatusCode::OK => Ok(bytes),
        // A refused code is the caller's fault, not the provider's.
        StatusCode::BAD_REQUEST => Err(OidcError::refused("the provider refused the code")),
        other => Err(OidcError::Provider(format!("it answered {other}"))),
    }
}
