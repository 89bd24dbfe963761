//! The text of a checkpoint or a key. What must hold is in `store/src/fuzzing/note.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| store::fuzzing::checkpoint(bytes));
