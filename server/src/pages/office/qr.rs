//! The checkpoint as a QR code, so that a paper copy can be read back by a phone.
//!
//! Holds the ledger's own signed note and nothing else. The text printed beside it is what the
//! browser has verified; the code spares typing and proves nothing by itself.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use qrcode::render::svg::Color;
use qrcode::{EcLevel, QrCode};

use crate::app::App;
use crate::problem::Problem;

/// Pixels of the picture; the style makes it as large as it is printed.
const SIDE: u32 = 240;

/// The checkpoint of a size as a picture.
pub(super) async fn code(
    State(app): State<Arc<App>>,
    Path(size): Path<String>,
) -> Result<Response, Problem> {
    let size = size
        .parse::<u64>()
        .ok()
        .filter(|size| *size <= app.store.size())
        .ok_or_else(|| Problem::not_found(format!("the ledger had never \"{size}\" entries")))?;
    let note = app.store.checkpoint_at(size)?;
    let picture = drawn(&note).ok_or_else(|| {
        let detail = "the checkpoint is too long for a code";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
    })?;
    let kind = HeaderValue::from_static("image/svg+xml");
    Ok(([(header::CONTENT_TYPE, kind)], picture).into_response())
}

/// Readable although a stamp or a fold hides some of it.
fn encoded(note: &str) -> Option<QrCode> {
    QrCode::with_error_correction_level(note, EcLevel::M).ok()
}

fn drawn(note: &str) -> Option<String> {
    let code = encoded(note)?;
    let picture = code
        .render()
        .min_dimensions(SIDE, SIDE)
        .dark_color(Color("#000"))
        .light_color(Color("#fff"))
        .build();
    Some(picture)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTE: &str = "banso/4250005000529\n6090\nmSwg3J5A4CT8kf3LQn4mp27nOjgOLgwWXuTaDFzI6N4=\n\n\
        \u{2014} banso/4250005000529 bf4LD2qO1ei2IUk2/pyiT0rw3HEOQTQG8iRPZEjhrR5YrBzeFiJkHGfwSn5t/dH4KE+BHOuPXhFOUgsselJgJwGY2QM=\n";

    #[test]
    fn what_a_reader_sees_is_the_checkpoint_to_the_letter() {
        let code = encoded(NOTE).unwrap();
        let (side, colors) = (code.width(), code.to_colors());
        let dark = |x: usize, y: usize| colors[y * side + x] == qrcode::Color::Dark;
        let grid = rqrr::SimpleGrid::from_func(side, dark);
        let (_, read) = rqrr::Grid::new(grid).decode().unwrap();
        assert_eq!(read, NOTE);
        let picture = drawn(NOTE).unwrap();
        assert!(picture.contains("<svg") && picture.len() < 40_000);
    }
}
