//! Following an application until it is as it shall be, with a row for each object that changes.

use std::time::SystemTime;

use gantry_model::{Diagnostic, Object};

use super::Desk;
use super::condition::Condition;
use super::follow::{Ended, Seen};
use super::names::Name;
use super::progress::Rows;
use super::resources::Chosen;
use super::shown::shown;
use super::text;
use crate::args::app::{Patience, StateFormat};
use crate::failure::Failure;
use gantry_api::app::View;

/// What is waited for, and how it is told.
pub(super) struct Watching<'a> {
    pub(super) condition: Condition,
    pub(super) chosen: &'a [Chosen],
    pub(super) patience: Patience,
    pub(super) format: StateFormat,
}

/// How it ended.
#[derive(Debug)]
pub(super) enum Finish {
    /// As it was waited for; as the application was then.
    Met(Box<Object>),
    /// The application is gone, and that was waited for.
    Gone,
    /// Otherwise; told already.
    NotMet,
}

/// What ends the watch.
enum End {
    Met(Box<Object>),
    Gone,
    Degraded { before: String },
    Failed(Failure),
}

impl Desk<'_> {
    pub(super) async fn watch(&self, name: &Name, what: &Watching<'_>) -> Result<Finish, Failure> {
        let bar = self.progress.bar(&name.name);
        bar.at(0, 0, "");
        let is_text = matches!(what.format, StateFormat::Wide | StateFormat::Tree);
        let mut rows = Rows::new(self.output, &bar, is_text);
        let mut last = None;
        let visit = |seen: Seen<'_>| {
            let Seen::There(object) = seen else {
                return Some(End::Gone);
            };
            last = Some(object.clone());
            let worse = match rows.see(object, what.chosen) {
                Ok(worse) => worse,
                Err(failure) => return Some(End::Failed(failure)),
            };
            if what.condition.is_met(View(object.value()), what.chosen) {
                return Some(End::Met(Box::new(object.clone())));
            }
            let worse = worse.filter(|_| what.condition.health);
            worse.map(|worse| End::Degraded {
                before: worse.before,
            })
        };
        let ended = self
            .apps
            .until(name, what.patience.timeout, &self.interrupt, visit)
            .await;
        bar.finish();
        let ended = ended?;
        if let Some(last) = last.filter(|_| !matches!(ended, Ended::With(End::Gone))) {
            self.tell(&last, what).await?;
        }
        let problem = |message: String| {
            let problem = Diagnostic::error("not-reached", message);
            self.output.of_application(&name.to_string(), &problem);
            Ok(Finish::NotMet)
        };
        match ended {
            Ended::With(End::Failed(failure)) => Err(failure),
            Ended::With(End::Met(object)) => Ok(Finish::Met(object)),
            Ended::With(End::Gone) if what.condition.delete => Ok(Finish::Gone),
            Ended::With(End::Gone) => {
                problem("there is no such application, or it is gone".to_owned())
            }
            Ended::With(End::Degraded { before }) => {
                let before = if before.is_empty() {
                    "healthy"
                } else {
                    &before
                };
                problem(format!("an object has become Degraded, and was {before}"))
            }
            Ended::Interrupted => Ok(Finish::NotMet),
            Ended::TimedOut => problem(format!(
                "not as it shall be within {}",
                humantime::format_duration(what.patience.timeout)
            )),
        }
    }

    /// The application at the end.
    async fn tell(&self, object: &Object, what: &Watching<'_>) -> Result<(), Failure> {
        let app = View(object.value());
        let operation = || match what.condition.operation {
            true => text::operation(app, SystemTime::now()),
            false => String::new(),
        };
        let with = |objects: String| {
            text::joined([String::new(), text::summary(app), operation(), objects])
        };
        match what.format {
            StateFormat::Json => self.output.json(&*shown(object)),
            StateFormat::Yaml => self.output.yaml(&*shown(object)),
            StateFormat::Wide => self
                .output
                .print(&format!("\n{}", with(text::objects(app)))),
            StateFormat::Tree => {
                let tree = self.tree(object).await?;
                self.output.print(&format!("\n{}", with(tree)))
            }
        }
    }
}
