//! Figures as files for a paper.

use std::path::Path;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use rethink::report::QuestionReport;
use rethink::report::figure::{Format, Length, Paper};

use super::exit::UsageError;
use super::output;

/// Figures for a paper.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Figures for a paper")]
pub struct Figures {
    /// Also write every figure in these formats, to `figures/` in the folder of the report
    #[arg(long, global = true, value_name = "FORMATS", value_delimiter = ',', value_parser = formats())]
    figures: Vec<Format>,

    /// Width of these figures, with its unit: in, mm, cm or pt
    #[arg(
        long,
        global = true,
        value_name = "LENGTH",
        default_value = "3.3in",
        requires = "figures"
    )]
    figure_width: Length,

    /// Size of their letters in points
    #[arg(
        long,
        global = true,
        value_name = "POINTS",
        default_value_t = 8.0,
        requires = "figures"
    )]
    font_size: f64,
}

fn formats() -> impl clap::builder::TypedValueParser<Value = Format> {
    let known = || Format::ALL.iter();
    let names = known().map(|format| format.extension());
    PossibleValuesParser::new(names).map(move |name| {
        known()
            .copied()
            .find(|f| f.extension() == name)
            .unwrap_or(Format::Svg)
    })
}

impl Figures {
    /// The size asked for.
    pub fn paper(&self) -> Result<Paper, UsageError> {
        Paper::new(self.figure_width, self.font_size)
            .map_err(|reason| UsageError(format!("--figure-width and --font-size: {reason}")))
    }

    /// Writes the figures of a report to its folder.
    pub fn write(&self, report: &QuestionReport, folder: &Path, quiet: bool) -> anyhow::Result<()> {
        let paper = self.paper()?;
        let folder = folder.join("figures");
        if self.figures.is_empty() {
            return Ok(());
        }
        for figure in &report.figures {
            figure.export(&folder, paper, &self.figures)?;
        }
        if !quiet {
            output::say(format_args!("figures are in {}", folder.display()));
        }
        Ok(())
    }
}
