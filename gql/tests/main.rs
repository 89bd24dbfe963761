//! The API as its clients meet it: a real listener, real requests.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

mod auth; // who may do what, tokens, addresses
mod errors; // every bad input, its code and its sentence
mod http; // media types, statuses, health, pages
mod limits; // depth, cost, aliases, batches, bodies, time
mod live; // subscriptions over WebSocket and SSE
mod paging; // cursors while writes land
mod queries; // tests/queries: add a file, get a test
mod schema; // the schema's text and the names that clients rely on
mod support; // server, client, extractor
mod trust; // what hangs on a source
mod what_if; // what would be if some changes were recorded
mod writing; // mutations
