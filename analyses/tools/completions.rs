//! `rethink completions` and `rethink man`: made from the command line itself.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Command;

use crate::cli::{exit, output};

/// Arguments of `rethink completions`.
#[derive(clap::Args)]
pub struct CompletionArgs {
    /// Shell
    shell: clap_complete::Shell,
}

/// Arguments of `rethink man`.
#[derive(clap::Args)]
pub struct ManArgs {
    /// Write one page per subcommand to this folder
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
}

/// Prints a completion script.
pub fn completions(args: &CompletionArgs, mut command: Command) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "rethink", &mut script);
    output::print(String::from_utf8(script)?)?;
    Ok(exit::DONE.into())
}

/// Prints the main manual page, or writes all of them into a folder.
pub fn man(args: &ManArgs, command: Command) -> anyhow::Result<ExitCode> {
    match &args.to {
        Some(folder) => {
            let pages = pages(command)?;
            for (name, page) in pages {
                let path = folder.join(name);
                rethink::atomic::write(&path, &page)
                    .with_context(|| format!("cannot write the manual page {}", path.display()))?;
            }
        }
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(command).render(&mut page)?;
            output::print(String::from_utf8(page)?)?;
        }
    }
    Ok(exit::DONE.into())
}

/// Names and texts of all manual pages, those of subcommands too.
fn pages(command: Command) -> std::io::Result<Vec<(String, Vec<u8>)>> {
    let mut command = command.disable_help_subcommand(true);
    command.build();
    let (mut pages, mut waiting) = (Vec::new(), vec![command]);
    while let Some(command) = waiting.pop() {
        waiting.extend(command.get_subcommands().cloned());
        let (man, mut page) = (clap_mangen::Man::new(command), Vec::new());
        man.render(&mut page)?;
        pages.push((man.get_filename(), page));
    }
    Ok(pages)
}
