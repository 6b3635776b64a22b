//! The whole of it over a real file.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Instant;

use gantry_model::{Object, limits};
use gantry_store::{Home, Kind, SqliteHome};
use serde_json::{Value, json};

use crate::{Access, AccessError, Caller, Login};

mod kept;
mod logins;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

struct World {
    access: Access,
    home: Arc<dyn Home>,
    _folder: tempfile::TempDir,
}

fn object(value: Value) -> Object {
    Object::new(value, None).expect("an object")
}

fn config(name: &str, data: Value) -> Object {
    object(
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}),
    )
}

async fn world(objects: &[Object]) -> (World, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let home = SqliteHome::open(&folder.path().join("gantry.db"), "argocd").expect("a home");
    let home: Arc<dyn Home> = Arc::new(home);
    for object in objects {
        home.create(object).await.expect("created");
    }
    let access = Access::new(Arc::clone(&home));
    let password = access
        .prepare(false)
        .await
        .expect("prepared")
        .expect("a first password");
    let world = World {
        access,
        home,
        _folder: folder,
    };
    (world, password)
}

fn somebody(subject: &str, groups: &[&str]) -> Caller {
    let login = Login::Sso {
        issuer: "https://id".to_owned(),
    };
    Caller {
        groups: groups.iter().map(|g| (*g).to_owned()).collect(),
        ..Caller::named(subject, login, String::new())
    }
}

#[tokio::test]
async fn admin_comes_in_changes_the_password_and_goes() {
    let (world, first) = world(&[]).await;
    let access = &world.access;
    assert!(access.login("admin", "wrong", HERE).await.is_err());
    let session = access.login("admin", &first, HERE).await.expect("in");
    let admin = access.caller(Some(&session.token)).expect("admin");
    assert_eq!(
        (admin.subject.as_str(), &admin.login),
        ("admin", &Login::Password)
    );
    assert!(access.allows(&admin, "applications", "sync", "shop/web"));
    let denied = access
        .update_password("admin", "wrong", "admin", "another-one")
        .await;
    assert!(matches!(denied, Err(AccessError::Denied(_))));
    let short = access
        .update_password("admin", &first, "admin", "short")
        .await;
    assert!(matches!(short, Err(AccessError::Invalid(_))));
    access.logout(&session.token).await.expect("out");
    assert!(access.caller(Some(&session.token)).is_err(), "ended");
    // A restart, or another replica, knows it, too, and makes no new password.
    let again = Access::new(Arc::clone(&world.home));
    assert_eq!(again.prepare(false).await.expect("prepared"), None);
    assert!(again.caller(Some(&session.token)).is_err(), "ended for all");
    again
        .update_password("admin", &first, "admin", "another-one")
        .await
        .expect("changed");
    assert!(again.login("admin", &first, HERE).await.is_err());
    assert!(again.login("admin", "another-one", HERE).await.is_ok());
}

#[tokio::test]
async fn a_session_in_use_goes_on_until_it_is_ended() {
    let short = config(
        "argocd-cm",
        json!({"users.session.duration": "4m", "accounts.ci": "apiKey"}),
    );
    let (world, first) = world(&[short]).await;
    let access = &world.access;
    let session = access.login("admin", &first, HERE).await.expect("in");
    assert_eq!(session.expires_in_secs, 240);
    let next = access.renewed(&session.token).expect("near its end");
    let caller = access.caller(Some(&next.token)).expect("good");
    let before = access.caller(Some(&session.token)).expect("good, too");
    assert_eq!((next.expires_in_secs, &caller), (240, &before));
    let script = access.create_token("ci", "t", Some(std::time::Duration::from_secs(60)));
    assert_eq!(access.renewed(&script.await.expect("a token")), None);
    assert_eq!(access.renewed("none"), None);
    access.logout(&session.token).await.expect("out");
    for token in [&session.token, &next.token] {
        assert!(access.caller(Some(token)).is_err());
        assert_eq!(access.renewed(token), None);
    }
}

