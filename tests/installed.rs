//! Datasets that are not embedded. Tests that need one are ignored, so that none passes
//! for want of it.

use std::path::PathBuf;

/// Where RETHINK_DATA says they are, or where `rethink data fetch` puts them.
pub fn folder() -> PathBuf {
    let fetched = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/data"));
    std::env::var_os("RETHINK_DATA").map_or_else(fetched, PathBuf::from)
}
