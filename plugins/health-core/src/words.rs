//! The words of a `reason`, a condition's type or a phase: CamelCase, as the API conventions ask for,
//! or plain text.

/// A text that speaks of a failure: `UpdateFailed`, `ErrRegisterAccount`, `InvalidSpec`.
const FAILURES: [&str; 10] = [
    "err", "error", "errored", "errors", "fail", "failed", "failing", "failure", "failures",
    "invalid",
];
/// These turn it round: `NoErrors`, `NotFailed`.
const NEGATIONS: [&str; 5] = ["no", "non", "none", "not", "without"];
/// A text that speaks of work under way: `Provisioning`, `UpgradePending`, `in progress`.
const PROGRESS: [&str; 17] = [
    "creating",
    "deleting",
    "deploying",
    "initializing",
    "installing",
    "pending",
    "progress",
    "progressing",
    "provisioning",
    "reconciling",
    "scaling",
    "scheduling",
    "starting",
    "terminating",
    "updating",
    "upgrading",
    "waiting",
];

pub(crate) fn tells_failure(text: &str) -> bool {
    let words = words(text);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    has(&FAILURES) && !has(&NEGATIONS)
}

pub(crate) fn tells_progress(text: &str) -> bool {
    words(text)
        .iter()
        .any(|word| PROGRESS.contains(&word.as_str()))
}

/// A word begins at a capital after a small letter, and at the last of several capitals before one:
/// `ErrACMEAccount` is err, acme, account.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        if c.is_alphabetic() {
            let before_small = characters.peek().is_some_and(|next| next.is_lowercase());
            let begins = !before.is_alphabetic()
                || (c.is_uppercase() && (before.is_lowercase() || before_small));
            match words.last_mut() {
                Some(word) if !begins => word.extend(c.to_lowercase()),
                _ => words.push(c.to_lowercase().collect()),
            }
        }
        before = c;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::{tells_failure, tells_progress, words};

    #[test]
    fn words_are_found_in_every_style() {
        let cases: &[(&str, &[&str])] = &[
            (
                "ErrRegisterACMEAccount",
                &["err", "register", "acme", "account"],
            ),
            ("ERROR", &["error"]),
            ("in-progress, 3 of 5", &["in", "progress", "of"]),
            ("ACK.ResourceSynced", &["ack", "resource", "synced"]),
            ("", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(words(text), *expected, "{text}");
        }
    }

    #[test]
    fn failure_and_progress_are_told_apart_from_words_like_them() {
        for text in [
            "UpdateFailed",
            "ConfigError",
            "InvalidSpec",
            "Failed",
            "SYNC_ERROR",
        ] {
            assert!(tells_failure(text), "{text}");
        }
        for text in [
            "NoErrors",
            "NotFailed",
            "Failover",
            "Ready",
            "Invalidated",
            "",
        ] {
            assert!(!tells_failure(text), "{text}");
        }
        for text in ["PROVISIONING", "UpgradePending", "in progress"] {
            assert!(tells_progress(text), "{text}");
        }
        for text in ["Running", "Ready", "Bound", ""] {
            assert!(!tells_progress(text), "{text}");
        }
    }
}