#[tokio::test]
async fn a_session_goes_on_when_its_end_is_no_further_than_two_connections() {
    let (world, first) = world(&[config("argocd-cm", json!({}))]).await;
    let access = &world.access;
    let renew = limits::SESSION_RENEW_SECS;
    for (lasts, is_near) in [
        (2 * limits::SERVER_CONNECTION_MAX_SECS, true),
        (renew - 1, true),
        (renew + 60, false),
        (24 * 3600, false),
    ] {
        let settings = json!({"data": {"users.session.duration": format!("{lasts}s")}});
        let map = (Kind::ConfigMap, "argocd", "argocd-cm");
        let written = world.home.patch(map.0, map.1, map.2, &settings).await;
        access.know(Kind::ConfigMap, written.expect("written"));
        let session = access.login("admin", &first, HERE).await.expect("in");
        let renewed = access.renewed(&session.token);
        assert_eq!(renewed.is_some(), is_near, "{lasts}");
        let left = access.renewable_in(&session.token);
        let left = left.map(|left| left.as_secs());
        assert_eq!(left.is_none(), is_near, "{lasts}");
        // The login itself may take some seconds.
        let expected =
            left.is_none_or(|left| (lasts - renew - 30..=lasts - renew + 1).contains(&left));
        assert!(expected, "{lasts}: {left:?}");
        access.logout(&session.token).await.expect("out");
        assert_eq!(access.renewable_in(&session.token), None, "it was ended");
    }
    assert_eq!(access.renewable_in("none"), None);
}

#[tokio::test]
async fn cve_2022_29165_a_bad_token_is_not_anonymous() {
    let anonymous = config("argocd-cm", json!({"users.anonymous.enabled": "true"}));
    let rbac = config("argocd-rbac-cm", json!({"policy.default": "role:readonly"}));
    let (world, _) = world(&[anonymous, rbac]).await;
    let nobody = world.access.caller(None).expect("anonymous");
    assert!(
        world
            .access
            .allows(&nobody, "applications", "get", "shop/web")
    );
    assert!(
        !world
            .access
            .allows(&nobody, "applications", "sync", "shop/web")
    );
    // {"alg":"none"} . {"sub":"admin","iss":"argocd","aud":"argocd"} .
    let forged =
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiIsImlzcyI6ImFyZ29jZCIsImF1ZCI6ImFyZ29jZCJ9.";
    assert!(world.access.caller(Some(forged)).is_err());
}

#[tokio::test]
async fn cve_2020_11576_a_wrong_name_answers_as_a_wrong_password() {
    let (world, _) = world(&[]).await;
    let mut told = Vec::new();
    for user in ["admin", "nobody"] {
        let refused = world.access.login(user, "wrong", HERE).await;
        told.push(refused.expect_err("wrong").to_string());
    }
    assert_eq!(told[0], told[1]);
}

#[tokio::test]
async fn tokens_are_given_out_and_taken_back() {
    let accounts = config("argocd-cm", json!({"accounts.ci": "apiKey"}));
    let rbac = config(
        "argocd-rbac-cm",
        json!({"policy.csv": "p, ci, applications, sync, shop/*, allow"}),
    );
    let (world, _) = world(&[accounts, rbac]).await;
    let access = &world.access;
    let token = access
        .create_token("ci", "t1", None)
        .await
        .expect("a token");
    assert!(matches!(
        access.create_token("ci", "t1", None).await,
        Err(AccessError::Invalid(_))
    ));
    assert!(matches!(
        access.create_token("admin", "t", None).await,
        Err(AccessError::Invalid(_))
    ));
    let ci = access.caller(Some(&token)).expect("ci");
    assert!(access.allows(&ci, "applications", "sync", "shop/web"));
    assert!(!access.allows(&ci, "applications", "sync", "other/web"));
    access.delete_token("ci", "t1").await.expect("taken back");
    assert!(access.caller(Some(&token)).is_err());
}

