//! Where a result comes from. Nothing here determines a result.

use std::sync::OnceLock;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

/// Version of this program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Commit this program was built from, or `unknown` outside a checkout.
pub const COMMIT: &str = env!("RETHINK_COMMIT");

/// Where, when and by what a result or a report was made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// The command that makes it again.
    pub command: String,
    /// Version of the program.
    pub version: String,
    /// Commit of the program.
    pub commit: String,
    /// Model name of the processor.
    pub cpu: String,
    /// Threads the program was allowed.
    pub threads: usize,
    /// Start, in seconds since 1970.
    pub started: u64,
    /// Seconds it took, alone or beside others; of a report, the sum over its results.
    pub seconds: f64,
    /// How often the work was interrupted and resumed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub resumed: usize,
    /// The stored results that it was computed from, as `<kind>/<id>`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub results: Vec<String>,
}

/// How the program was called, which its results keep.
#[derive(Debug, Clone, Default)]
pub struct Invocation {
    /// The command line, as a shell takes it.
    pub command: String,
    /// Threads it is allowed.
    pub threads: usize,
}

impl Invocation {
    /// Of something that begins now and has used nothing yet.
    ///
    /// ```
    /// use rethink::provenance::{Invocation, VERSION};
    /// let made = Invocation { command: "rethink norms".into(), threads: 2 }.now();
    /// assert_eq!((&*made.version, made.threads, made.seconds), (VERSION, 2, 0.0));
    /// ```
    pub fn now(&self) -> Provenance {
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Provenance {
            command: self.command.clone(),
            version: VERSION.to_owned(),
            commit: COMMIT.to_owned(),
            cpu: cpu_model().to_owned(),
            threads: self.threads,
            started: since_1970.map_or(0, |d| d.as_secs()),
            seconds: 0.0,
            resumed: 0,
            results: vec![],
        }
    }
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// Model name of the processor, or its architecture where the system does not
/// tell.
pub fn cpu_model() -> &'static str {
    static MODEL: OnceLock<String> = OnceLock::new();
    MODEL.get_or_init(|| {
        let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let line = cpus.lines().find(|line| line.starts_with("model name"));
        let model = line.and_then(|line| Some(line.split_once(':')?.1.trim().to_owned()));
        model.unwrap_or_else(|| std::env::consts::ARCH.to_owned())
    })
}
