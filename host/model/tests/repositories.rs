//! Which Secret speaks of a repository.

#![allow(clippy::expect_used, reason = "a test stops at a broken set-up")]

use gantry_model::secrets::{
    Credentials, Repositories, RepositorySecret, RepositoryType, Scope, normalise,
};

/// A Secret whose user name tells it from the others; none, when it is empty.
fn secret(scope: Scope, url: &str, username: &str) -> RepositorySecret {
    RepositorySecret {
        scope,
        url: url.to_owned(),
        credentials: Credentials {
            username: username.to_owned(),
            ..Credentials::default()
        },
        ..RepositorySecret::default()
    }
}

#[test]
fn urls_are_compared_in_one_form() {
    let same = [
        (
            "https://Git.Example/Org/Apps.git",
            "https://git.example/org/apps",
        ),
        (
            "https://git.example/org/apps/",
            "https://git.example/org/apps",
        ),
        (
            "https://git.example/org/apps.git/",
            "https://git.example/org/apps",
        ),
        ("git@git.example:org/apps.git", "git@git.example/org/apps"),
        ("ssh://git@git.example/org/apps", "git@git.example/org/apps"),
        (" file:///srv/apps ", "file:///srv/apps"),
        (
            "https://user@git.example:8443/apps",
            "https://user@git.example:8443/apps",
        ),
    ];
    for (url, normal) in same {
        assert_eq!(normalise(url), normal, "{url}");
    }
}

#[test]
fn the_repository_itself_then_the_longest_template() {
    let (repository, template) = (Scope::Repository, Scope::Template);
    let all = Repositories::new(vec![
        secret(template, "https://git.example", "host"),
        secret(template, "https://git.example/org/", "org"),
        secret(template, "git@git.example:org", "ssh"),
        secret(repository, "https://git.example/org/apps.git", "apps"),
        secret(repository, "https://git.example/org/bare", ""),
        RepositorySecret {
            repository_type: RepositoryType::Helm,
            ..secret(repository, "https://git.example/org/charts", "charts")
        },
    ]);
    for (url, expected) in [
        ("https://git.example/org/apps", Some("apps")),
        ("https://GIT.example/org/apps/", Some("apps")),
        ("https://git.example/org/other", Some("org")),
        ("https://git.example/org/bare", Some("org")),
        ("https://git.example/org/charts", Some("charts")),
        ("https://git.example/organisation/x", Some("host")),
        ("https://git.example/org/", Some("org")),
        ("https://git.example/org", Some("host")),
        ("ssh://git@git.example/org/x", Some("ssh")),
        ("https://git.example.evil.org/org/x", None),
        ("https://git.example:8443/org/x", None),
        ("http://git.example/org/x", None),
    ] {
        let found = all.repository_for(url, "default");
        let user = found.as_ref().map(|s| s.credentials.username.as_str());
        assert_eq!(user, expected, "{url}");
    }
}

#[test]
fn a_project_has_its_own_secret_and_not_anothers() {
    let of_project = |project: &str| RepositorySecret {
        project: project.to_owned(),
        ..secret(Scope::Repository, "https://git.example/apps", project)
    };
    let all = Repositories::new(vec![of_project("web"), of_project(""), of_project("db")]);
    let user = |project: &str| {
        let found = all.repository_for("https://git.example/apps", project);
        found.map(|s| s.project)
    };
    assert_eq!(user("db").as_deref(), Some("db"));
    assert_eq!(user("web").as_deref(), Some("web"));
    assert_eq!(user("default").as_deref(), Some(""));
    let all = Repositories::new(vec![of_project("web")]);
    assert_eq!(all.repository_for("https://git.example/apps", "db"), None);
}

#[test]
fn credentials_of_a_template_join_the_settings_of_the_repository() {
    let url = "https://git.example/apps";
    let repository = RepositorySecret {
        insecure: true,
        ..secret(Scope::Repository, url, "")
    };
    let template = RepositorySecret {
        proxy: "http://proxy".to_owned().into(),
        ..secret(Scope::Template, "https://git.example", "bot")
    };
    let all = Repositories::new(vec![repository, template]);
    let found = all.repository_for(url, "").expect("a match");
    assert_eq!(found.scope, Scope::Repository);
    assert!(found.insecure);
    assert_eq!(found.credentials.username, "bot");
    assert_eq!(found.proxy.expose(), "http://proxy");
    let found = all
        .repository_for("https://git.example/x", "")
        .expect("a match");
    assert_eq!(found.url, "https://git.example/x");
}

#[test]
fn one_that_is_tried_takes_the_place_of_what_there_is() {
    let url = "https://git.example/apps";
    let (repository, template) = (Scope::Repository, Scope::Template);
    let all = Repositories::new(vec![
        secret(repository, url, "old"),
        secret(template, "https://git.example", "template"),
    ]);
    let user = |tried: RepositorySecret| {
        let found = all.with(tried).repository_for(url, "");
        found.map(|found| found.credentials.username)
    };
    let spelled = "https://Git.example/apps.git";
    for (tried, expected) in [
        (secret(repository, spelled, "new"), "new"),
        (secret(repository, spelled, ""), "template"),
        (secret(template, url, "other"), "old"),
        (secret(repository, "https://git.example/b", "b"), "old"),
    ] {
        let named = format!("{tried:?}");
        assert_eq!(user(tried).as_deref(), Some(expected), "{named}");
    }
}
