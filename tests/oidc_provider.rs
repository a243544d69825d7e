//! OpenID providers that tests log in at: one written here that lies as it is told, and a real one
//! (npm `oidc-provider`) that is started as a process. Both on loopback.
//!
//! The lying one hands codes to the test directly; nobody has to click at it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Url;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A pair of keys with a name.
pub(crate) struct Key {
    pair: EcdsaKeyPair,
    pub(crate) name: &'static str,
}

impl Key {
    pub(crate) fn new(name: &'static str) -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let made = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, made.as_ref(), &random).unwrap();
        Self { pair, name }
    }

    fn public(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        json!({"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.name,
            "x": URL_SAFE_NO_PAD.encode(&point[1..33]), "y": URL_SAFE_NO_PAD.encode(&point[33..])})
    }
}

/// How the next token is signed.
pub(crate) enum Sign {
    /// With the key, under the key's name.
    With(Arc<Key>),
    /// With the first, under the name of the second.
    As(Arc<Key>, &'static str),
    /// `alg: none` and nothing behind the last dot.
    Not,
    /// HS256, the secret being the public key's own bytes.
    Shared,
    /// With a key that the token brings along in its header.
    Own(Arc<Key>),
}

/// Changes what the provider says.
pub(crate) type Change = fn(&mut Value);

/// What the provider does, honest until changed.
pub(crate) struct Lies {
    pub(crate) sign: Sign,
    pub(crate) keys: Vec<Arc<Key>>,
    /// Changes the claims of the next token.
    pub(crate) claims: Change,
    /// Changes its description of itself.
    pub(crate) description: Change,
    /// Junk put after the keys, in bytes.
    pub(crate) junk: usize,
    /// Waits so long before the keys are handed out.
    pub(crate) delay: Duration,
    /// Leads those who ask for keys elsewhere.
    pub(crate) keys_elsewhere: bool,
    /// Who logs in.
    pub(crate) subject: &'static str,
    /// How often the keys were asked for.
    pub(crate) asked_for_keys: usize,
}

struct Given {
    nonce: String,
    challenge: String,
}

/// A provider that a test runs.
#[derive(Clone)]
pub(crate) struct Liar {
    pub(crate) issuer: String,
    lies: Arc<Mutex<Lies>>,
    codes: Arc<Mutex<HashMap<String, Given>>>,
}

impl Liar {
    /// Starts it; it ends with the test's runtime.
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let key = Arc::new(Key::new("first"));
        let lies = Lies {
            sign: Sign::With(Arc::clone(&key)),
            keys: vec![key],
            claims: |_| {},
            description: |_| {},
            junk: 0,
            delay: Duration::ZERO,
            keys_elsewhere: false,
            subject: "hanako-at-the-provider",
            asked_for_keys: 0,
        };
        let liar = Self {
            issuer,
            lies: Arc::new(Mutex::new(lies)),
            codes: Arc::default(),
        };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(description))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .with_state(liar.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        liar
    }

    /// Changes what it does from now on.
    pub(crate) fn lie(&self, change: impl FnOnce(&mut Lies)) {
        change(&mut self.lies.lock().unwrap());
    }

    pub(crate) fn asked_for_keys(&self) -> usize {
        self.lies.lock().unwrap().asked_for_keys
    }

    /// What a browser brings back that was sent to this address: code and state.
    pub(crate) fn authorise(&self, sent_to: &str) -> (String, String) {
        let url: Url = sent_to.parse().unwrap();
        assert_eq!(url.path(), "/authorise");
        let asked: HashMap<_, _> = url.query_pairs().into_owned().collect();
        assert_eq!(asked["response_type"], "code");
        assert_eq!(asked["code_challenge_method"], "S256");
        let mut codes = self.codes.lock().unwrap();
        let code = format!("code-{}", codes.len());
        let given = Given {
            nonce: asked["nonce"].clone(),
            challenge: asked["code_challenge"].clone(),
        };
        codes.insert(code.clone(), given);
        (code, asked["state"].clone())
    }
}

async fn description(State(liar): State<Liar>) -> Json<Value> {
    let issuer = &liar.issuer;
    let mut told = json!({"issuer": issuer, "authorization_endpoint": format!("{issuer}/authorise"),
        "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/keys")});
    (liar.lies.lock().unwrap().description)(&mut told);
    Json(told)
}

async fn keys(State(liar): State<Liar>) -> Response {
    let (delay, answer) = {
        let mut lies = liar.lies.lock().unwrap();
        lies.asked_for_keys += 1;
        let keys: Vec<_> = lies.keys.iter().map(|key| key.public()).collect();
        let junk = " ".repeat(lies.junk);
        let answer = if lies.keys_elsewhere {
            Redirect::to("/token").into_response()
        } else {
            format!("{}{junk}", json!({"keys": keys})).into_response()
        };
        (lies.delay, answer)
    };
    tokio::time::sleep(delay).await;
    answer
}

async fn token(State(liar): State<Liar>, Form(form): Form<HashMap<String, String>>) -> Response {
    let codes = liar.codes.lock().unwrap();
    let Some(given) = codes.get(&form["code"]) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(form["code_verifier"].as_bytes()));
    if challenge != given.challenge {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let lies = liar.lies.lock().unwrap();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = now.unwrap().as_secs();
    let mut claims = json!({"iss": liar.issuer, "sub": lies.subject, "aud": form["client_id"],
        "exp": now + 300, "iat": now, "nonce": given.nonce});
    (lies.claims)(&mut claims);
    Json(json!({"access_token": "x", "token_type": "Bearer", "id_token": signed(&lies, &claims)}))
        .into_response()
}

fn signed(lies: &Lies, claims: &Value) -> String {
    let public = || lies.keys[0].pair.public_key().as_ref().to_vec();
    let header = match &lies.sign {
        Sign::With(key) => json!({"alg": "ES256", "kid": key.name}),
        Sign::As(_, name) => json!({"alg": "ES256", "kid": name}),
        Sign::Not => json!({"alg": "none", "kid": lies.keys[0].name}),
        Sign::Shared => json!({"alg": "HS256", "kid": lies.keys[0].name}),
        Sign::Own(key) => json!({"alg": "ES256", "jwk": key.public(), "kid": key.name}),
    };
    let encoded = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", encoded(&header), encoded(claims));
    let signature = match &lies.sign {
        Sign::With(key) | Sign::As(key, _) | Sign::Own(key) => {
            let signed = key.pair.sign(&SystemRandom::new(), message.as_bytes());
            signed.unwrap().as_ref().to_vec()
        }
        Sign::Not => Vec::new(),
        Sign::Shared => {
            let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &public());
            ring::hmac::sign(&key, message.as_bytes()).as_ref().to_vec()
        }
    };
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}
