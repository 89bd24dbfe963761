//! Answers in their outer form.

use bytes::Bytes;
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE,
};
use http::{HeaderMap, StatusCode};
use warp::Reply;
use warp::reply::Response;

use crate::error::{Code, Problem};

/// Seconds after which a refused caller may come back.
const RETRY_SECONDS: &str = "1";

/// The status of a request that was refused before it was a GraphQL request.
pub(super) const fn status(code: Code) -> StatusCode {
    match code {
        Code::BadInput | Code::AmbiguousName | Code::TooComplex | Code::TooDeep => {
            StatusCode::BAD_REQUEST
        }
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::Conflict => StatusCode::CONFLICT,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::Forbidden => StatusCode::FORBIDDEN,
        Code::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Code::TimedOut | Code::Storage => StatusCode::SERVICE_UNAVAILABLE,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// What every answer carries.
pub(super) fn protect(headers: &mut HeaderMap) {
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    headers.insert("referrer-policy", HeaderValue::from_static("no-referrer"));
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

pub(super) fn problem(problem: &Problem) -> Response {
    problem_with(status(problem.code), problem)
}

/// A problem as GraphQL clients read it.
pub(super) fn problem_with(status: StatusCode, problem: &Problem) -> Response {
    let body = serde_json::json!({
        "errors": [{
            "message": problem.message,
            "extensions": { "code": problem.code.as_str() },
        }],
    });
    let mut response = with_status(status, text("application/json", body.to_string().into()));
    let headers = response.headers_mut();
    if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
        headers.insert(RETRY_AFTER, HeaderValue::from_static(RETRY_SECONDS));
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

pub(super) fn text(content_type: &'static str, body: Bytes) -> Response {
    let mut response = http::Response::new(body).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

pub(super) fn with_status(status: StatusCode, mut response: Response) -> Response {
    *response.status_mut() = status;
    response
}

pub(super) fn redirect(to: &'static str) -> Response {
    let mut response = with_status(StatusCode::SEE_OTHER, text("text/plain", Bytes::new()));
    response.headers_mut().insert(LOCATION, HeaderValue::from_static(to));
    response
}

pub(super) fn wrong_method(allowed: &'static str) -> Response {
    let message = format!("this address takes {allowed} only");
    let refused = problem_with(StatusCode::METHOD_NOT_ALLOWED, &Problem::bad_input(message));
    let mut response = refused;
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    response
}

pub(super) fn not_found() -> Response {
    problem_with(
        StatusCode::NOT_FOUND,
        &Problem::new(Code::NotFound, "there is nothing at this address"),
    )
}

pub(super) fn busy(what: &str) -> Problem {
    Problem::new(Code::RateLimited, format!("too many {what} at once; come back in a moment"))
}
