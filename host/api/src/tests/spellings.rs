//! A repository is the same by whatever spelling of its URL, and so are the rules about it.

use serde_json::{Value, json};

use super::world::{World, caller};
use crate::{Code, Fault};

const SERVICE: &str = "repository.RepositoryService";
const CREDS: &str = "repocreds.RepoCredsService";

async fn by(
    world: &World,
    who: &str,
    method: impl AsRef<str>,
    request: Value,
) -> Result<Value, Fault> {
    let who = caller(who);
    world.api.call(&who, method.as_ref(), request).await
}

async fn make(world: &World, url: &str, project: &str) {
    let repo = json!({"repo": url, "project": project, "username": "ada", "password": "first"});
    let made = by(
        world,
        "admin",
        format!("{SERVICE}/CreateRepository"),
        json!({ "repo": repo }),
    );
    made.await.expect("made");
    let creds = json!({"url": url, "project": project, "username": "ada", "password": "first"});
    let request = json!({ "creds": creds });
    let made = by(
        world,
        "admin",
        format!("{CREDS}/CreateRepositoryCredentials"),
        request,
    );
    made.await.expect("made");
}

/// The projects and URLs of the repositories that there are.
async fn left(world: &World) -> Vec<String> {
    let all = by(
        world,
        "admin",
        format!("{SERVICE}/ListRepositories"),
        json!({}),
    );
    let all = all.await.expect("listed");
    let all = all["items"].as_array().expect("a list").iter();
    let mut all: Vec<String> = all
        .map(|one| {
            let text = |key: &str| one[key].as_str().unwrap_or_default();
            format!("{} {}", text("project"), text("repo"))
        })
        .collect();
    all.sort();
    all
}

const POLICY: &str = "p, dev, repositories, *, *, allow\n\
    p, dev, repositories, *, https://git.x/core.git, deny\n\
    p, own, repositories, *, https://git.x/core.git, allow\n\
    p, typed, repositories, *, https://git.x/core, allow\n\
    p, reader, repositories, get, *, allow";

/// All that changes a repository or credentials, and all that removes them.
fn writes(url: &str) -> [Vec<(String, Value)>; 2] {
    let repo = json!({"repo": url, "username": "eve", "password": "second"});
    let creds = json!({"url": url, "username": "eve", "password": "second"});
    let changes = [
        (format!("{SERVICE}/UpdateRepository"), json!({"repo": repo})),
        (
            format!("{SERVICE}/CreateRepository"),
            json!({"repo": repo, "upsert": true}),
        ),
        (
            format!("{CREDS}/UpdateRepositoryCredentials"),
            json!({"creds": creds}),
        ),
        (
            format!("{CREDS}/CreateRepositoryCredentials"),
            json!({"creds": creds, "upsert": true}),
        ),
    ];
    let removals = [
        (format!("{SERVICE}/DeleteRepository"), json!({"repo": url})),
        (
            format!("{CREDS}/DeleteRepositoryCredentials"),
            json!({"url": url}),
        ),
    ];
    [changes.to_vec(), removals.to_vec()]
}

#[tokio::test]
async fn rules_are_asked_about_the_spelling_that_is_kept() {
    let world = World::with_policy(POLICY).await;
    make(&world, "https://git.x/core.git", "").await;
    for (who, url) in [
        ("dev", "https://git.x/core.git"),
        ("dev", "https://git.x/core"),
        ("dev", "https://GIT.x/core/"),
        ("typed", "https://git.x/core"),
        ("reader", "https://git.x/core"),
        ("alice", "https://git.x/core.git"),
    ] {
        for (method, request) in writes(url).concat() {
            let answer = by(&world, who, &method, request).await;
            let code = answer.as_ref().err().map(|fault| fault.code);
            let case = format!("{method} of {url} by {who}: {answer:?}");
            assert_eq!(code, Some(Code::PermissionDenied), "{case}");
        }
        assert_eq!(left(&world).await, [" https://git.x/core.git"], "{who}");
    }
    // The rule allows the one that is kept; to remove it, whichever spelling is typed.
    let [changes, _] = writes("https://git.x/core.git");
    let [_, removals] = writes("https://git.x/core");
    for (method, request) in changes.into_iter().chain(removals) {
        by(&world, "own", &method, request).await.expect(&method);
    }
    assert!(left(&world).await.is_empty());
}

#[tokio::test]
async fn a_repository_becomes_no_other_that_one_may_not_change() {
    let world = World::with_policy(POLICY).await;
    make(&world, "https://git.x/core", "").await;
    let repo = json!({"repo": "https://git.x/core.git", "username": "eve"});
    for (method, request) in [
        ("UpdateRepository", json!({ "repo": repo })),
        ("CreateRepository", json!({"repo": repo, "upsert": true})),
    ] {
        let answer = by(&world, "dev", format!("{SERVICE}/{method}"), request).await;
        assert_eq!(
            answer.expect_err(method).code,
            Code::PermissionDenied,
            "{method}"
        );
    }
    assert_eq!(left(&world).await, [" https://git.x/core"]);
}

/// The projects of the repositories that there are, the one that the request names, and which goes.
#[tokio::test]
async fn the_only_repository_of_a_url_needs_no_project() {
    let url = "https://git.x/core";
    let policy = "p, shop, repositories, *, shop/*, allow";
    let world = World::with_policy(policy).await;
    let (none, missing) = (Err(Code::PermissionDenied), Err(Code::NotFound));
    for (who, there, project, expected) in [
        ("admin", &[""][..], "", Ok("")),
        ("admin", &["shop"], "", Ok("shop")),
        ("admin", &["shop"], "shop", Ok("shop")),
        ("admin", &["shop"], "bank", missing),
        ("admin", &["", "shop"], "", Ok("")),
        ("admin", &["", "shop"], "shop", Ok("shop")),
        ("admin", &["bank", "shop"], "", missing),
        ("admin", &["bank", "shop"], "bank", Ok("bank")),
        ("admin", &[], "", none),
        // Of those that they see it is the only one.
        ("shop", &["bank", "shop"], "", Ok("shop")),
        ("shop", &["bank"], "", none),
        ("shop", &["bank"], "bank", none),
        ("shop", &[], "shop", none),
    ] {
        for project in there {
            make(&world, url, project).await;
        }
        let request = json!({"repo": format!("{url}.git"), "appProject": project});
        let got = by(&world, who, format!("{SERVICE}/Get"), request.clone()).await;
        let answer = by(&world, who, format!("{SERVICE}/DeleteRepository"), request).await;
        let case = format!("{who} {there:?} {project:?}: {answer:?}");
        assert_eq!(
            answer.map(|_| ()).map_err(|fault| fault.code),
            expected.map(|_| ()),
            "{case}"
        );
        let kept = there.iter().filter(|one| Ok(**one) != expected);
        let kept: Vec<String> = kept.map(|one| format!("{one} {url}")).collect();
        assert_eq!(left(&world).await, kept, "{case}");
        if let Ok(gone) = expected {
            let got = got.expect("seen");
            assert_eq!(got["project"].as_str().unwrap_or_default(), gone, "{case}");
        }
        for project in there {
            let request = json!({"repo": url, "appProject": project});
            let _ = by(
                &world,
                "admin",
                format!("{SERVICE}/DeleteRepository"),
                request,
            )
            .await;
            let request = json!({"url": url, "appProject": project});
            let _ = by(
                &world,
                "admin",
                format!("{CREDS}/DeleteRepositoryCredentials"),
                request,
            )
            .await;
        }
    }
}
