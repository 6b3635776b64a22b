//! `gantry app terminate-op`.

use gantry_model::Diagnostic;
use serde_json::json;

use super::Desk;
use crate::Outcome;
use crate::args::app::TerminateArgs;
use crate::failure::Failure;
use gantry_api::app::View;

impl Desk<'_> {
    pub(super) async fn terminate(&self, args: &TerminateArgs) -> Result<Outcome, Failure> {
        let name = self.apps.name(&args.app.name, &args.app.namespace)?;
        let patch = |app: View<'_>| {
            if !app.runs() {
                let message = format!("{name} has no operation in progress");
                return Err(Diagnostic::error("operation", message));
            }
            Ok(json!({"status": {"operationState": {"phase": "Terminating"}}}))
        };
        self.apps.change(&name, patch).await?;
        self.output
            .print(&format!("Application '{name}' operation terminating\n"))?;
        Ok(Outcome::Good)
    }
}
