//! `gantry app confirm-deletion`.

use std::time::SystemTime;

use serde_json::json;

use super::Desk;
use crate::Outcome;
use crate::args::app::ConfirmArgs;
use crate::failure::Failure;

/// Since when what waits for it may go: objects with `Prune=confirm` and `Delete=confirm`.
const DELETION_APPROVED: &str = "argocd.argoproj.io/deletion-approved";

impl Desk<'_> {
    pub(super) async fn confirm_deletion(&self, args: &ConfirmArgs) -> Result<Outcome, Failure> {
        let name = self.apps.name(&args.app.name, &args.app.namespace)?;
        let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
        let patch = json!({"metadata": {"annotations": {DELETION_APPROVED: now}}});
        self.apps.change(&name, |_| Ok(patch.clone())).await?;
        self.output
            .print(&format!("application '{name}' updated\n"))?;
        Ok(Outcome::Good)
    }
}
