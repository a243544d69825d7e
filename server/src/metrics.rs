//! Counters and gauges for `/metrics` (OpenMetrics text). Holds no personal field and no id.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    route: String,
    status: u16,
}

/// The server's metrics, in a registry of their own.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Labels, Counter>,
    seconds: Histogram,
    entries: Gauge<i64>,
    writable: Gauge<i64>,
    lag: Gauge<i64>,
    events: Counter<u64, AtomicU64>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let requests = Family::default();
        let seconds = Histogram::new(exponential_buckets(0.000_25, 2.0, 16));
        let (entries, writable, lag) = (Gauge::default(), Gauge::default(), Gauge::default());
        let events = Counter::default();
        let mut registry = Registry::with_prefix("banso");
        registry.register(
            "http_requests",
            "HTTP requests by route and status",
            requests.clone(),
        );
        registry.register("http_request_seconds", "Time to answer", seconds.clone());
        registry.register("ledger_entries", "Durable entries", entries.clone());
        registry.register(
            "ledger_writable",
            "1 while the ledger takes events",
            writable.clone(),
        );
        registry.register("index_lag_entries", "Entries not indexed yet", lag.clone());
        registry.register(
            "events_recorded",
            "Events recorded since the start",
            events.clone(),
        );
        Self {
            registry,
            requests,
            seconds,
            entries,
            writable,
            lag,
            events,
        }
    }

    pub(crate) fn answered(&self, route: &str, status: u16, took: Duration) {
        self.requests
            .get_or_create(&Labels {
                route: route.to_owned(),
                status,
            })
            .inc();
        self.seconds.observe(took.as_secs_f64());
    }

    pub(crate) fn recorded(&self) {
        self.events.inc();
    }

    pub(crate) fn text(&self, status: &banso_store::Status) -> String {
        let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        self.entries.set(whole(status.size));
        self.writable.set(i64::from(status.writable));
        self.lag
            .set(whole(status.sequenced.saturating_sub(status.indexed)));
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
