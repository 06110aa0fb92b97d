//! PyTorch: the bytes as an archive, and as the pickle in one.
#![no_main]

mod shared;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    shared::read(bytes);
    shared::read(&shared::zip(&[("a/data.pkl", bytes), ("a/data/0", &[0; 64])]));
});
