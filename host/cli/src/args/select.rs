//! A part of an application.

use clap::Args;
use gantry_sync::{Pattern, Selection};

/// Which of an application's objects; all, without any of these.
#[derive(Debug, Default, Args)]
pub(crate) struct SelectArgs {
    /// Only these objects, as GROUP:KIND:NAME or GROUP:KIND:NAMESPACE/NAME (`*` for any part, an empty
    /// group for core kinds); with a leading `!` all but these. Hooks do not run then
    #[arg(long = "resource", value_name = "[!]GROUP:KIND:NAME", value_parser = resource)]
    resources: Vec<Chosen>,
    /// Only objects with this label. Hooks do not run then
    #[arg(long = "label", value_name = "KEY=VALUE", value_parser = label, value_delimiter = ',')]
    labels: Vec<(String, String)>,
}

/// One `--resource`.
#[derive(Clone, Debug)]
struct Chosen {
    pattern: Pattern,
    without: bool,
}

impl SelectArgs {
    /// What was chosen.
    pub(crate) fn selection(&self) -> Selection {
        let of = |without: bool| {
            let chosen = self.resources.iter().filter(|c| c.without == without);
            chosen.map(|c| c.pattern.clone()).collect()
        };
        Selection {
            only: of(false),
            without: of(true),
            labels: self.labels.clone(),
        }
    }
}

fn resource(text: &str) -> Result<Chosen, gantry_sync::PatternError> {
    let (without, pattern) = match text.strip_prefix('!') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    Ok(Chosen {
        pattern: pattern.parse()?,
        without,
    })
}

fn label(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("a label is KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}
