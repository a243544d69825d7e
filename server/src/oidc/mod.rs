//! OpenID Connect: logging in with an account of the organisation, by authorization code with PKCE.
//!
//! Says who somebody is at the provider and which role the provider claims. Whether that person has
//! an account here, and what it may do, is not decided here. Knows no page, no session, no ledger.

mod discovery;
mod fetch;
mod keys;
mod pending;
mod token;
mod verifier;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use form_urlencoded::Serializer;
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use self::discovery::{Provider, address, is_loopback};
use self::fetch::Fetcher;
use self::keys::{Found, Keys};
pub(crate) use self::pending::TIME;
use self::pending::{Begun, Pending};
use self::token::Claims;
use crate::access::Role;

/// Time for one request to the provider.
pub const REQUEST_TIME: Duration = Duration::from_secs(10);
/// How long what the provider says of itself is believed without asking again.
const BELIEVED: Duration = Duration::from_hours(1);

/// What the operator says about the provider.
pub struct Settings {
    /// As it stands in its tokens, to the letter.
    pub issuer: String,
    /// What it calls this server.
    pub client_id: String,
    /// For confidential clients.
    pub client_secret: Option<Zeroizing<String>>,
    /// The claim that names the role; without it the account's own role stands.
    pub roles_claim: Option<String>,
    /// The address of `/oidc/callback` as browsers reach it.
    pub redirect: String,
    /// Time for one request to the provider.
    pub request_time: Duration,
}

/// Why nobody was logged in.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// The settings cannot work.
    #[error("openid connect: {0}")]
    Settings(String),
    /// The provider cannot be reached or does not speak as it should.
    #[error("the provider: {0}")]
    Provider(String),
    /// What came back is not an answer to a login that began here.
    #[error("refused: {0}")]
    Refused(String),
}

impl OidcError {
    fn provider(why: &str) -> Self {
        Self::Provider(why.to_owned())
    }

    fn refused(why: &str) -> Self {
        Self::Refused(why.to_owned())
    }
}

/// Where to send a browser, and the cookie that it must come back with.
pub(crate) struct Departure {
    pub(crate) url: String,
    pub(crate) cookie: String,
}

/// What the provider sends back through the browser.
#[derive(Default)]
pub(crate) struct Returned {
    pub(crate) code: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) issuer: Option<String>,
    pub(crate) error: Option<String>,
}

/// What the provider says of somebody's role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claimed {
    /// It is not asked for.
    NotAsked,
    /// This one.
    Role(Role),
    /// None that is known here, or several.
    Unclear,
}

/// Somebody who showed who they are.
#[derive(Debug)]
pub(crate) struct Identified {
    /// The name at the provider.
    pub(crate) subject: String,
    /// The role that the provider claims.
    pub(crate) role: Claimed,
}

/// The connection to one provider.
pub struct Oidc {
    settings: Settings,
    fetcher: Fetcher,
    provider: Mutex<Option<(Instant, Arc<Provider>, Keys)>>,
    pending: Pending,
}

impl Oidc {
    /// A connection; the provider is asked when somebody first logs in.
    ///
    /// # Errors
    /// [`OidcError::Settings`] for addresses that are not `https` (`http` on this machine).
    pub fn new(settings: Settings) -> Result<Self, OidcError> {
        let named = |what: &str, error: OidcError| OidcError::Settings(format!("{what}: {error}"));
        let issuer = address(&settings.issuer, true).map_err(|error| named("issuer", error))?;
        if issuer.query().is_some() || issuer.fragment().is_some() {
            let why = "the issuer's address has a query or a fragment";
            return Err(OidcError::Settings(why.to_owned()));
        }
        let redirect =
            address(&settings.redirect, true).map_err(|error| named("redirect", error))?;
        if redirect.path() != "/oidc/callback" || redirect.query().is_some() {
            let why = "the redirect must end in /oidc/callback";
            return Err(OidcError::Settings(why.to_owned()));
        }
        verifier::install();
        let fetcher = Fetcher::new(settings.request_time, is_loopback(&issuer))?;
        Ok(Self {
            settings,
            fetcher,
            provider: Mutex::default(),
            pending: Pending::default(),
        })
    }

    /// The provider's name, as accounts are linked to it.
    pub(crate) fn issuer(&self) -> &str {
        &self.settings.issuer
    }

