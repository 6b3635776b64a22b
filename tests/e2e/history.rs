//! What was applied, and back to it.

use crate::world::World;

fn config(value: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: config}}\ndata: {{k: {value}}}\n")
}

pub(crate) fn what_was_applied_can_be_applied_again(world: &World) {
    let file = world.app_with("history", &[("a.yaml", &config("one"))]);
    let data = [
        "get",
        "cm",
        "config",
        "-n",
        "history",
        "-o",
        "jsonpath={.data.k}",
    ];
    world.gantry(&["sync", "-f", &file]).expect(0);
    // Nothing new: no entry.
    let again = world.gantry(&["sync", "-f", &file, "-vv"]).expect(0);
    assert!(
        !again.stderr.contains(" PUT ") && !again.stderr.contains("POST"),
        "{}",
        again.stderr
    );
    world.app_with(
        "history",
        &[
            ("a.yaml", &config("two")),
            ("b.yaml", &config("x").replace("name: config", "name: more")),
        ],
    );
    world.gantry(&["sync", "-f", &file]).expect(0);
    let history = world
        .gantry(&["history", "-f", &file, "-o", "json"])
        .expect(0)
        .json();
    let entries = history[0]["history"].as_array().expect("entries").clone();
    assert_eq!(entries.len(), 2, "{history}");
    assert_eq!(entries[0]["id"], 2);
    assert_eq!(entries[0]["outcome"], "Succeeded");
    assert_eq!(entries[0]["objects"], 2);
    assert!(
        entries[0]["plugins"][0]["digest"]
            .as_str()
            .unwrap_or_default()
            .starts_with("sha256:")
    );
    assert_eq!(entries[0]["initiatedBy"]["username"], "admin", "{history}");
    assert_ne!(entries[0]["manifestsDigest"], entries[1]["manifestsDigest"]);

    let dry = world
        .gantry(&["rollback", "-f", &file, "1", "--dry-run"])
        .expect(0);
    assert!(dry.stdout.contains("(dry run)"), "{}", dry.stdout);
    assert_eq!(world.kubectl("spoke-1", &data), "two");
    let back = world
        .gantry(&["rollback", "-f", &file, "1", "--prune", "-o", "json"])
        .expect(0);
    assert_eq!(back.json()[0]["revision"], entries[1]["revisions"][0]);
    assert!(
        back.actions().contains(&"ConfigMap/more pruned".to_owned()),
        "{}",
        back.stdout
    );
    assert_eq!(world.kubectl("spoke-1", &data), "one");
    let table = world.gantry(&["history", "-f", &file]).expect(0).stdout;
    assert_eq!(table.lines().count(), 4, "{table}");
    // The last good one before the newest.
    world.gantry(&["rollback", "-f", &file]).expect(0);
    assert_eq!(world.kubectl("spoke-1", &data), "two");
}

pub(crate) fn there_must_be_something_to_go_back_to(world: &World) {
    let file = world.app_with("history", &[("a.yaml", &config("two"))]);
    let missing = world.gantry(&["rollback", "-f", &file, "77"]).expect(2);
    assert!(
        missing.stderr.contains("no entry 77") && missing.stderr.contains("it has 4, 3, 2, 1"),
        "{}",
        missing.stderr
    );
    let text = std::fs::read_to_string(&file).expect("the application");
    let automated = text.replace("syncPolicy: {", "syncPolicy: {automated: {}, ");
    let automated = world.file("automated.yaml", &automated);
    let refused = world.gantry(&["rollback", "-f", &automated, "1"]).expect(2);
    assert!(
        refused.stderr.contains("when auto-sync is enabled"),
        "{}",
        refused.stderr
    );
}

pub(crate) fn the_history_may_be_kept_on_this_machine(world: &World) {
    let file = world.app_with("local", &[("a.yaml", &config("one"))]);
    let local = ["--history", "local"];
    world
        .gantry(&[&["sync", "-f", &file], &local[..]].concat())
        .expect(0);
    let table = world
        .gantry(&[&["history", "-f", &file], &local[..]].concat())
        .expect(0)
        .stdout;
    assert_eq!(table.lines().count(), 2, "{table}");
    let secrets = world.kubectl("spoke-1", &["get", "secrets", "-n", "local", "-o", "name"]);
    assert_eq!(secrets, "");
    let none = world
        .gantry(&["history", "-f", &file, "--history", "none"])
        .expect(2);
    assert!(
        none.stderr.contains("no history is kept"),
        "{}",
        none.stderr
    );
}
