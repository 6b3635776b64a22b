//! Clusters of a control plane: an account is made, its token replaced, and all of it taken away.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::world::World;

/// The token of the account's Secret on spoke-1.
fn token(world: &World) -> String {
    let get = ["get", "secret", "argocd-manager-long-lived-token"];
    let rest = ["-n", "kube-system", "-o", "jsonpath={.data.token}"];
    let text = world.kubectl("spoke-1", &[&get[..], &rest[..]].concat());
    let bytes = BASE64_STANDARD.decode(text).expect("base64");
    String::from_utf8(bytes).expect("a token")
}

/// Whether the API server takes a token.
fn is_taken(world: &World, token: &str) -> bool {
    let mut command = world.testbed.kubectl("spoke-1");
    let output = command.args(["auth", "whoami", "--token", token]).output();
    output.expect("kubectl starts").status.success()
}

pub(crate) fn a_cluster_is_added_rotated_and_removed(world: &World) {
    let add = ["cluster", "add", "spoke-1", "--name", "one", "--yes"];
    let added = world.gantry(&add).expect(0);
    assert!(added.stdout.contains("added"), "{}", added.stdout);
    let again = world.gantry(&add).expect(2);
    assert!(again.stderr.contains("--upsert"), "{}", again.stderr);
    let old = token(world);
    assert!(is_taken(world, &old));

    let listed = world.gantry(&["cluster", "list", "-o", "json"]).expect(0);
    let json = listed.json();
    let rows = json.as_array().cloned().unwrap_or_default();
    let one = rows.iter().find(|row| row["name"] == "one");
    let one = one.expect("the cluster is listed");
    assert_eq!(one["connectionState"]["status"], "Successful", "{one}");
    assert_eq!(one["serverVersion"], "v1.35.4");
    let table = world.gantry(&["cluster", "list"]).expect(0);
    assert!(table.stdout.starts_with("SERVER"), "{}", table.stdout);
    for shown in [&listed.stdout, &table.stdout, &added.stdout] {
        assert!(!shown.contains(&old), "a token is shown");
    }

    let rotated = world.gantry(&["cluster", "rotate", "one", "-vv"]).expect(0);
    assert!(!rotated.stderr.contains(&old), "a token is logged");
    // The server remembers a token that it took for some seconds.
    world.until("the old token is refused", || !is_taken(world, &old));
    let got = world
        .gantry(&["cluster", "get", "one", "-o", "json"])
        .expect(0);
    assert_eq!(got.json()["connectionState"]["status"], "Successful");

    world.gantry(&["cluster", "rm", "one", "--yes"]).expect(0);
    let gone = world.gantry(&["cluster", "get", "one"]).expect(2);
    assert!(
        gone.stderr.contains("there is no cluster"),
        "{}",
        gone.stderr
    );
    let left = [
        "get",
        "clusterrole",
        "argocd-manager-role",
        "--ignore-not-found",
    ];
    assert_eq!(world.kubectl("spoke-1", &left), "");
}
