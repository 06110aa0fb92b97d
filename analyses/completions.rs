//! `rethink completions` and `rethink man`: made from the command line itself.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;

use crate::{cli, exit, output};

/// Arguments of `rethink completions`.
#[derive(clap::Args)]
pub struct CompletionArgs {
    /// The shell
    shell: clap_complete::Shell,
}

/// Arguments of `rethink man`.
#[derive(clap::Args)]
pub struct ManArgs {
    /// Write one page per subcommand into this folder
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
}

/// Prints a completion script.
pub fn completions(args: &CompletionArgs) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut cli::command(), "rethink", &mut script);
    output::print(script)?;
    Ok(exit::DONE.into())
}

/// Prints the main manual page, or writes all of them into a folder.
pub fn man(args: &ManArgs) -> anyhow::Result<ExitCode> {
    match &args.to {
        Some(folder) => {
            let unwritable = || format!("cannot write manual pages to {}", folder.display());
            std::fs::create_dir_all(folder).with_context(unwritable)?;
            clap_mangen::generate_to(cli::command(), folder).with_context(unwritable)?;
        }
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(cli::command()).render(&mut page)?;
            output::print(page)?;
        }
    }
    Ok(exit::DONE.into())
}
