//! The bytes of HEAD. What must hold is in `store/src/fuzzing.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| store::fuzzing::head(bytes));
