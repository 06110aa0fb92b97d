//! Safetensors: the bytes as a file, and as the header of one.
#![no_main]

mod shared;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    shared::read(bytes);
    let length = (bytes.len() as u64).to_le_bytes();
    shared::read(&[&length[..], bytes, &[0; 64]].concat());
});
