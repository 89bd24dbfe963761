//! The pages inside the binary. Files whose names carry a hash never change; the page that names
//! them is asked for again each time, by its ETag.

use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH,
};
use http::{HeaderMap, StatusCode};
use rust_embed::{Embed, EmbeddedFile};
use warp::reply::Response;

use super::reply;

/// GraphiQL. Its sources are in `web/console`.
#[derive(Embed)]
#[folder = "ui/console"]
struct Console;

const PAGE: &str = "index.html";

/// Nothing from elsewhere, no script in the page itself, no frame around it. Monaco writes styles
/// and starts its workers from blobs.
const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; \
connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(super) fn answer(path: &str, headers: &HeaderMap) -> Response {
    let Some(inside) = path.strip_prefix("/console") else { return reply::not_found() };
    let name = match inside {
        "" | "/" => PAGE,
        _ => match inside.strip_prefix('/') {
            Some(name) => name,
            None => return reply::not_found(),
        },
    };
    match Console::get(name) {
        Some(file) => serve(name, file, headers),
        // A page that an old tab still names must not come as the page itself.
        None if name.starts_with("assets/") => reply::not_found(),
        None => match Console::get(PAGE) {
            Some(page) => serve(PAGE, page, headers),
            None => reply::not_found(),
        },
    }
}

fn serve(name: &str, file: EmbeddedFile, asked: &HeaderMap) -> Response {
    let hash = file.metadata.sha256_hash();
    let tag: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{tag}\"");
    let known = asked.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let unchanged =
        known.is_some_and(|known| known.split(',').any(|t| t.trim().trim_start_matches("W/") == tag));
    let body = if unchanged { Bytes::new() } else { Bytes::from(file.data.into_owned()) };
    let status = if unchanged { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
    let mut response = reply::with_status(status, reply::text("text/plain", body));
    let cache = if name.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let kind = mime_guess::from_path(name).first_or_octet_stream();
    let kind = match kind.type_() {
        mime_guess::mime::TEXT => format!("{kind}; charset=utf-8"),
        _ => kind.to_string(),
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    for (name, value) in [(CONTENT_TYPE, kind), (ETAG, tag)] {
        match HeaderValue::from_str(&value) {
            Ok(value) => drop(headers.insert(name, value)),
            Err(_) => tracing::error!(%name, value, "a header was left out"),
        }
    }
    response
}
