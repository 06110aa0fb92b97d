//! NumPy: the bytes as an archive, and as an array in one.
#![no_main]

mod shared;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    shared::read(bytes);
    shared::read(&shared::zip(&[("w.npy", bytes)]));
});
