use gantry_model::Cluster as _;

use super::*;

const KUBECONFIG: &str = r"
apiVersion: v1
kind: Config
current-context: prod-admin
clusters:
- {name: prod, cluster: {server: 'https://prod.example:443/'}}
- {name: dev, cluster: {server: 'https://dev.example:6443'}}
contexts:
- {name: prod-viewer, context: {cluster: prod, user: viewer}}
- {name: prod-admin, context: {cluster: prod, user: admin}}
- {name: dev-b, context: {cluster: dev, user: b}}
- {name: dev-a, context: {cluster: dev, user: a}}
";

fn clusters(context: Option<&str>) -> Result<Clusters, ConfigError> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("config");
    std::fs::write(&path, KUBECONFIG).expect("a file");
    Clusters::load(Some(&path), context)
}

fn given(name: &str, server: &str, token: &str) -> ClusterConfig {
    ClusterConfig {
        name: name.to_owned(),
        server: server.to_owned(),
        bearer_token: token.to_owned(),
        ..ClusterConfig::default()
    }
}

#[test]
fn names_and_servers_lead_to_contexts() {
    let clusters = clusters(None).expect("clusters");
    let by_name = [
        ("prod-viewer", "prod-viewer"),
        ("prod", "prod-admin"),
        ("dev", "dev-a"),
        ("in-cluster", "prod-admin"),
    ];
    for (asked, expected) in by_name {
        let found = clusters.by_name(asked).expect(asked);
        assert_eq!(found.name(), expected, "{asked}");
    }
    let by_server = [
        ("https://PROD.example", "prod-admin"),
        ("https://dev.example:6443/", "dev-a"),
        ("https://kubernetes.default.svc", "prod-admin"),
        ("https://kubernetes.default.svc:443/", "prod-admin"),
    ];
    for (asked, expected) in by_server {
        let found = clusters.by_server(asked).expect(asked);
        assert_eq!(found.name(), expected, "{asked}");
    }
    assert_eq!(
        clusters.names(),
        ["dev-a", "dev-b", "prod-admin", "prod-viewer"]
    );
}

#[test]
fn one_cluster_is_one_connection() {
    let clusters = clusters(None).expect("clusters");
    let one = clusters.by_name("prod-admin").expect("by name");
    let same = clusters
        .by_server("https://kubernetes.default.svc")
        .expect("by server");
    assert!(Arc::ptr_eq(&one, &same));
}

#[test]
fn a_chosen_context_is_the_current_one() {
    let chosen = clusters(Some("dev-b")).expect("clusters");
    assert_eq!(chosen.by_name("in-cluster").expect("it").name(), "dev-b");
    assert_eq!(chosen.by_name("dev").expect("it").name(), "dev-b");
    let error = clusters(Some("test"))
        .expect_err("no such context")
        .to_string();
    assert_eq!(
        error,
        "no context is named \"test\"; known are dev-a, dev-b, prod-admin, prod-viewer"
    );
}

#[test]
fn added_clusters_come_first() {
    let mut clusters = clusters(None).expect("clusters");
    clusters.add(given("spoke", "https://prod.example", "t"));
    clusters.add(given("dev-a", "https://other.example", "t"));
    clusters.add(given("home", "https://kubernetes.default.svc", ""));
    let found = |name: &str| clusters.by_name(name).expect(name);
    assert_eq!(
        clusters
            .by_server("https://prod.example")
            .expect("it")
            .name(),
        "spoke"
    );
    assert_eq!(
        clusters
            .by_server("https://dev.example:6443")
            .expect("it")
            .name(),
        "dev-a"
    );
    assert!(!Arc::ptr_eq(
        &found("dev-a"),
        &clusters.by_server("https://dev.example:6443").expect("it")
    ));
    assert!(Arc::ptr_eq(&found("home"), &found("prod-admin")));
    let earlier = found("spoke");
    clusters.add(given("spoke", "https://third.example", "t"));
    assert!(!Arc::ptr_eq(
        &earlier,
        &clusters.by_name("spoke").expect("it")
    ));
    clusters
        .by_server("https://third.example")
        .expect("the new one");
}

#[test]
fn an_unknown_name_is_told_the_known_ones() {
    let mut clusters = clusters(None).expect("clusters");
    let known = "known are dev-a, dev-b, prod-admin, prod-viewer";
    let error = clusters.by_name("x").expect_err("unknown").to_string();
    assert_eq!(error, format!("no cluster is named \"x\"; {known}"));
    let error = clusters
        .by_server("https://x")
        .expect_err("unknown")
        .to_string();
    assert_eq!(
        error,
        format!("no cluster has the server \"https://x\"; {known}")
    );
    for at in 0..9 {
        clusters.add(given(&format!("a{at}"), "https://a.example", ""));
    }
    let error = clusters.by_name("x").expect_err("unknown").to_string();
    assert!(error.ends_with(", a8, dev-a and 3 more"), "{error}");
    let none = Clusters::default()
        .by_name("in-cluster")
        .expect_err("none")
        .to_string();
    assert!(none.contains("none is known"), "{none}");
}

#[test]
fn a_broken_file_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("config");
    let missing = Clusters::load(Some(&path), None)
        .expect_err("no file")
        .to_string();
    assert!(missing.contains("config: no such file"), "{missing}");
    for text in [
        "clusters: 1",
        "users: [{name: a, user: {token: hunter2, tokenFile: [hunter2]}}]",
        "users:\n- name: a\n  user:\n    token: hunter2\n   wrong: hunter2\n",
        "users: [{name: a, user: {token: hunter2",
        "users: [{name: a, user: {exec: hunter2}}]",
    ] {
        std::fs::write(&path, text).expect("a file");
        let broken = Clusters::load(Some(&path), None)
            .expect_err(text)
            .to_string();
        assert!(broken.contains("config: "), "{broken}");
        assert!(!broken.contains("hunter2"), "{broken}");
    }
}

#[test]
fn rules_of_projects_are_told_name_and_server() {
    let mut clusters = clusters(None).expect("clusters");
    clusters.add(ClusterConfig {
        project: "shop".to_owned(),
        ..given("edge", "https://edge.example/", "token")
    });
    let home = ("https://kubernetes.default.svc", "in-cluster", "");
    let edge = ("https://edge.example", "edge", "shop");
    let prod = ("https://prod.example:443", "prod-admin", "");
    let cases = [
        (("in-cluster", ""), home),
        (("", "https://kubernetes.default.svc"), home),
        (("prod-admin", ""), prod),
        (("", "https://prod.example"), prod),
        (("edge", ""), edge),
        (("", "https://EDGE.example:443"), edge),
    ];
    for ((name, server), expected) in cases {
        let destination = Destination {
            name: name.to_owned(),
            server: server.to_owned(),
            namespace: String::new(),
        };
        let found = clusters.describe(&destination).expect("a cluster");
        let found = (
            found.server.as_str(),
            found.name.as_str(),
            found.project.as_str(),
        );
        assert_eq!(found, expected, "{name} {server}");
    }
    // A Secret may say which name the cluster has that Argo CD runs in.
    clusters.add(given("hub", IN_CLUSTER_SERVER, ""));
    let destination = Destination {
        server: IN_CLUSTER_SERVER.to_owned(),
        ..Destination::default()
    };
    let found = clusters.describe(&destination).expect("a cluster");
    assert_eq!(
        (found.name.as_str(), found.server.as_str()),
        ("hub", IN_CLUSTER_SERVER)
    );
}
