//! What happens when the program is asked to end.

/// On Ctrl-C (SIGINT), SIGTERM or SIGHUP: says that nothing is lost, and ends with the
/// exit code of the signal. A run is renamed into place when it is whole, so there is
/// nothing to clean up. A signal that was ignored when the program started stays so: that
/// is how `nohup` works.
#[cfg(unix)]
pub fn watch() -> anyhow::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    let ignored = ignored();
    let heeded = [SIGINT, SIGTERM, SIGHUP].map(|signal| (signal, ignored >> (signal - 1) & 1));
    let heeded = heeded.iter().filter(|(_, ignored)| *ignored == 0);
    let mut signals = Signals::new(heeded.map(|(signal, _)| signal))?;
    let wait = move || {
        if let Some(signal) = signals.forever().next() {
            crate::cli::output::say(
                "\nrethink: interrupted; complete trainings are kept, run again to go on",
            );
            std::process::exit(crate::cli::exit::SIGNALLED + signal);
        }
    };
    std::thread::Builder::new().spawn(wait)?;
    Ok(())
}

/// One bit for each signal that this process was started to ignore; none where the system
/// does not tell.
#[cfg(unix)]
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    line.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok())
        .unwrap_or(0)
}

/// The system ends the program.
#[cfg(not(unix))]
pub fn watch() -> anyhow::Result<()> {
    Ok(())
}
