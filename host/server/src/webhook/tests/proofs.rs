//! What is a proof, and what is none.

use gantry_model::WebhookSecrets;

use super::super::proof::{self, Proof};
use super::super::provider::Provider;
use super::headers;

type Case = (Provider, &'static [(&'static str, &'static str)], bool);

/// GitHub's own example of a signature, from its documentation.
const SIGNED: &[u8] = b"Hello, World!";

/// Headers, and whether they are a proof of the secrets below.
const CASES: &[Case] = &[
    (
        Provider::GitHub,
        &[(
            "x-hub-signature-256",
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
        )],
        true,
    ),
    (
        Provider::GitHub,
        &[(
            "x-hub-signature-256",
            "sha256=757107EA0EB2509FC211221CCE984B8A37570B6D7586C22C46F4379C8B043E17",
        )],
        true,
    ),
    (
        Provider::GitHub,
        &[(
            "x-hub-signature-256",
            "sha256=857107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
        )],
        false,
    ),
    (
        Provider::GitHub,
        &[(
            "x-hub-signature-256",
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e",
        )],
        false,
    ),
    (
        Provider::GitHub,
        &[(
            "x-hub-signature-256",
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e1",
        )],
        false,
    ),
    (Provider::GitHub, &[("x-hub-signature-256", "")], false),
    (
        Provider::GitHub,
        &[("x-hub-signature-256", "sha256=é")],
        false,
    ),
    (
        Provider::GitHub,
        &[(
            "x-hub-signature-256",
            "sha1=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
        )],
        false,
    ),
    (
        Provider::GitHub,
        &[(
            "x-hub-signature",
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
        )],
        false,
    ),
    (Provider::GitHub, &[], false),
    (
        Provider::Gitea,
        &[(
            "x-gitea-signature",
            "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
        )],
        true,
    ),
    (
        Provider::Gitea,
        &[(
            "x-gogs-signature",
            "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
        )],
        false,
    ),
    (
        Provider::Gogs,
        &[(
            "x-gogs-signature",
            "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
        )],
        true,
    ),
    (
        Provider::BitbucketServer,
        &[(
            "x-hub-signature",
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
        )],
        true,
    ),
    // Shorter than the prefix that is cut off: another way to a panic.
    (
        Provider::BitbucketServer,
        &[("x-hub-signature", "x")],
        false,
    ),
    (
        Provider::Bitbucket,
        &[
            (
                "x-hub-signature",
                "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
            ),
            ("x-hook-uuid", "{1-2}"),
        ],
        true,
    ),
    (
        Provider::Bitbucket,
        &[
            (
                "x-hub-signature",
                "sha256=857107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
            ),
            ("x-hook-uuid", "{1-2}"),
        ],
        false,
    ),
    (
        Provider::Bitbucket,
        &[
            (
                "x-hub-signature",
                "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
            ),
            ("x-hook-uuid", "{1-3}"),
        ],
        false,
    ),
    (Provider::GitLab, &[("x-gitlab-token", "token")], true),
    (Provider::GitLab, &[("x-gitlab-token", "toke")], false),
    (Provider::GitLab, &[("x-gitlab-token", "")], false),
    (
        Provider::AzureDevOps,
        &[("authorization", "Basic dXNlcjpwYXNzOndvcmQ=")],
        true,
    ),
    (
        Provider::AzureDevOps,
        &[("authorization", "basic dXNlcjpwYXNzOndvcmQ=")],
        true,
    ),
    (
        Provider::AzureDevOps,
        &[("authorization", "Basic dXNlcjpwYXNz")],
        false,
    ),
    (
        Provider::AzureDevOps,
        &[("authorization", "Bearer dXNlcjpwYXNzOndvcmQ=")],
        false,
    ),
    (Provider::AzureDevOps, &[("authorization", "Basic")], false),
    (
        Provider::AzureDevOps,
        &[("authorization", "Basic =")],
        false,
    ),
];

pub(super) fn secrets() -> WebhookSecrets {
    let entries = [
        ("webhook.github.secret", "It's a Secret to Everybody"),
        ("webhook.gitlab.secret", "token"),
        ("webhook.gogs.secret", "It's a Secret to Everybody"),
        ("webhook.bitbucket.uuid", "{1-2}"),
        ("webhook.bitbucket.secret", "It's a Secret to Everybody"),
        (
            "webhook.bitbucketserver.secret",
            "It's a Secret to Everybody",
        ),
        ("webhook.azuredevops.username", "user"),
        ("webhook.azuredevops.password", "pass:word"),
    ];
    let entries = entries.map(|(k, v)| (k.to_owned(), v.to_owned()));
    WebhookSecrets::read(&entries.into(), &Default::default()).0
}

#[test]
fn a_proof_is_looked_at_as_each_provider_gives_it() {
    for (provider, given, fits) in CASES {
        let headers = headers(given);
        let proof = proof::of(*provider, &headers, SIGNED, &secrets());
        let name = format!("{provider:?} {given:?}: {proof:?}");
        assert_eq!(proof == Ok(Proof::Given), *fits, "{name}");
        assert_ne!(proof, Ok(Proof::NotAsked), "{name}");
        let unasked = proof::of(*provider, &headers, SIGNED, &WebhookSecrets::default());
        assert_eq!(unasked, Ok(Proof::NotAsked), "{name}");
    }
}
