//! An export file of segments. What must hold is in `store/src/fuzzing/carried.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| store::fuzzing::export_file(bytes));
