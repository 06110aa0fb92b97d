//! Standard output holds the answer, standard error what is said meanwhile. Names in
//! files can hold what steers a terminal; here, and only here, it is escaped.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

use anyhow::Context;
use rethink::text::escaped;
use serde::Serialize;

/// Prints the answer. A reader that went away, as `head` does, has what it
/// wants.
pub fn print(text: impl AsRef<str>) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    let written = stdout
        .write_all(escaped(text.as_ref()).as_bytes())
        .and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write the answer to standard output"),
    }
}

#[derive(Serialize)]
struct Under<'a, T> {
    schema: &'a str,
    #[serde(flatten)]
    fields: T,
}

/// Fields as JSON under the name of their schema.
pub fn json(schema: &str, fields: impl Serialize) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(&Under { schema, fields })? + "\n")
}

/// Says a line on standard error. That no one can read it is no reason to
/// stop.
pub fn say(line: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{}", escaped(&line.to_string()));
}
