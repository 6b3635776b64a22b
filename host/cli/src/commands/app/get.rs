//! `gantry app get`.

use std::time::SystemTime;

use super::Desk;
use super::shown::shown;
use super::text;
use crate::Outcome;
use crate::args::app::{GetArgs, StateFormat};
use crate::failure::Failure;
use gantry_api::app::View;

impl Desk<'_> {
    pub(super) async fn get(&self, args: &GetArgs) -> Result<Outcome, Failure> {
        let name = self.apps.name(&args.app.name, &args.app.namespace)?;
        let found = self
            .refreshed(&name, args.refresh, args.patience.timeout)
            .await?;
        let Some(object) = found else {
            return Ok(Outcome::NotGood);
        };
        match args.output {
            StateFormat::Json => self.output.json(&*shown(&object))?,
            StateFormat::Yaml => self.output.yaml(&*shown(&object))?,
            StateFormat::Wide => {
                let objects = text::objects(View(object.value()));
                self.output
                    .print(&head(View(object.value()), args, objects))?;
            }
            StateFormat::Tree => {
                let tree = self.tree(&object).await?;
                self.output.print(&head(View(object.value()), args, tree))?;
            }
        }
        Ok(Outcome::Good)
    }
}

fn head(app: View<'_>, args: &GetArgs, below: String) -> String {
    let operation = match args.show_operation {
        true => text::operation(app, SystemTime::now()),
        false => String::new(),
    };
    let parameters = match args.show_params {
        true => text::parameters(app),
        false => String::new(),
    };
    text::joined([
        text::summary(app),
        text::condition_table(app),
        operation,
        parameters,
        below,
    ])
}
