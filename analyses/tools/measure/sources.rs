//! What is measured: files and stored runs, in the order of the command line, each with a
//! name for the reader.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use clap::{ArgMatches, Args, Command, FromArgMatches};
use rethink::store::{Kind, Listing};
use rethink::text::apart;

use crate::cli::exit::UsageError;

#[derive(Args)]
struct Typed {
    /// Checkpoints, or stored runs by folder or id
    ///
    /// A checkpoint is a .safetensors, .npz or PyTorch file (.pt, .pth) with a state dict.
    /// A stored run is a folder such as out/runs/ID, or an id of `rethink runs list`.
    /// Two or more are compared with the first.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Measure this file under a name of your own; repeatable
    ///
    /// Without a name a file is called after itself, a stored run after its labels, number
    /// of training images and seed.
    #[arg(long, value_name = "NAME=FILE", value_parser = labelled)]
    label: Vec<(String, PathBuf)>,
}

fn labelled(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, file)) if !name.trim().is_empty() && !file.is_empty() => {
            Ok((name.trim().to_owned(), file.into()))
        }
        _ => Err("give NAME=FILE, such as random=final.safetensors".to_owned()),
    }
}

/// The files, in the order of the command line, each with its `--label`.
#[derive(Debug, Clone, Default)]
pub struct Sources(Vec<(PathBuf, Option<String>)>);

impl FromArgMatches for Sources {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let places = |id| matches.indices_of(id).into_iter().flatten();
        let Typed { files, label } = Typed::from_arg_matches(matches)?;
        let files = files.into_iter().map(|file| (file, None));
        let labelled = label.into_iter().map(|(name, file)| (file, Some(name)));
        let placed = places("files")
            .zip(files)
            .chain(places("label").zip(labelled));
        let mut placed: Vec<_> = placed.collect();
        placed.sort_by_key(|(place, _)| *place);
        Ok(Self(placed.into_iter().map(|(_, one)| one).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for Sources {
    fn augment_args(command: Command) -> Command {
        Typed::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Typed::augment_args_for_update(command)
    }
}

impl Sources {
    /// The files.
    pub fn paths(&self) -> Vec<PathBuf> {
        self.0.iter().map(|(path, _)| path.clone()).collect()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether there is a stored run.
    pub fn have_run(&self) -> bool {
        self.0.iter().any(|(path, _)| is_run(path))
    }

    /// Whether there is nothing else.
    pub fn are_runs(&self) -> bool {
        self.0.iter().all(|(path, _)| is_run(path))
    }

    /// The same, ids of stored runs replaced by their folders.
    pub fn found(&self, out: &Path) -> anyhow::Result<Self> {
        let mut given = HashSet::new();
        let mut names = self.0.iter().filter_map(|(_, name)| name.as_ref());
        if let Some(name) = names.find(|name| !given.insert(*name)) {
            let why = format!("--label {name} names two files: give each a name of its own");
            return Err(UsageError(why).into());
        }
        let found = self.0.iter().map(|(path, name)| {
            let path = match (path.to_str(), path.exists()) {
                (Some(id), false) if is_run(path) => {
                    let listing = Listing::of(out)?;
                    let run = listing.the_one(out, id, |l| l.kind == Kind::RUN.name)?;
                    out.join(&run.place)
                }
                _ => path.clone(),
            };
            Ok((path, name.clone()))
        });
        Ok(Self(found.collect::<anyhow::Result<_>>()?))
    }

    /// What each file is called: as it was told, or one of its `names`, from short to long.
    pub fn labels(&self, names: Vec<[String; 3]>) -> Vec<String> {
        let own = self.0.iter().map(|(_, label)| label.clone());
        let names = own.zip(names).map(|(own, names)| match own {
            Some(own) => [own.clone(), own.clone(), own],
            None => names,
        });
        apart(&names.collect::<Vec<_>>())
    }
}

/// A folder, or the id of a stored run.
fn is_run(path: &Path) -> bool {
    let id = |text: &str| text.len() >= 4 && text.bytes().all(|b| b.is_ascii_hexdigit());
    path.is_dir() || !path.exists() && path.to_str().is_some_and(id)
}
