//! Errors as `application/problem+json` (RFC 9457).
//!
//! The title is Japanese for people, the detail names the value for whoever wrote the client.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use banso_core::json::FieldError;
use banso_store::StoreError;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::ja;
use crate::recorder::Refusal;

/// One problem.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// A URN that names the kind of problem.
    #[serde(rename = "type")]
    kind: String,
    /// What is wrong, in Japanese.
    title: &'static str,
    /// The HTTP status.
    pub(crate) status: u16,
    /// What is wrong, naming the value.
    detail: String,
    /// The rule that refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'static str>,
    /// Every faulty field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Object>)]
    errors: Vec<FieldError>,
    /// The version that the subject has.
    #[serde(skip_serializing_if = "Option::is_none")]
    current_version: Option<u64>,
    /// The entries that came in between.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Object>>)]
    events: Option<Vec<Box<RawValue>>>,
}

impl Problem {
    /// A problem of a status.
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let status = status.as_u16();
        Self {
            kind: format!("urn:banso:problem:{status}"),
            title: ja::status(status),
            status,
            detail: detail.into(),
            rule: None,
            errors: Vec::new(),
            current_version: None,
            events: None,
        }
    }

    /// 400 with faulty fields.
    pub(crate) fn fields(errors: Vec<FieldError>) -> Self {
        let names: Vec<_> = errors
            .iter()
            .map(|error| {
                format!(
                    "{} {}",
                    if error.pointer.is_empty() {
                        "/"
                    } else {
                        &error.pointer
                    },
                    error.detail
                )
            })
            .collect();
        Self {
            errors,
            ..Self::new(StatusCode::BAD_REQUEST, names.join("; "))
        }
    }

    /// 400 for a query parameter.
    pub(crate) fn parameter(name: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let error = FieldError::new(format!("?{name}"), detail.clone());
        let new = Self::new(StatusCode::BAD_REQUEST, format!("{name}: {detail}"));
        Self {
            errors: vec![error],
            ..new
        }
    }

    /// 401.
    pub(crate) fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "send Authorization: Bearer TOKEN, or log in",
        )
    }

    /// 403.
    pub(crate) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, detail)
    }

    /// 404.
    pub(crate) fn not_found(what: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, what)
    }

    fn rule(rule: &'static str, detail: String) -> Self {
        Self {
            kind: format!("urn:banso:problem:{rule}"),
            title: ja::rule(rule),
            rule: Some(rule),
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let detail = refusal.to_string();
        match refusal {
            Refusal::Fields(errors) => Self::fields(errors),
            Refusal::Rule(rejection) => Self::rule(rejection.rule, rejection.detail),
            Refusal::Forbidden(detail) => Self::forbidden(detail),
            Refusal::OtherContent { .. } => Self::new(StatusCode::CONFLICT, detail),
            Refusal::WrongVersion {
                current, between, ..
            } => Self {
                current_version: Some(current),
                events: Some(between.iter().filter_map(|bytes| raw(bytes)).collect()),
                ..Self::new(StatusCode::PRECONDITION_FAILED, detail)
            },
            Refusal::TooLarge { .. } => Self::new(StatusCode::PAYLOAD_TOO_LARGE, detail),
            Refusal::Stopped(detail) => Self::new(StatusCode::SERVICE_UNAVAILABLE, detail),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::OutOfRange { .. } => Self::not_found(error.to_string()),
            _ => {
                tracing::error!(%error, "the store failed");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string())
            }
        }
    }
}

/// Stored bytes as they are, inside another JSON value.
pub(crate) fn raw(bytes: &[u8]) -> Option<Box<RawValue>> {
    serde_json::from_slice(bytes).ok()
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        let json = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, json);
        match status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("30"));
            }
            _ => {}
        }
        response
    }
}
