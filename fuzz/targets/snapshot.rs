//! A snapshot whose hashes are made to fit, so that what stands in it is looked at: whatever it is,
//! reading comes to an end, and what is read is written and read again the same.
#![no_main]

use graph::state::State;

const HEADER_LEN: usize = 80;

fn sealed(bytes: &[u8]) -> Vec<u8> {
    let mut image = State::empty().image().expect("memory takes it");
    image.truncate(HEADER_LEN);
    let header = image.clone();
    let mut rest = bytes;
    for number in 0_u8..6 {
        let length = rest.first_chunk().map_or(0, |length| u32::from_le_bytes(*length) as usize);
        rest = rest.get(4..).unwrap_or_default();
        let (content, after) = rest.split_at(length.min(rest.len()));
        let mut hasher = blake3::Hasher::new();
        hasher.update(&header).update(&[number]).update(content);
        image.extend_from_slice(&(content.len() as u64).to_le_bytes());
        image.extend_from_slice(hasher.finalize().as_bytes());
        image.extend_from_slice(content);
        rest = after;
    }
    image
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Some(state) = State::of_image(&sealed(bytes)) {
        let image = state.image().expect("memory takes it");
        let again = State::of_image(&image).expect("what was written is read");
        assert_eq!(again.image().expect("memory takes it"), image);
    }
});
