//! An operation that would run for long: nobody else may begin one, and people can end it.

use serde_json::json;

use crate::server::{Home, Server};
use crate::world::World;

/// It finds no node.
const JOB: &str = "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: endless\n  \
    annotations: {argocd.argoproj.io/hook: PreSync}\nspec:\n  template:\n    spec:\n      restartPolicy: Never\n      \
    nodeSelector: {no: where}\n      containers: [{name: c, image: 'c:1'}]\n";

pub(crate) fn an_operation_is_one_at_a_time_and_can_be_ended(world: &World) {
    for (name, policy) in [
        ("endless", json!({})),
        ("endless-auto", json!({"automated": {}})),
    ] {
        let file = format!("{name}/job.yaml");
        let map = format!("{name}/map.yaml");
        let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n";
        world
            .repository
            .commit(&[(&file, JOB), (&map, text)])
            .expect("a commit");
        let server = Server::start(world, Home::Embedded, name, &["--refresh-interval", "1h"]);
        let mut policy = policy;
        policy["syncOptions"] = json!(["CreateNamespace=true"]);
        let app = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
            "metadata": {"name": name, "namespace": "argocd"},
            "spec": {"project": "default", "syncPolicy": policy,
                "source": {"repoURL": world.repository.file_url(), "path": name},
                "destination": {"name": "spoke-1", "namespace": name}}});
        let file = world.file(&format!("{name}.json"), &app.to_string());
        server.gantry(&["import", "-f", &file]).expect(0);
        if policy.get("automated").is_none() {
            server.gantry(&["app", "terminate-op", name]).expect(2);
            server.gantry(&["app", "sync", name, "--async"]).expect(0);
        }
        let state = || server.application(name)["status"]["operationState"].clone();
        world.until("it runs", || state()["phase"] == "Running");
        let refused = server
            .gantry(&["app", "sync", name, "--prune"])
            .expect(2)
            .stderr;
        assert!(refused.contains("already in progress"), "{refused}");
        server.gantry(&["app", "terminate-op", name]).expect(0);
        world.until("it has ended", || state()["phase"] == "Failed");
        assert_eq!(state()["message"], "Operation terminated");
        assert_eq!(server.application(name).get("operation"), None);
    }
}