    /// Begins a login.
    pub(crate) async fn begin(&self) -> Result<Departure, OidcError> {
        let (provider, _) = self.provider().await?;
        let (cookie, state, nonce) = (secret()?, secret()?, secret()?);
        let verifier = Zeroizing::new(secret()?);
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
        let mut url = provider.authorization.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", &self.settings.redirect)
            .append_pair("scope", "openid")
            .append_pair("state", &state)
            .append_pair("nonce", &nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        let begun = Begun {
            state,
            nonce,
            verifier,
            at: Instant::now(),
        };
        self.pending.put(&cookie, begun);
        Ok(Departure {
            url: url.into(),
            cookie,
        })
    }

    /// Ends a login: who came back from the provider. Whatever the outcome, the same cookie and
    /// state end no second one.
    pub(crate) async fn finish(
        &self,
        cookie: Option<&str>,
        returned: Returned,
    ) -> Result<Identified, OidcError> {
        let begun = cookie.and_then(|cookie| self.pending.take(cookie, Instant::now()));
        let begun = begun.ok_or_else(|| OidcError::refused("no login began in this browser"))?;
        let state = returned.state.unwrap_or_default();
        if !bool::from(state.as_bytes().ct_eq(begun.state.as_bytes())) {
            return Err(OidcError::refused("the state belongs to another login"));
        }
        let (provider, keys) = self.provider().await?;
        // RFC 9207: an answer of another provider is not carried to this one.
        let named = returned.issuer.as_deref();
        if named.is_some_and(|named| named != self.settings.issuer)
            || (named.is_none() && provider.names_itself)
        {
            return Err(OidcError::refused("the answer is another provider's"));
        }
        if returned.error.is_some() {
            return Err(OidcError::refused("the provider did not log the person in"));
        }
        let code = returned.code.unwrap_or_default();
        if code.is_empty() {
            return Err(OidcError::refused("there is no code"));
        }
        let token = self.exchange(&provider, &code, &begun.verifier).await?;
        let claims = self.claims(&provider, keys, &token, &begun.nonce).await?;
        let role = self.role(&claims.others);
        Ok(Identified {
            subject: claims.sub,
            role,
        })
    }

    /// The ID token for a code.
    async fn exchange(
        &self,
        provider: &Provider,
        code: &str,
        verifier: &str,
    ) -> Result<Zeroizing<String>, OidcError> {
        #[derive(Deserialize)]
        struct Answer {
            id_token: Option<String>,
        }
        let (form, basic) = self.request(provider, code, verifier);
        let basic = basic
            .as_ref()
            .map(|(name, secret)| (name.as_str(), secret.as_str()));
        let answer = self.fetcher.post(&provider.token, form, basic).await?;
        let answer: Answer = serde_json::from_slice(&answer)
            .map_err(|_| OidcError::provider("the answer to the code is not JSON"))?;
        let token = answer
            .id_token
            .ok_or_else(|| OidcError::provider("the answer to the code holds no ID token"))?;
        Ok(Zeroizing::new(token))
    }

    /// The form that asks for the token, and the client's name and secret for the header.
    fn request(
        &self,
        provider: &Provider,
        code: &str,
        verifier: &str,
    ) -> (String, Option<(String, Zeroizing<String>)>) {
        let Settings {
            client_id,
            client_secret,
            redirect,
            ..
        } = &self.settings;
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", redirect)
            .append_pair("code_verifier", verifier);
        // RFC 6749, section 2.3.1: name and secret are encoded before they go into the header.
        let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let basic = match client_secret {
            Some(secret) if provider.takes_basic => {
                Some((encoded(client_id), Zeroizing::new(encoded(secret))))
            }
            Some(secret) => {
                form.append_pair("client_id", client_id)
                    .append_pair("client_secret", secret);
                None
            }
            None => {
                form.append_pair("client_id", client_id);
                None
            }
        };
        (form.finish(), basic)
    }

    /// What the token says, once it is checked; an unknown key is looked for once more.
    async fn claims(
        &self,
        provider: &Arc<Provider>,
        keys: Keys,
        token: &str,
        nonce: &str,
    ) -> Result<Claims, OidcError> {
        let header = token::header(token)?;
        let key = match keys.find(&header)? {
            Found::Key(key) => key,
            Found::Unknown => {
                let fresh = Keys::read(&self.fetcher.get(&provider.keys).await?)?;
                self.remember(Arc::clone(provider), fresh.clone());
                match fresh.find(&header)? {
                    Found::Key(key) => key,
                    Found::Unknown => {
                        return Err(OidcError::refused(
                            "the ID token's key is not the provider's",
                        ));
                    }
                }
            }
        };
        token::checked(token, &header, &key, &self.settings, nonce)
    }

    fn role(&self, claims: &Map<String, Value>) -> Claimed {
        let Some(name) = &self.settings.roles_claim else {
            return Claimed::NotAsked;
        };
        let words: Vec<&str> = match claims.get(name) {
            Some(Value::String(word)) => vec![word],
            Some(Value::Array(words)) => words.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let is_named = |role: &Role| words.contains(&role.name());
        let mut roles = Role::ALL.into_iter().filter(is_named);
        match (roles.next(), roles.next()) {
            (Some(role), None) => Claimed::Role(role),
            _ => Claimed::Unclear,
        }
    }

    /// What the provider says of itself, asked for again after an hour.
    async fn provider(&self) -> Result<(Arc<Provider>, Keys), OidcError> {
        let held = self.held().clone();
        if let Some((at, provider, keys)) = held
            && at.elapsed() < BELIEVED
        {
            return Ok((provider, keys));
        }
        let provider = discovery::ask(&self.fetcher, &self.settings.issuer).await?;
        let provider = Arc::new(provider);
        let keys = Keys::read(&self.fetcher.get(&provider.keys).await?)?;
        self.remember(Arc::clone(&provider), keys.clone());
        Ok((provider, keys))
    }

    fn remember(&self, provider: Arc<Provider>, keys: Keys) {
        *self.held() = Some((Instant::now(), provider, keys));
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Option<(Instant, Arc<Provider>, Keys)>> {
        self.provider.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn secret() -> Result<String, OidcError> {
    let mut random = [0_u8; 32];
    getrandom::fill(&mut random).map_err(|_| OidcError::provider("no random bytes"))?;
    Ok(URL_SAFE_NO_PAD.encode(random))
}
