//! `gantry app list` and `gantry app history`.

use std::borrow::Cow;

use gantry_model::Object;
use serde_json::Value;

use super::Desk;
use super::names::{Filter, selector};
use super::shown::shown;
use super::text;
use crate::Outcome;
use crate::args::app::{HistoryArgs, HistoryFormat, ListArgs, ListFormat};
use crate::failure::Failure;
use gantry_api::app::View;

impl Desk<'_> {
    pub(super) async fn list(&self, args: &ListArgs) -> Result<Outcome, Failure> {
        let filter = Filter {
            selector: args.selector.as_deref().map(selector).transpose()?,
            projects: &args.projects,
            repo: args.repo.as_deref(),
            cluster: args.cluster.as_deref(),
            namespace: args.namespace.app_namespace.as_deref(),
        };
        let found = self.apps.list(&filter).await?;
        let views = found.iter().map(|object| View(object.value()));
        match args.output {
            ListFormat::Json => self.output.json(&values(&found))?,
            ListFormat::Yaml => self.output.yaml(&values(&found))?,
            ListFormat::Wide => self.output.print(&text::list(views))?,
            ListFormat::Name => {
                let names = views.map(|app| app.qualified() + "\n");
                self.output.print(&names.collect::<String>())?;
            }
        }
        Ok(Outcome::Good)
    }

    pub(super) async fn history(&self, args: &HistoryArgs) -> Result<Outcome, Failure> {
        let (_, object) = self.apps.one(&args.app).await?;
        let app = View(object.value());
        let entries = app.list("/status/history");
        match args.output {
            HistoryFormat::Json => self.output.json(&entries)?,
            HistoryFormat::Yaml => self.output.yaml(&entries)?,
            HistoryFormat::Wide => self.output.print(&text::history(app))?,
            HistoryFormat::Id => {
                let ids = entries.iter().map(|entry| format!("{}\n", entry["id"]));
                self.output.print(&ids.collect::<String>())?;
            }
        }
        Ok(Outcome::Good)
    }
}

fn values(objects: &[Object]) -> Vec<Cow<'_, Value>> {
    objects.iter().map(shown).collect()
}
