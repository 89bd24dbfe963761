//! The `lianzhu` program.
fn main() {}
