//! Labels as the command line names them.

use std::fmt;
use std::str::FromStr;

use rethink::treatment::Treatment;

/// What the training images are labelled with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Labels(pub Treatment);

impl FromStr for Labels {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let treatment = match text.split_once(':') {
            None if text == "true" => Treatment::TrueLabels,
            None if text == "random" => Treatment::RandomLabels,
            Some(("noise", number)) => {
                let probability = number.parse().unwrap_or(f64::NAN);
                if !(0.0..=1.0).contains(&probability) {
                    return Err("give noise a probability from 0 to 1, such as noise:0.1".into());
                }
                Treatment::CorruptedLabels { probability }
            }
            _ => return Err("give true, random or noise:P such as noise:0.1".into()),
        };
        Ok(Self(treatment))
    }
}

impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Treatment::TrueLabels => f.write_str("true"),
            Treatment::CorruptedLabels { probability } => write!(f, "noise-{probability}"),
            _ => f.write_str("random"),
        }
    }
}
