//! The provider's public keys (JWKS, RFC 7517): which one a token names, and whether it fits.

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Header};
use serde::Deserialize;
use serde_json::Value;

use super::OidcError;

/// The keys of one provider, as they were fetched.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys(Vec<Jwk>);

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

/// What looking for a token's key gave.
pub(super) enum Found {
    /// The key to check with.
    Key(Box<DecodingKey>),
    /// No key has that name; the provider may have changed its keys.
    Unknown,
}

impl Keys {
    /// Reads a JWKS; keys of a kind that nobody here knows are passed over.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, OidcError> {
        let document: Document = serde_json::from_slice(bytes)
            .map_err(|_| OidcError::provider("the keys are not a JSON Web Key Set"))?;
        let known = document
            .keys
            .into_iter()
            .filter_map(|key| serde_json::from_value(key).ok());
        Ok(Self(known.collect()))
    }

    /// The key that a token's header names; without a name the only one that fits.
    pub(super) fn find(&self, header: &Header) -> Result<Found, OidcError> {
        let fitting = |key: &&Jwk| fits(key, header.alg);
        let key = match &header.kid {
            Some(name) => {
                let named = |key: &&Jwk| key.common.key_id.as_ref() == Some(name);
                let Some(key) = self.0.iter().find(named) else {
                    return Ok(Found::Unknown);
                };
                Some(key).filter(fitting)
            }
            None => {
                let mut all = self.0.iter().filter(fitting);
                all.next().filter(|_| all.next().is_none())
            }
        };
        let key = key.ok_or_else(|| OidcError::refused("no key of the provider fits the token"))?;
        let key = DecodingKey::from_jwk(key)
            .map_err(|_| OidcError::refused("the provider's key cannot be read"))?;
        Ok(Found::Key(Box::new(key)))
    }
}

/// A key serves one kind of algorithm, and the one it names if it names one (RFC 8725, 3.1).
fn fits(key: &Jwk, algorithm: Algorithm) -> bool {
    let signs = !matches!(
        key.common.public_key_use,
        Some(PublicKeyUse::Encryption | PublicKeyUse::Other(_))
    );
    let named = key
        .common
        .key_algorithm
        .is_none_or(|named| named == KeyAlgorithm::from(algorithm));
    let kind = match &key.algorithm {
        AlgorithmParameters::RSA(_) => matches!(
            algorithm,
            Algorithm::RS256
                | Algorithm::RS384
                | Algorithm::RS512
                | Algorithm::PS256
                | Algorithm::PS384
                | Algorithm::PS512
        ),
        AlgorithmParameters::EllipticCurve(key) => matches!(
            (&key.curve, algorithm),
            (EllipticCurve::P256, Algorithm::ES256) | (EllipticCurve::P384, Algorithm::ES384)
        ),
        AlgorithmParameters::OctetKeyPair(key) => {
            key.curve == EllipticCurve::Ed25519 && algorithm == Algorithm::EdDSA
        }
        _ => false,
    };
    signs && named && kind
}
