//! Syncs to API servers that fail and restart.

use std::thread;
use std::time::Duration;

use gantry_testbed::{FaultProxy, Faults};

use crate::world::{Ended, World, gantry};

const COUNT: usize = 200;

/// An application of many objects.
fn many(world: &World, name: &str) -> String {
    let maps: String = (0..COUNT)
        .map(|at| {
            format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: map-{at}}}\ndata: {{at: '{at}'}}\n---\n")
        })
        .collect();
    world.app_with(name, &[("maps.yaml", &maps)])
}

fn ended_well(world: &World, name: &str, ended: Ended) {
    ended.expect(0);
    let jsonpath = "jsonpath={.items[*].metadata.name}";
    let names = world.kubectl("spoke-1", &["get", "cm", "-n", name, "-o", jsonpath]);
    let maps = names.split(' ').filter(|name| name.starts_with("map-"));
    assert_eq!(maps.count(), COUNT);
}

pub(crate) fn a_bad_api_server_gets_everything(world: &mut World) {
    let file = many(world, "faulty");
    let cluster = world.testbed.clusters().first().expect("a cluster");
    let proxy = FaultProxy::start(cluster).expect("a proxy");
    let kubeconfig = proxy.kubeconfig(cluster).expect("a kubeconfig");
    proxy.set(Faults {
        statuses: vec![429, 500, 502, 503, 504],
        cut: true,
        every: 5,
        delay: Duration::from_millis(5),
    });
    let kubeconfig = kubeconfig.display().to_string();
    let args = ["sync", "-f", &file, "--kubeconfig", &kubeconfig];
    let ended = gantry(&world.testbed.folder().join("data"), &args);
    assert!(proxy.faults_met() > COUNT / 8, "{}", proxy.faults_met());
    ended_well(world, "faulty", ended);
}

pub(crate) fn a_restart_of_the_api_server_is_waited_for(world: &mut World) {
    let file = many(world, "restart");
    let kubeconfig = world.testbed.kubeconfig().display().to_string();
    let data = world.testbed.folder().join("data");
    let cluster = world.testbed.clusters().first_mut().expect("a cluster");
    let ended = thread::scope(|scope| {
        let args = ["sync", "-f", &file, "--kubeconfig", &kubeconfig];
        let sync = scope.spawn(move || gantry(&data, &args));
        // The namespace is the first thing that is applied.
        cluster
            .wait_for(&["get", "namespace", "restart"])
            .expect("a first answer");
        cluster
            .restart_apiserver(Duration::from_secs(1))
            .expect("it starts again");
        sync.join().expect("an end")
    });
    ended_well(world, "restart", ended);
}
