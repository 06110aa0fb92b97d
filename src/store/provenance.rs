//! Where a result comes from. Nothing here determines a result.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

/// Version of this program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Commit this program was built from, or `unknown` outside a checkout.
pub const COMMIT: &str = env!("RETHINK_COMMIT");

/// Where, when and by what a result was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// Version of the program.
    pub version: String,
    /// Commit of the program.
    pub commit: String,
    /// Model name of the processor.
    pub cpu: String,
    /// Threads the program was allowed when this was made.
    pub threads: usize,
    /// The command line.
    pub command: Vec<String>,
    /// Start, in seconds since 1970.
    pub started: u64,
    /// Seconds it took, alone or beside others.
    pub seconds: f64,
    /// The results of others that it was computed from, as `<kind>/<id>`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub used: Vec<String>,
}

/// How the program was called, which its results keep.
#[derive(Debug, Clone, Default)]
pub struct Invocation {
    /// The command line.
    pub command: Vec<String>,
    /// Threads it is allowed.
    pub threads: usize,
}

impl Invocation {
    /// Of a result that was begun at a time, in seconds since 1970, took some, and was
    /// computed from others.
    pub(super) fn provenance(&self, started: u64, seconds: f64, used: Vec<String>) -> Provenance {
        Provenance {
            version: VERSION.to_owned(),
            commit: COMMIT.to_owned(),
            cpu: cpu_model(),
            threads: self.threads,
            command: self.command.clone(),
            started,
            seconds,
            used,
        }
    }
}

/// Seconds since 1970.
pub(super) fn now() -> u64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |d| d.as_secs())
}

/// Model name of the processor, or its architecture where the system does not
/// tell.
pub fn cpu_model() -> String {
    std::fs::read_to_string("/proc/cpuinfo")
        .ok()
        .and_then(|text| {
            let line = text.lines().find(|l| l.starts_with("model name"))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        })
        .unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}
