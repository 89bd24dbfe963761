//! Holds the benches beside embedded stores; see `benches/durable.rs`.
