//! Clusters by name and by server, over one connection.

use std::collections::BTreeSet;

use gantry_cluster::Clusters;
use gantry_model::Cluster as _;

use super::SetUp;

pub(crate) async fn run(set_up: &SetUp) {
    each_way_leads_to_the_cluster(set_up).await;
    if cfg!(target_os = "linux") {
        requests_share_a_connection(set_up).await;
    }
}

async fn each_way_leads_to_the_cluster(set_up: &SetUp) {
    let mut clusters = Clusters::load(Some(&set_up.kubeconfig), Some("one")).expect("clusters");
    clusters.add(set_up.config("spoke"));
    assert_eq!(clusters.names(), ["one", "spoke"]);
    let url = format!("{}/", set_up.url.replace("https", "HTTPS"));
    let ways = [
        ("context", clusters.by_name("one"), "one"),
        ("secret", clusters.by_name("spoke"), "spoke"),
        ("in-cluster", clusters.by_name("in-cluster"), "one"),
        ("server", clusters.by_server(&url), "spoke"),
        (
            "home",
            clusters.by_server("https://kubernetes.default.svc"),
            "one",
        ),
    ];
    for (way, found, name) in ways {
        let found = found.expect(way);
        assert_eq!(found.name(), name, "{way}");
        let version = found.version().await.expect(way);
        assert_eq!(version, gantry_testbed::VERSION, "{way}");
    }
    let error = clusters.by_name("two").expect_err("unknown").to_string();
    assert_eq!(error, "no cluster is named \"two\"; known are one, spoke");
}

/// Sockets are counted in `/proc`. Many requests at once, the first included: a fresh cluster, so that none is open before.
async fn requests_share_a_connection(set_up: &SetUp) {
    let before = connections(&set_up.url);
    let clusters = Clusters::load(Some(&set_up.kubeconfig), None).expect("clusters");
    let fresh = clusters.by_name("one").expect("it");
    let asked = (0..128).map(|_| fresh.version());
    let answers = futures::future::join_all(asked).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    let now = connections(&set_up.url);
    let opened = now.difference(&before).count();
    assert_eq!(opened, 1, "HTTP/2 needs one connection for all");
}

/// This process's open sockets to the API server, by inode.
fn connections(url: &str) -> BTreeSet<String> {
    let port = url.rsplit(':').next().and_then(|port| port.parse().ok());
    let port: u16 = port.expect("a port");
    let files = std::fs::read_dir("/proc/self/fd").expect("own files");
    let own: BTreeSet<String> = files
        .flatten()
        .filter_map(|fd| std::fs::read_link(fd.path()).ok())
        .filter_map(|link| {
            let link = link.to_string_lossy();
            let inode = link.strip_prefix("socket:[")?.strip_suffix(']')?;
            Some(inode.to_owned())
        })
        .collect();
    let table = std::fs::read_to_string("/proc/self/net/tcp").expect("the sockets");
    let remote = format!(":{port:04X}");
    let open = table.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let established = fields.get(3) == Some(&"01");
        let to_server = fields.get(2).is_some_and(|to| to.ends_with(&remote));
        let inode = fields.get(9).filter(|_| established && to_server)?;
        own.get(*inode).cloned()
    });
    open.collect()
}
