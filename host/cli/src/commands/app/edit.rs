//! `gantry app edit`: the spec of an application in an editor.

use gantry_model::Object;
use serde_json::Value;

use super::Desk;
use super::names::Name;
use crate::Outcome;
use crate::args::app::EditArgs;
use crate::commands::editor::{self, Written, problem};
use crate::failure::Failure;

impl Desk<'_> {
    pub(super) async fn edit(&self, args: &EditArgs) -> Result<Outcome, Failure> {
        let (name, object) = self.apps.one(&args.app).await?;
        let before = gantry_yaml::emit(&object.value()["spec"]);
        let Some(text) = editor::edit(&before)? else {
            self.output
                .print(&format!("application '{name}' unchanged\n"))?;
            return Ok(Outcome::Good);
        };
        let written = self.written(&name, &object, &text).await;
        if written.is_err() {
            text.keep()?;
        }
        written
    }

    async fn written(
        &self,
        name: &Name,
        object: &Object,
        text: &Written,
    ) -> Result<Outcome, Failure> {
        let document = text.document()?;
        let (was, spec) = (&object.value()["spec"], &document.value);
        self.edited(name, |value: &mut Value| {
            if value["spec"] != *was {
                return Err(problem(
                    "somebody else has changed the application meanwhile",
                ));
            }
            value["spec"] = spec.clone();
            Ok(())
        })
        .await
    }
}
