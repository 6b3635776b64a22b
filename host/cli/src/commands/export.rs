//! `gantry export`: what a control plane works on, to keep it or to carry it elsewhere.

use gantry_model::Diagnostic;
use gantry_store::{Kind, StoreError};

use super::objects;
use crate::Outcome;
use crate::args::{ExportArgs, Global};
use crate::failure::Failure;
use crate::home;
use crate::output::Output;
use crate::setup;

pub(crate) fn run(global: &Global, args: &ExportArgs, output: &Output) -> Result<Outcome, Failure> {
    let home = home::open(global, &args.home())?;
    let (values, left_out) = setup::runtime()?
        .block_on(async {
            let values = gantry_store::export(&*home, args.include_secrets).await?;
            let left_out = if args.include_secrets {
                0
            } else {
                // Whoever may not read them need not be told how many there are.
                home.list(Kind::Secret).await.map_or(0, |found| found.len())
            };
            Ok::<_, StoreError>((values, left_out))
        })
        .map_err(|error| home::problem(&error))?;
    objects::print(&values, args.output, output)?;
    if left_out > 0 {
        let message = format!("{left_out} Secrets are left out");
        let told = Diagnostic::warning("secrets", message);
        output.diagnostic(&told.help("--include-secrets prints them too, not encrypted"));
    }
    Ok(Outcome::Good)
}
