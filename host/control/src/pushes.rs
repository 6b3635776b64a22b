//! Pushes that webhooks told of lately: an application whose paths none of them touches need not be looked at
//! soon.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gantry_engine::{Fetcher, Wanted};
use gantry_model::application::{Application, Source};
use gantry_model::limits;
use gantry_model::push::{MANIFEST_GENERATE_PATHS, Push};
use tokio::time::Instant;

/// Those of the last minute.
#[derive(Debug, Default)]
pub(crate) struct Pushes(Mutex<VecDeque<(Instant, Arc<Push>)>>);

impl Pushes {
    /// Remembers a push, if it says which files it changed.
    pub(crate) fn note(&self, push: &Push) {
        if push.changed_files.is_none() {
            return;
        }
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push_back((Instant::now(), Arc::new(push.clone())));
        while all.len() > limits::PUSHES_KEPT_MAX {
            all.pop_front();
        }
    }

    fn recent(&self) -> Vec<Arc<Push>> {
        let keep = Duration::from_secs(limits::PUSHES_KEPT_SECS);
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|(since, _)| since.elapsed() < keep);
        all.iter().map(|(_, push)| Arc::clone(push)).collect()
    }

    /// Where an application's sources are after pushes that touch none of its paths; none where they may
    /// have moved otherwise. `before` is where they were.
    pub(crate) fn passed_by(
        &self,
        application: &Application,
        before: &[String],
        fetcher: &Fetcher,
    ) -> Option<Vec<String>> {
        let annotation = application.annotations.get(MANIFEST_GENERATE_PATHS)?;
        if annotation.trim().is_empty() || before.len() != application.sources.len() {
            return None;
        }
        let recent = self.recent();
        let sources = application.sources.iter().zip(before);
        let heads = sources.map(|(source, before)| {
            let head = fetcher.head(&Wanted::of(source, &application.project)?)?;
            leads(&recent, source, annotation, before, &head).then_some(head)
        });
        heads.collect()
    }
}

/// Whether pushes lead from one commit to another without touching a path.
fn leads(pushes: &[Arc<Push>], source: &Source, annotation: &str, from: &str, to: &str) -> bool {
    let mut at = from;
    // Each push is one step at most.
    for _ in 0..=pushes.len() {
        if at == to {
            return true;
        }
        let next = pushes.iter().find(|push| {
            push.before.as_deref() == Some(at)
                && push.concerns_source(source)
                && !push.concerns_paths(annotation, &source.path)
        });
        let Some(after) = next.and_then(|push| push.after.as_deref()) else {
            return false;
        };
        at = after;
    }
    false
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use gantry_model::application::Source;
    use gantry_model::push::{Push, RevisionKind};

    use super::leads;

    fn push(before: &str, after: &str, file: &str) -> Arc<Push> {
        Arc::new(Push {
            urls: vec!["https://git.example/shop".to_owned()],
            revision: "main".to_owned(),
            kind: RevisionKind::Branch,
            before: Some(before.to_owned()),
            after: Some(after.to_owned()),
            changed_files: Some(vec![file.to_owned()]),
            default_branch: true,
        })
    }

    #[test]
    fn pushes_beside_the_paths_lead_on() {
        let source = Source {
            repo_url: "https://git.example/shop".to_owned(),
            path: "web".to_owned(),
            target_revision: "main".to_owned(),
            ..Source::default()
        };
        let pushes = [
            push("a", "b", "other/x"),
            push("b", "c", "docs/y"),
            push("c", "d", "web/z"),
            push("e", "e", "docs/y"),
        ];
        for (from, to, expected) in [
            ("a", "a", true),
            ("a", "b", true),
            ("a", "c", true),
            ("a", "d", false),
            ("c", "d", false),
            ("b", "a", false),
            ("x", "b", false),
            ("e", "f", false),
        ] {
            assert_eq!(
                leads(&pushes, &source, ".", from, to),
                expected,
                "{from} {to}"
            );
        }
        let elsewhere = Source {
            target_revision: "stable".to_owned(),
            ..source
        };
        assert!(!leads(&pushes, &elsewhere, ".", "a", "b"));
    }
}
