//! What stands between the network and the handlers: connections, headers, origin, rate, rights.
//!
//! Knows nothing of what a handler does.

pub(crate) mod guard;
mod headers;
mod limits;
pub(crate) mod listen;
mod origin;
pub(crate) mod tls;
pub(crate) mod visit;

pub(crate) use self::guard::{Identity, Via, guarded};
pub(crate) use self::headers::hardened;
pub(crate) use self::limits::Limits;

use std::net::{IpAddr, Ipv4Addr};

use axum::http::Extensions;

/// How a request came in; set by the listener.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Transport {
    /// From where; behind a proxy, what the proxy says.
    pub(crate) address: IpAddr,
    /// Encrypted on its way, here or at the proxy.
    pub(crate) secure: bool,
}

impl Transport {
    /// As the listener noted it; requests that came by no listener count as local.
    pub(crate) fn of(extensions: &Extensions) -> Self {
        let local = Self {
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            secure: false,
        };
        extensions.get().copied().unwrap_or(local)
    }
}
