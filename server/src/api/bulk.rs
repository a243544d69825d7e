//! Many events in one request: NDJSON in, NDJSON out, in order, each durable when its line is sent.
//!
//! Lines are decided while earlier ones wait for the disk, so one fsync serves many of them.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use serde_json::json;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::events::{BODY_LIMIT, NDJSON, parse, receipt_of};
use crate::app::App;
use crate::problem::Problem;
use crate::recorder::{Author, Sequenced};

/// Lines that may wait for the disk at once.
const IN_FLIGHT: usize = 4096;

struct Decided {
    line: u64,
    outcome: Result<Sequenced, Problem>,
}

/// Answers one line for each line of the body.
pub(super) fn record(app: Arc<App>, author: Author, body: Body, receipt: bool) -> Response {
    let (send, receive) = mpsc::channel(IN_FLIGHT);
    tokio::spawn(read_lines(Arc::clone(&app), author, body, send));
    let answers = ReceiverStream::new(receive).then(move |decided: Decided| {
        let app = Arc::clone(&app);
        async move { Ok::<_, std::convert::Infallible>(answer(&app, decided, receipt).await) }
    });
    let mut response = Body::from_stream(answers).into_response();
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(NDJSON));
    response
}

async fn answer(app: &App, decided: Decided, receipt: bool) -> Bytes {
    let Decided { line, outcome } = decided;
    let settled = match outcome {
        Ok(sequenced) => app.recorder.settle(sequenced).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    let answer = match settled {
        Ok(recording) => {
            let status = if recording.replayed { 200 } else { 201 };
            if !recording.replayed {
                app.metrics.recorded();
            }
            let appended = &recording.appended;
            let mut answer = json!({"line": line, "status": status,
                "position": appended.position, "version": appended.version});
            // A receipt that cannot be made now can be asked for later; the line is recorded.
            if receipt && let Ok(receipt) = receipt_of(app, &recording) {
                answer["receipt"] = receipt;
            }
            answer
        }
        Err(problem) => json!({"line": line, "status": problem.status, "problem": problem}),
    };
    Bytes::from(format!("{answer}\n"))
}

async fn read_lines(app: Arc<App>, author: Author, body: Body, send: mpsc::Sender<Decided>) {
    let mut lines = Lines::default();
    let mut stream = body.into_data_stream();
    let mut broken = None;
    loop {
        let ready = match stream.next().await {
            Some(Ok(chunk)) => lines.take(&chunk),
            Some(Err(error)) => {
                broken = Some(error.to_string());
                Vec::new()
            }
            None => lines.last(),
        };
        let ended = ready.is_empty() && lines.ended;
        for (line, bytes) in ready {
            let outcome = decide(&app, &author, bytes);
            // The client went away: what it sent so far stays recorded, the rest is not read.
            if send.send(Decided { line, outcome }).await.is_err() {
                return;
            }
        }
        if let Some(reason) = broken {
            let problem = Problem::new(
                StatusCode::BAD_REQUEST,
                format!("the body broke off: {reason}"),
            );
            let _ = send
                .send(Decided {
                    line: lines.count + 1,
                    outcome: Err(problem),
                })
                .await;
            return;
        }
        if ended {
            return;
        }
    }
}

fn decide(
    app: &App,
    author: &Author,
    line: Result<Vec<u8>, TooLong>,
) -> Result<Sequenced, Problem> {
    let bytes = line.map_err(|TooLong| {
        let detail = format!("the line has over {BODY_LIMIT} bytes");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
    })?;
    Ok(app.recorder.sequence(author, parse(&bytes)?)?)
}

struct TooLong;

type Line = (u64, Result<Vec<u8>, TooLong>);

/// Cuts a stream of chunks into lines; blank ones are counted but not answered.
#[derive(Default)]
struct Lines {
    count: u64,
    partial: Vec<u8>,
    overflowed: bool,
    ended: bool,
}

impl Lines {
    fn take(&mut self, chunk: &[u8]) -> Vec<Line> {
        let mut ready = Vec::new();
        let mut pieces = chunk.split(|byte| *byte == b'\n');
        let last = pieces.next_back().unwrap_or_default();
        for piece in pieces {
            self.push(piece);
            ready.extend(self.finish());
        }
        self.push(last);
        ready
    }

    fn last(&mut self) -> Vec<Line> {
        self.ended = true;
        self.finish().into_iter().collect()
    }

    fn push(&mut self, piece: &[u8]) {
        if self.overflowed || self.partial.len() + piece.len() > BODY_LIMIT {
            self.overflowed = true;
            self.partial.clear();
        } else {
            self.partial.extend_from_slice(piece);
        }
    }

    fn finish(&mut self) -> Option<Line> {
        self.count += 1;
        let bytes = std::mem::take(&mut self.partial);
        if std::mem::take(&mut self.overflowed) {
            return Some((self.count, Err(TooLong)));
        }
        let blank = bytes.iter().all(u8::is_ascii_whitespace);
        (!blank).then_some((self.count, Ok(bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(chunks: &[&str]) -> Vec<(u64, Option<String>)> {
        let mut lines = Lines::default();
        let mut all = Vec::new();
        for chunk in chunks {
            all.extend(lines.take(chunk.as_bytes()));
        }
        all.extend(lines.last());
        let text = |bytes: Result<Vec<u8>, TooLong>| {
            bytes.ok().map(|bytes| String::from_utf8(bytes).unwrap())
        };
        all.into_iter()
            .map(|(line, bytes)| (line, text(bytes)))
            .collect()
    }

    #[test]
    fn lines_are_cut_wherever_the_chunks_end() {
        let expected = vec![(1, Some("ab".to_owned())), (3, Some("c".to_owned()))];
        assert_eq!(cut(&["ab\n\nc"]), expected);
        assert_eq!(cut(&["a", "b", "\n", "\n", "c", "\n"]), expected);
    }

    #[test]
    fn a_line_that_is_too_long_is_refused_and_the_next_is_read() {
        let long = "x".repeat(BODY_LIMIT + 1);
        assert_eq!(
            cut(&[&long, "\nok\n"]),
            vec![(1, None), (2, Some("ok".to_owned()))]
        );
    }
}
