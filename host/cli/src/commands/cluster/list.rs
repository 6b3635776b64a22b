//! `gantry cluster list` and `get`.

use std::time::Duration;

use futures::future::join_all;
use gantry_cluster::{IN_CLUSTER_NAME, IN_CLUSTER_SERVER, KubeCluster, normalise_server};
use gantry_control::clusters::{Census, ClusterInfo, ConnectionStatus};
use gantry_engine::cluster_config;
use gantry_model::{Cluster, Object, limits};
use gantry_store::{Home, Kind};
use serde::Serialize;

use super::{one, stored};
use crate::Outcome;
use crate::args::{ClusterFormat, ClusterGetArgs, ClusterListArgs, Global, HomeArgs};
use crate::failure::Failure;
use crate::home::{self, problem};
use crate::output::Output;
use crate::setup;
use crate::table::Table;

/// What is shown of a cluster; nothing of its credentials.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    #[serde(flatten)]
    info: ClusterInfo,
    server_version: String,
    connection_state: State,
    /// Applications that go there.
    applications: usize,
    /// Objects that a control plane watches there; none where none says so.
    objects: Option<usize>,
}

#[derive(Serialize)]
struct State {
    status: &'static str,
    message: String,
}

pub(super) async fn list(
    global: &Global,
    args: &ClusterListArgs,
    output: &Output,
) -> Result<Outcome, Failure> {
    let home = home::open(global, &args.home)?;
    let all = stored(&*home, output).await?;
    let mut probes: Vec<_> = all
        .iter()
        .map(|found| {
            let cluster = KubeCluster::given(cluster_config(&found.secret));
            (
                ClusterInfo::from(&found.secret),
                std::sync::Arc::new(cluster),
            )
        })
        .collect();
    probes.extend(hub(global, &args.home, &probes));
    let rows = probes
        .into_iter()
        .map(|(info, cluster)| async move { probe(info, &cluster).await });
    let mut rows = join_all(rows).await;
    let uses = Uses::of(&*home).await?;
    rows.iter_mut().for_each(|row| uses.tell(row));
    rows.sort_by(|a, b| (&a.info.server, &a.info.name).cmp(&(&b.info.server, &b.info.name)));
    show(&rows, args.output, output)?;
    Ok(Outcome::Good)
}

pub(super) async fn get(
    global: &Global,
    args: &ClusterGetArgs,
    output: &Output,
) -> Result<Outcome, Failure> {
    let home = home::open(global, &args.home)?;
    let found = one(&*home, &args.cluster, output).await?;
    let cluster = KubeCluster::given(cluster_config(&found.secret));
    let mut row = probe(ClusterInfo::from(&found.secret), &cluster).await;
    Uses::of(&*home).await?.tell(&mut row);
    match args.output {
        ClusterFormat::Json => output.json(&row)?,
        ClusterFormat::Yaml => output.yaml(&row)?,
        format => show(&[row], format, output)?,
    }
    Ok(Outcome::Good)
}

/// The cluster that `in-cluster` means, where there is one and no Secret is for it.
fn hub(
    global: &Global,
    args: &HomeArgs,
    others: &[(ClusterInfo, std::sync::Arc<KubeCluster>)],
) -> Option<(ClusterInfo, std::sync::Arc<KubeCluster>)> {
    let here = normalise_server(IN_CLUSTER_SERVER);
    if others
        .iter()
        .any(|(info, _)| normalise_server(&info.server) == here)
    {
        return None;
    }
    let clusters = setup::clusters(global).ok()?;
    let name = args.hub.as_deref().unwrap_or(IN_CLUSTER_NAME);
    let info = ClusterInfo {
        name: IN_CLUSTER_NAME.to_owned(),
        server: IN_CLUSTER_SERVER.to_owned(),
        ..ClusterInfo::default()
    };
    Some((info, clusters.by_name(name).ok()?))
}

/// Asks a cluster who its credentials are for, since any server says its version to anybody.
async fn probe(info: ClusterInfo, cluster: &KubeCluster) -> Row {
    let limit = Duration::from_secs(limits::CLUSTER_PROBE_TIMEOUT_SECS) + cluster.login_time();
    let asked = tokio::time::timeout(limit, async {
        cluster.identity().await?;
        cluster.version().await
    });
    let answer = match asked.await {
        Ok(answer) => answer.map_err(|error| error.to_string()),
        Err(_) => Err(format!("no answer within {} s", limit.as_secs())),
    };
    let (status, version, message) = match answer {
        Ok(version) => (ConnectionStatus::Successful, version, String::new()),
        Err(message) => (ConnectionStatus::Failed, String::new(), message),
    };
    Row {
        info,
        server_version: version,
        connection_state: State {
            status: status.as_str(),
            message,
        },
        applications: 0,
        objects: None,
    }
}

/// Who uses the clusters, as the home says.
struct Uses {
    applications: Vec<Object>,
    census: Census,
}

impl Uses {
    async fn of(home: &dyn Home) -> Result<Self, Failure> {
        let applications = home.list(Kind::Application).await;
        let census = Census::read(home).await;
        Ok(Self {
            applications: applications.map_err(|error| problem(&error))?,
            census: census.map_err(|error| problem(&error))?,
        })
    }

    fn tell(&self, row: &mut Row) {
        let info = &row.info;
        let server = normalise_server(&info.server);
        let goes_there = |application: &&Object| {
            let spec = &application.value()["spec"];
            let destination = &spec["destination"];
            let project = spec["project"].as_str().unwrap_or_default();
            let is_meant = match destination["server"].as_str().unwrap_or_default() {
                "" => destination["name"] == info.name.as_str(),
                other => normalise_server(other) == server,
            };
            is_meant && info.is_for(project)
        };
        row.applications = self.applications.iter().filter(goes_there).count();
        let counted = self.census.get(&info.server, &info.project);
        row.objects = counted.map(|counted| counted.objects);
    }
}

fn show(rows: &[Row], format: ClusterFormat, output: &Output) -> Result<(), Failure> {
    match format {
        ClusterFormat::Json => return output.json(&rows),
        ClusterFormat::Yaml => return output.yaml(&rows),
        ClusterFormat::Server => {
            let servers: Vec<&str> = rows.iter().map(|row| row.info.server.as_str()).collect();
            return output.print(&format!("{}\n", servers.join("\n")));
        }
        ClusterFormat::Table | ClusterFormat::Wide => {}
    }
    let is_wide = format == ClusterFormat::Wide;
    let mut head = vec![
        "SERVER", "NAME", "VERSION", "STATUS", "APPS", "OBJECTS", "MESSAGE", "PROJECT",
    ];
    head.extend(is_wide.then_some("NAMESPACES"));
    let mut table = Table::new(&head);
    for row in rows {
        let mut cells = vec![
            row.info.server.clone(),
            row.info.name.clone(),
            row.server_version.clone(),
            row.connection_state.status.to_owned(),
            row.applications.to_string(),
            row.objects
                .map_or("-".to_owned(), |objects| objects.to_string()),
            row.connection_state.message.clone(),
            row.info.project.clone(),
        ];
        cells.extend(is_wide.then(|| row.info.namespaces.join(",")));
        table.row(cells);
    }
    output.print(&table.to_string())
}
