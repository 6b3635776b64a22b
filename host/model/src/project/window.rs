//! One of `spec.syncWindows`: when applications may be synced, and which.

use std::time::Duration;

use super::patterns::Pattern;
use super::schedule::Schedule;
use super::spec::WindowSpec;
use crate::application::{Application, go_duration};

/// Whether a window lets syncs through or keeps them back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowKind {
    /// Outside of it nothing is synced.
    Allow,
    /// Within it nothing is synced.
    Deny,
}

impl WindowKind {
    /// As manifests have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }
}

/// One window.
#[derive(Clone, Debug)]
pub struct SyncWindow {
    /// What it does.
    pub kind: WindowKind,
    /// When it opens.
    pub schedule: Schedule,
    /// How long it stays open.
    pub duration: Duration,
    /// The same, as written.
    pub duration_text: String,
    /// The IANA name of the time zone of the schedule; empty for UTC.
    pub time_zone: String,
    /// Whether a person may sync even so.
    pub manual_sync: bool,
    /// Whether a sync that began when it might goes on when it no longer may begin.
    pub sync_overrun: bool,
    /// Free text.
    pub description: String,
    and_operator: bool,
    applications: Vec<Pattern>,
    clusters: Vec<Pattern>,
    namespaces: Vec<Pattern>,
}

/// What cannot be read: the field of the window, and why.
pub(crate) type BadWindow = (&'static str, String);

impl SyncWindow {
    pub(crate) fn parse(spec: &WindowSpec) -> Result<Self, BadWindow> {
        let kind = match spec.kind.as_str() {
            "allow" => WindowKind::Allow,
            "deny" => WindowKind::Deny,
            other => return Err(("kind", format!("{other:?} is neither allow nor deny"))),
        };
        let schedule = Schedule::parse(&spec.schedule);
        let schedule =
            schedule.map_err(|problem| ("schedule", format!("{:?}: {problem}", spec.schedule)))?;
        // Go reads no number without a unit, but 0.
        let unitless = spec.duration.parse::<f64>().is_ok() && spec.duration != "0";
        let duration = go_duration(&spec.duration).filter(|_| !unitless);
        let duration = duration.ok_or_else(|| {
            let text = &spec.duration;
            ("duration", format!("{text:?} is no duration such as 1h30m"))
        })?;
        let patterns = |field: &'static str, texts: &[String]| {
            let read = texts.iter().map(|text| {
                Pattern::plain(text).map_err(|error| (field, format!("{text:?}: {error}")))
            });
            read.collect::<Result<Vec<_>, _>>()
        };
        Ok(Self {
            kind,
            schedule,
            duration,
            duration_text: spec.duration.clone(),
            time_zone: spec.time_zone.clone(),
            manual_sync: spec.manual_sync,
            sync_overrun: spec.sync_overrun,
            description: spec.description.clone(),
            and_operator: spec.and_operator,
            applications: patterns("applications", &spec.applications)?,
            clusters: patterns("clusters", &spec.clusters)?,
            namespaces: patterns("namespaces", &spec.namespaces)?,
        })
    }

    /// Whether it is about an application (`SyncWindows.Matches`): by any of its lists, or with
    /// `andOperator` by each that has something in it. A window without lists is about none.
    pub fn is_about(&self, application: &Application) -> bool {
        let destination = &application.destination;
        let any = |patterns: &[Pattern], text: &str| patterns.iter().any(|p| p.matches(text));
        let named = |patterns: &[Pattern], text: &str| !text.is_empty() && any(patterns, text);
        let of_cluster =
            named(&self.clusters, &destination.name) || named(&self.clusters, &destination.server);
        let lists = [
            (
                &self.applications,
                any(&self.applications, &application.name),
            ),
            (&self.clusters, of_cluster),
            (
                &self.namespaces,
                any(&self.namespaces, &destination.namespace),
            ),
        ];
        let mut set = lists.iter().filter(|(list, _)| !list.is_empty()).peekable();
        if self.and_operator {
            set.peek().is_some() && set.all(|(_, matches)| *matches)
        } else {
            set.any(|(_, matches)| *matches)
        }
    }
}