#[tokio::test]
async fn cve_2022_24768_and_1025_roles_of_a_project_speak_of_their_project() {
    let project = |name: &str| {
        object(json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": name},
            "spec": {"roles": [{"name": "dev", "groups": ["team"], "policies": [
                format!("p, proj:{name}:dev, applications, sync, {name}/*, allow"),
                format!("p, proj:{name}:dev, applications, delete, */*, allow"),
                format!("p, role:readonly, applications, sync, {name}/*, allow"),
            ]}]},
        }))
    };
    let (world, _) = world(&[project("shop"), project("bank")]).await;
    let access = &world.access;
    let (token, entry) = access
        .project_token("shop", "dev", "t", None)
        .expect("a token");
    assert!(
        access.caller(Some(&token)).is_err(),
        "not good before it is in the project"
    );
    let patch = json!({"status": {"jwtTokensByRole": {"dev": {"items": [entry]}}}});
    let written = world
        .home
        .patch(Kind::Project, "argocd", "shop", &patch)
        .await;
    access.project_written(written.expect("written"));
    let role = access.caller(Some(&token)).expect("the role");
    let team = somebody("x", &["team"]);
    for caller in [&role, &team] {
        assert!(access.allows(caller, "applications", "sync", "shop/web"));
        assert!(access.allows(caller, "projects", "get", "shop"));
        assert!(
            !access.allows(caller, "applications", "delete", "shop/web"),
            "beyond its project"
        );
        assert!(!access.allows(caller, "clusters", "get", "https://x"));
    }
    assert!(
        !access.allows(&role, "applications", "sync", "bank/web"),
        "cve-2022-1025"
    );
    let other = somebody("y", &["role:readonly"]);
    assert!(
        !access.allows(&other, "applications", "sync", "shop/web"),
        "cve-2022-24768"
    );
}

#[tokio::test]
async fn an_identity_provider_makes_nobody_admin_by_a_name() {
    let may = |world: &World, caller: &Caller| {
        let access = &world.access;
        access.allows(caller, "applications", "sync", "shop/web")
    };
    let grabs = [
        somebody("admin", &[]),
        somebody("role:admin", &[]),
        somebody("proj:shop:dev", &[]),
        somebody("x", &["admin", "role:admin"]),
    ];
    let project = object(json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": "shop"},
        "spec": {"roles": [{"name": "dev", "policies": ["p, proj:shop:dev, applications, sync, shop/*, allow"]}]},
    }));
    let (plain, _) = world(std::slice::from_ref(&project)).await;
    for caller in &grabs {
        assert!(!may(&plain, caller), "{caller:?}");
    }
    // Where somebody has written so, it counts.
    let csv = "g, admin, role:admin\ng, team, role:admin";
    let rbac = config("argocd-rbac-cm", json!({"policy.csv": csv}));
    let (given, _) = world(&[rbac, project]).await;
    assert!(may(&given, &somebody("x", &["admin"])) && may(&given, &somebody("x", &["team"])));
    assert!(!may(&given, &somebody("x", &["role:admin"])));
}

#[tokio::test]
async fn a_list_of_ten_thousand_is_filtered_quickly() {
    let lines: Vec<String> = (0..200)
        .map(|i| {
            format!("p, role:t{i}, applications, get, team{i}/*, allow\ng, group{i}, role:t{i}")
        })
        .collect();
    let rbac = config("argocd-rbac-cm", json!({"policy.csv": lines.join("\n")}));
    let (world, _) = world(&[rbac]).await;
    let caller = somebody("somebody", &["group7", "group8", "elsewhere"]);
    let began = Instant::now();
    let seen = (0..10_000).filter(|i| {
        let object = format!("team{}/app{i}", i % 200);
        world.access.allows(&caller, "applications", "get", &object)
    });
    assert_eq!(seen.count(), 100);
    // Some 10 ms in a release build; tests are not optimised, and share the machine.
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}

#[tokio::test]
async fn cve_2024_21662_failures_are_counted_whatever_comes_between() {
    let (world, password) = world(&[]).await;
    for _ in 0..limits::LOGIN_FAILURES_MAX {
        assert!(world.access.login("admin", "wrong", HERE).await.is_err());
    }
    assert!(
        world.access.login("admin", &password, HERE).await.is_err(),
        "it must wait"
    );
}

#[tokio::test]
async fn many_guesses_at_once_are_counted_before_they_are_compared() {
    let (world, password) = world(&[]).await;
    let access = &world.access;
    let guesses = (0..4 * limits::LOGIN_FAILURES_MAX).map(|guess| format!("guess-{guess}"));
    let guesses: Vec<String> = guesses.chain([password]).collect();
    let logins = guesses
        .iter()
        .map(|guess| access.login("admin", guess, HERE));
    let answers = futures::future::join_all(logins).await;
    assert!(answers.iter().all(Result::is_err), "the last one was right");
}
