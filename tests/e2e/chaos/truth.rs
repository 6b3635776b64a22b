//! What a history must be, whatever happened while it was written.

use std::collections::BTreeSet;

use super::scene::{LIVELY, Scene};

/// No entry is missing, none is there twice, each is of a commit that there was, and the last one is of
/// what runs. No operation is left open.
pub(super) fn the_history_is_true(scene: &Scene<'_>) {
    let statuses = scene.statuses();
    for index in LIVELY {
        let name = scene.name(index);
        let status = &statuses[&name];
        let entries = status["history"].as_array().cloned().unwrap_or_default();
        let ids = entries.iter().map(|entry| entry["id"].as_u64());
        let expected = (0..entries.len() as u64).map(Some);
        assert!(ids.eq(expected), "{name}: {status:#}");
        let text = |field: &str| -> Vec<String> {
            let texts = entries.iter().map(|entry| entry[field].as_str());
            texts
                .map(|text| text.unwrap_or_default().to_owned())
                .collect()
        };
        let started = text("deployStartedAt");
        assert!(started.is_sorted_by(|a, b| a < b), "{name}: {started:?}");
        let revisions = text("revision");
        let distinct: BTreeSet<&String> = revisions.iter().collect();
        assert_eq!(distinct.len(), revisions.len(), "{name}: {status:#}");
        assert!(
            distinct
                .iter()
                .all(|revision| scene.commits.contains(*revision)),
            "{name}: {revisions:?}, {:?}",
            scene.commits
        );
        let last = revisions.last().expect("an entry");
        let changed = ["diff", "--name-only", last, "HEAD", "--", &name];
        let changed = scene.repository.git(&changed).expect("the difference");
        assert_eq!(
            changed, "",
            "{name} is of {last} by its history: {status:#}"
        );
        assert_eq!(status["operationState"]["phase"], "Succeeded", "{status:#}");
    }
}
