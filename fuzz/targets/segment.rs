//! The bytes of a journal segment: its header, its frames, its seal. What must hold is in `store/src/fuzzing.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| store::fuzzing::segment(bytes));
