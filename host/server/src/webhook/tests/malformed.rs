//! What must be an error, and never more than that.

use serde_json::json;

use super::super::payload;
use super::super::provider::Provider;
use super::{event_of, read};

/// Fields that are missing, empty, null or of another type: what made Argo CD panic, and its like.
const MALFORMED: &[(Provider, &str)] = &[
    // CVE-2025-59531: links that are no list of objects.
    (
        Provider::BitbucketServer,
        r#"{"changes": [{"ref": {"id": "refs/heads/a"}}], "repository": {"links": {"clone": "x"}}}"#,
    ),
    (
        Provider::BitbucketServer,
        r#"{"changes": [{"ref": {"id": "refs/heads/a"}}], "repository": {"links": {"clone": ["x"]}}}"#,
    ),
    (
        Provider::BitbucketServer,
        r#"{"changes": [{"ref": {"id": "refs/heads/a"}}], "repository": {"links": {"clone": [{"href": 7}]}}}"#,
    ),
    (
        Provider::BitbucketServer,
        r#"{"changes": [{"ref": {"id": "refs/heads/a"}}], "repository": {"links": {"clone": [null]}}}"#,
    ),
    (
        Provider::BitbucketServer,
        r#"{"changes": [{"ref": {"id": "refs/heads/a"}}], "repository": {"links": null}}"#,
    ),
    (
        Provider::BitbucketServer,
        r#"{"changes": [{"ref": {"id": "refs/heads/a"}}], "repository": null}"#,
    ),
    (
        Provider::BitbucketServer,
        r#"{"changes": {}, "repository": {}}"#,
    ),
    // CVE-2025-59537: no repository.
    (
        Provider::Gogs,
        r#"{"ref": "refs/heads/a", "repository": null}"#,
    ),
    (
        Provider::Gogs,
        r#"{"ref": "refs/heads/a", "repository": {}}"#,
    ),
    (Provider::Gogs, r#"{"ref": "refs/heads/a"}"#),
    (
        Provider::Gogs,
        r#"{"repository": {"html_url": "https://h/o/a"}}"#,
    ),
    (
        Provider::Gitea,
        r#"{"ref": "refs/heads/a", "repository": null}"#,
    ),
    (Provider::GitHub, r#"{"ref": 1}"#),
    (
        Provider::GitHub,
        r#"{"ref": "refs/heads/a", "commits": [null], "repository": {"html_url": "https://h/o/a"}}"#,
    ),
    // CVE-2025-59538: updates of refs that are none.
    (
        Provider::AzureDevOps,
        r#"{"eventType": "git.push", "resource": {"refUpdates": [{}]}}"#,
    ),
    (
        Provider::AzureDevOps,
        r#"{"eventType": "git.push", "resource": {"refUpdates": {}, "repository": {}}}"#,
    ),
    (
        Provider::AzureDevOps,
        r#"{"eventType": "git.push", "resource": null}"#,
    ),
    (Provider::AzureDevOps, r#"{"eventType": "git.push"}"#),
    (Provider::AzureDevOps, r#"{"resource": {}}"#),
    (
        Provider::Bitbucket,
        r#"{"push": {"changes": [{"new": {"type": "branch", "name": "a"}}]}, "repository": {}}"#,
    ),
    (
        Provider::Bitbucket,
        r#"{"push": null, "repository": {"full_name": "o/a"}}"#,
    ),
    (
        Provider::GitLab,
        r#"{"object_kind": "push", "ref": "refs/heads/a", "project": {}}"#,
    ),
    (Provider::GitLab, "[]"),
    (Provider::GitHub, "\"text\""),
];

/// Nothing was pushed: the list that CVE-2025-59538 took the first element of.
const EMPTY: &[(Provider, &str)] = &[
    (
        Provider::AzureDevOps,
        r#"{"eventType": "git.push", "resource": {"refUpdates": [], "repository": {}}}"#,
    ),
    (
        Provider::AzureDevOps,
        r#"{"eventType": "git.push", "resource": {"refUpdates": null, "repository": {}}}"#,
    ),
    (
        Provider::BitbucketServer,
        r#"{"changes": [], "repository": {}}"#,
    ),
    (
        Provider::Bitbucket,
        r#"{"push": {"changes": []}, "repository": {}}"#,
    ),
];

#[test]
fn cve_2025_59531_and_59537_malformed_payloads_are_errors() {
    for (provider, body) in MALFORMED {
        let read = payload::read(*provider, event_of(*provider), body.as_bytes());
        assert!(read.is_err(), "{provider:?} {body}: {read:?}");
    }
    let deep = [b"[".repeat(200_000), b"]".repeat(200_000)].concat();
    let deep_within = [
        b"{\"a\":".repeat(200_000),
        b"1".to_vec(),
        b"}".repeat(200_000),
    ]
    .concat();
    for provider in Provider::ALL {
        let event = event_of(provider);
        for body in [&b""[..], b"{", b"\xff\xfe", &deep] {
            let read = payload::read(provider, event, body);
            assert!(read.is_err(), "{provider:?}: {read:?}");
        }
        // What is not looked at may be as deep as it likes, and takes no stack.
        let read = payload::read(provider, event, &deep_within);
        assert_eq!(read.is_ok(), provider == Provider::GitLab, "{read:?}");
    }
}

#[test]
fn cve_2025_59538_pushes_of_nothing_are_ignored() {
    for (provider, body) in EMPTY {
        let read = payload::read(*provider, event_of(*provider), body.as_bytes());
        let payload = read.expect("an empty push");
        assert!(payload.ignored.is_some(), "{provider:?} {body}");
    }
}

#[test]
fn more_branches_than_are_read_are_an_error() {
    let change = json!({"ref": {"id": "refs/heads/main"}});
    let body = json!({
        "changes": vec![change; 1_001],
        "repository": {"links": {"clone": [{"href": "https://h/o/a"}]}},
    });
    let read = read(Provider::BitbucketServer, "repo:refs_changed", &body);
    let error = read.expect_err("too many").to_string();
    assert!(error.contains("1001"), "{error}");
}
