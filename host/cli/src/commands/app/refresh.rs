//! `gantry app refresh`, and `--refresh` of others: the control plane is asked to look at an application now.

use std::time::Duration;

use gantry_model::{Diagnostic, Object};
use serde_json::json;

use super::Desk;
use super::follow::{Ended, Seen};
use super::names::Name;
use super::text;
use crate::Outcome;
use crate::args::app::{RefreshArgs, RefreshFlags};
use crate::failure::Failure;
use gantry_api::app::View;

/// `normal` or `hard`; the control plane takes it away when it has looked.
pub(super) const REFRESH: &str = "argocd.argoproj.io/refresh";

impl Desk<'_> {
    pub(super) async fn refresh(&self, args: &RefreshArgs) -> Result<Outcome, Failure> {
        let flags = RefreshFlags {
            refresh: true,
            hard_refresh: args.hard,
        };
        let name = self.apps.name(&args.app.name, &args.app.namespace)?;
        let Some(object) = self.refreshed(&name, flags, args.patience.timeout).await? else {
            return Ok(Outcome::NotGood);
        };
        let app = View(object.value());
        let text = text::joined([text::list([app].into_iter()), text::condition_table(app)]);
        self.output.print(&text)?;
        Ok(Outcome::Good)
    }

    /// An application, after the look that is asked for; none when that did not come in time, which is told.
    pub(super) async fn refreshed(
        &self,
        name: &Name,
        flags: RefreshFlags,
        timeout: Duration,
    ) -> Result<Option<Object>, Failure> {
        let how = match flags {
            RefreshFlags {
                hard_refresh: true, ..
            } => "hard",
            RefreshFlags { refresh: true, .. } => "normal",
            _ => return Ok(Some(self.apps.get(name).await?)),
        };
        let patch = json!({"metadata": {"annotations": {REFRESH: how}}});
        self.apps.change(name, |_| Ok(patch.clone())).await?;
        let bar = self.progress.bar(&name.name);
        bar.at(0, 0, "waits for the control plane to look");
        let visit = |seen: Seen<'_>| match seen {
            Seen::There(object) if object.annotation(REFRESH).is_some() => None,
            Seen::There(object) => Some(Some(object.clone())),
            Seen::Gone => Some(None),
        };
        let ended = self.apps.until(name, timeout, &self.interrupt, visit).await;
        bar.finish();
        match ended? {
            Ended::With(Some(object)) => Ok(Some(object)),
            Ended::With(None) => {
                let message = format!("{name} was deleted meanwhile");
                Err(Diagnostic::error("home", message).into())
            }
            Ended::Interrupted => Ok(None),
            Ended::TimedOut => {
                let problem =
                    Diagnostic::error("timeout", "the control plane did not look at it in time")
                        .help("does it run (`gantry serve`)?");
                self.output.of_application(&name.to_string(), &problem);
                Ok(None)
            }
        }
    }
}
