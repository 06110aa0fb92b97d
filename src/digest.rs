//! SHA-256 as hexadecimal text.

use sha2::{Digest, Sha256};

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 of some bytes.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The name of what a text determines: the first 16 digits of its SHA-256.
pub(crate) fn name_of(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes())[..8])
}
