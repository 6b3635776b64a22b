//! Applications that are written as the accounts that their projects name.

use gantry_model::settings::Impersonation;
use gantry_model::{ClusterError, Manifest, Object, read_manifest};
use serde_json::json;

use super::world::World;
use crate::manifest::Known;
use crate::surroundings::Meaning;

#[tokio::test(flavor = "multi_thread")]
async fn the_setting_decides_whose_changes_they_are() {
    let world = World::new();
    let accounts = json!([{"server": "*", "namespace": "apps", "defaultServiceAccount": "ops"}]);
    let project = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject",
        "metadata": {"name": "default", "namespace": "argocd"},
        "spec": {"destinationServiceAccounts": accounts},
    });
    let project = read_manifest(&project).expect("a project").value;
    let Manifest::Project(project) = project else {
        panic!("no project");
    };
    let meaning = |impersonation| Meaning {
        projects: vec![(*project).clone()],
        impersonation,
        ..Meaning::default()
    };
    let user = "User(\"system:serviceaccount:apps:ops\")";
    let nobody = "Nobody(\"no matching service account found";
    let (on, off) = (Some(Impersonation { enforced: true }), None);
    let mut before = Meaning::default();
    for (impersonation, namespace, expected) in [
        (off, "apps", None),
        (on, "apps", Some(user)),
        (on, "other", Some(nobody)),
        (off, "other", None),
    ] {
        let now = meaning(impersonation);
        world.shared.heed(&now, Some(&before));
        before = now;
        let known = known(namespace);
        let application = known.application.expect("a manifest");
        let connected = world.shared.engine.connect(&application);
        let log = world.spoke("one").take_log();
        match expected {
            None => assert!(connected.is_ok() && log.is_empty(), "{namespace} {log:?}"),
            Some(author) => {
                assert!(log.iter().any(|line| line.starts_with(author)), "{log:?}");
                // This cluster cannot do it: then nothing is written at all.
                assert!(matches!(connected, Err(ClusterError::Forbidden(_))));
            }
        }
        assert!(world.shared.engine.reach(&application).is_ok());
    }
}

fn known(namespace: &str) -> Known {
    let value = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"name": "shop", "namespace": "argocd"},
        "spec": {
            "project": "default",
            "source": {"repoURL": "https://git.example/a", "path": "app"},
            "destination": {"name": "one", "namespace": namespace},
        },
    });
    Known::read(Object::new(value, None).expect("an object"), "argocd")
}
