//! Payloads as the providers' documentation has them, and what must never break on others.

mod malformed;
mod proofs;
mod strange;

use std::path::Path;

use gantry_model::push::RevisionKind;
use gantry_model::{Push, same_repository};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use super::payload::{self, Payload};
use super::provider::Provider;

/// One payload, and what it says: `webhook/tests/*.json`.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    provider: String,
    event: String,
    body: Value,
    expected: Vec<Expected>,
    /// URLs of the same repository, as an application may have them.
    #[serde(default)]
    same: Vec<String>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    revision: String,
    kind: String,
    before: Option<String>,
    after: Option<String>,
    files: Option<Vec<String>>,
    default_branch: bool,
}

fn read(provider: Provider, event: &str, body: &Value) -> Result<Payload, payload::Problem> {
    payload::read(provider, event, body.to_string().as_bytes())
}

fn check(name: &str, push: &Push, expected: &Expected, same: &[String]) {
    assert_eq!(push.revision, expected.revision, "{name}");
    let kind = match expected.kind.as_str() {
        "branch" => RevisionKind::Branch,
        "tag" => RevisionKind::Tag,
        _ => RevisionKind::Unknown,
    };
    assert_eq!(push.kind, kind, "{name}");
    assert_eq!(push.before, expected.before, "{name}");
    assert_eq!(push.after, expected.after, "{name}");
    assert_eq!(push.changed_files, expected.files, "{name}");
    assert_eq!(push.default_branch, expected.default_branch, "{name}");
    assert!(!push.urls.is_empty(), "{name}");
    for url in same {
        assert!(
            same_repository(&push.urls, url),
            "{name}: {url} and {:?}",
            push.urls
        );
    }
    let other = "https://elsewhere.example/org/app";
    assert!(!same_repository(&push.urls, other), "{name}");
}

#[test]
fn what_providers_send_is_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/webhook/tests");
    let mut files = 0;
    for file in std::fs::read_dir(folder).expect("a folder").flatten() {
        let name = file.file_name().into_string().expect("UTF-8");
        if !name.ends_with(".json") {
            continue;
        }
        let text = std::fs::read(file.path()).expect("a file");
        let cases: Vec<Case> = serde_json::from_slice(&text).expect(&name);
        files += 1;
        for (at, case) in cases.iter().enumerate() {
            let name = format!("{name} {at}");
            let provider = Provider::named(&case.provider).expect(&name);
            let payload = read(provider, &case.event, &case.body).expect(&name);
            assert_eq!(payload.pushes.len(), case.expected.len(), "{name}");
            let is_ignored = payload.ignored.is_some();
            assert_eq!(is_ignored, case.expected.is_empty(), "{name}");
            for (push, expected) in payload.pushes.iter().zip(&case.expected) {
                check(&name, push, expected, &case.same);
            }
        }
    }
    assert_eq!(files, 7, "one file for each provider");
}

/// GitHub leaves out what is too much, and does not say so.
#[test]
fn files_count_only_where_all_are_listed() {
    let files = |commits: usize, files: usize| {
        let names: Vec<String> = (0..files).map(|file| format!("{file:05}")).collect();
        let commits = vec![serde_json::json!({"added": names}); commits];
        let body = serde_json::json!({
            "ref": "refs/heads/main", "before": "1", "after": "2", "forced": false,
            "commits": commits, "repository": {"html_url": "https://h/o/a"},
        });
        let payload = read(Provider::GitHub, "push", &body).expect("a push");
        payload.pushes[0].changed_files.as_ref().map(Vec::len)
    };
    assert_eq!(files(2_047, 2), Some(2));
    assert_eq!(files(2_048, 2), None);
    assert_eq!(files(2, 2_999), Some(2_999));
    assert_eq!(files(2, 3_000), None);
}

fn event_of(provider: Provider) -> &'static str {
    match provider {
        Provider::GitHub | Provider::Gitea | Provider::Gogs => "push",
        Provider::GitLab => "Push Hook",
        Provider::Bitbucket => "repo:push",
        Provider::BitbucketServer => "repo:refs_changed",
        Provider::AzureDevOps => "",
    }
}

fn headers(entries: &[(&str, &str)]) -> HeaderMap {
    let entries = entries.iter().map(|(name, value)| {
        let name: HeaderName = name.parse().expect("a name");
        (name, HeaderValue::from_str(value).expect("a value"))
    });
    entries.collect()
}

#[test]
fn headers_tell_providers_apart() {
    let cases = [
        ("x-github-event", Some(Provider::GitHub)),
        ("x-gitlab-event", Some(Provider::GitLab)),
        ("x-vss-activityid", Some(Provider::AzureDevOps)),
        ("x-gogs-event,x-github-event", Some(Provider::Gogs)),
        (
            "x-gitea-event,x-gogs-event,x-github-event",
            Some(Provider::Gitea),
        ),
        ("x-event-key", Some(Provider::BitbucketServer)),
        ("x-event-key,x-hook-uuid", Some(Provider::Bitbucket)),
        ("x-other", None),
    ];
    for (names, expected) in cases {
        let entries: Vec<_> = names.split(',').map(|name| (name, "push")).collect();
        assert_eq!(Provider::of(&headers(&entries)), expected, "{names}");
    }
}
