//! The ID token (OpenID Connect Core 1.0, section 3.1.3.7): every claim that says for whom, by
//! whom, for which login and until when.
//!
//! Signature, issuer, audience and times are `jsonwebtoken`'s; the rest is checked here.

use jsonwebtoken::{DecodingKey, Header, Validation, decode, get_current_timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};
use subtle::ConstantTimeEq;

use super::verifier::ACCEPTED;
use super::{OidcError, Settings};

/// Seconds by which clocks may differ.
const LEEWAY: u64 = 60;
/// The longest name of a subject (OpenID Connect Core, section 2).
const LONGEST_SUBJECT: usize = 255;

/// What a token says.
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    iss: String,
    /// Who it is, at this provider.
    pub(super) sub: String,
    /// One name or a list of names.
    aud: Value,
    azp: Option<String>,
    nonce: Option<String>,
    iat: f64,
    /// All other claims.
    #[serde(flatten)]
    pub(super) others: Map<String, Value>,
}

/// The header of a token, if a token with such a header can be accepted at all.
pub(super) fn header(token: &str) -> Result<Header, OidcError> {
    let header = jsonwebtoken::decode_header(token)
        .map_err(|_| OidcError::refused("the ID token has no acceptable header"))?;
    if !ACCEPTED.contains(&header.alg) {
        return Err(OidcError::refused(
            "the ID token is not signed with a public key",
        ));
    }
    // What its maker calls critical must be understood (RFC 7515, section 4.1.11); nothing is.
    if header.crit.is_some() {
        return Err(OidcError::refused("the ID token asks for an extension"));
    }
    Ok(header)
}

/// The claims of a token that is signed by the key and meant for this login.
pub(super) fn checked(
    token: &str,
    header: &Header,
    key: &DecodingKey,
    settings: &Settings,
    nonce: &str,
) -> Result<Claims, OidcError> {
    let mut wanted = Validation::new(header.alg);
    wanted.leeway = LEEWAY;
    wanted.validate_nbf = true;
    wanted.set_issuer(&[&settings.issuer]);
    wanted.set_audience(&[&settings.client_id]);
    wanted.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    let claims = decode::<Claims>(token, key, &wanted)
        // The error names the claim, never its value.
        .map_err(|error| OidcError::Refused(format!("the ID token: {error}")))?
        .claims;
    let refused = |why: &str| Err(OidcError::refused(why));
    if claims.iss != settings.issuer {
        return refused("the ID token names several issuers");
    }
    let sole = claims.aud.as_array().is_none_or(|names| names.len() == 1);
    let party = claims.azp.as_deref();
    if party.is_some_and(|party| party != settings.client_id) || (party.is_none() && !sole) {
        return refused("the ID token is for another party");
    }
    let given = claims.nonce.as_deref().unwrap_or_default();
    if !bool::from(given.as_bytes().ct_eq(nonce.as_bytes())) {
        return refused("the ID token belongs to another login");
    }
    #[allow(clippy::cast_precision_loss, reason = "seconds since 1970 fit")]
    let latest = (get_current_timestamp() + LEEWAY) as f64;
    if claims.iat.is_nan() || claims.iat > latest {
        return refused("the ID token was issued in the future");
    }
    if claims.sub.is_empty() || claims.sub.len() > LONGEST_SUBJECT {
        return refused("the ID token names nobody");
    }
    Ok(claims)
}
