//! `gantry serve`: the control plane, until it is told to end.

mod asked;
mod certificate;
mod front;
mod inside;

use std::sync::Arc;

use gantry_charts::Charts;
use gantry_cluster::{Contexts, KubeCluster};
use gantry_control::clusters::{ClusterInfo, Registry, Wrap, Wrapped};
use gantry_control::shards::{Fenced, Shards};
use gantry_control::{Bell, Pace, Parts, Plane};
use gantry_diff::SystemRules;
use gantry_engine::{Engine, Fetcher, HistoryHome, Pins, Projects, Workshop};
use gantry_live::{Hears, LiveCluster, Scope};
use gantry_model::metrics::{Exposition, Metrics};
use gantry_model::push::{Push, WebhookSecrets};
use gantry_model::secrets::Repositories as Secrets;
use gantry_model::{Cluster, Diagnostic};
use gantry_plugins::Host;
use gantry_server::{Server, Surface, TlsMode};
use gantry_source::Repositories;
use gantry_store::Home;

use crate::Outcome;
use crate::args::{Global, ServeArgs};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::Output;
use crate::{home, metrics, setup};
use front::Front;

pub(crate) fn run(global: &Global, args: &ServeArgs, output: &Output) -> Result<Outcome, Failure> {
    let runtime = setup::runtime()?;
    let plugins = setup::plugins_of_server(global)?;
    runtime.block_on(async {
        let interrupt = Interrupt::default();
        interrupt.listen();
        let parts = parts(global, args, &plugins)?;
        let shards = Arc::clone(&parts.shards);
        let front = Front::new(&parts, &plugins);
        let tls = front::tls(global, args, &parts.home).await?;
        let plane = Arc::new(Plane::new(parts));
        let door = Arc::new(Door {
            plane: Arc::clone(&plane),
            plugins: plugins.clone(),
        });
        let server = Server::bind(args.listen, Arc::clone(&door) as _, &tls)
            .await
            .map_err(|error| {
                Diagnostic::error("listen", error.to_string())
                    .help("check --listen, --tls-cert and --tls-key")
            })?
            .surface(Surface::Public)
            .api(Arc::clone(&front.api))
            .pages(front.pages());
        let metrics = metrics_of(args, door, &server).await?;
        follow_plugins(&plugins, &plane);
        let token = interrupt.token().clone();
        let serving = server.serve(token.clone().cancelled_owned());
        let admitting = front.admit(args.home.hub.is_some(), output);
        let counting = async {
            if let Some(metrics) = metrics {
                metrics.serve(token.clone().cancelled_owned()).await;
            }
        };
        let working = async { futures::join!(serving, counting, plane.run(token.clone())) };
        tokio::select! {
            ((), (), ()) = working => {}
            () = admitting => {}
        }
        if !shards.close().await {
            tracing::warn!(
                "the clusters could not be handed over in time: others take them in some seconds"
            );
        }
        Ok(Outcome::Good)
    })
}

/// What is counted, at an address of its own.
async fn metrics_of(
    args: &ServeArgs,
    door: Arc<Door>,
    counted: &Server,
) -> Result<Option<Server>, Diagnostic> {
    let Some(address) = args.metrics_listen else {
        return Ok(None);
    };
    let server = Server::bind(address, door, &TlsMode::Plain).await;
    let server = server.map_err(|error| {
        Diagnostic::error("listen", error.to_string()).help("check --metrics-listen")
    })?;
    Ok(Some(
        server.surface(Surface::Metrics).counting_with(counted),
    ))
}

/// Everything, joined.
fn parts(global: &Global, args: &ServeArgs, plugins: &Host) -> Result<Parts, Failure> {
    let kept = setup::data(global)?;
    let contexts = Contexts::load(global.kubeconfig.as_deref(), global.context.as_deref());
    let contexts = contexts.map_err(|error| {
        Diagnostic::error("kubeconfig", error.to_string()).help("check --kubeconfig and --context")
    })?;
    let home = home::open(global, &args.home)?;
    let bell = Arc::new(Bell::default());
    let hub = hub(&contexts, args)?;
    let shards = Arc::new(match &hub {
        Some(hub) => share(hub, args, &*home)?,
        None => Shards::alone(),
    });
    let registry = Registry::new(wrap(&bell, &shards)).telling(told(&bell));
    let registry = match hub {
        Some(_) => registry.with_hub(Arc::new(connect(&contexts, args)?)),
        None => registry.with_contexts(&contexts),
    };
    let clusters = Arc::new(registry);
    let metrics = Arc::new(Metrics::default());
    let fetcher = Fetcher::new(
        counted(
            Repositories::new(kept.join("repositories"))
                .beside(&kept)
                .guarded(),
            &metrics,
        ),
        Charts::new(kept.join("charts")),
        Secrets::default(),
    );
    let workshop = Workshop::new(
        plugins.clone(),
        fetcher.guarded(),
        // Until they are known, nobody may do anything.
        Projects::all(&[], home.namespace()),
        Pins::default(),
    );
    let destinations = Arc::clone(&clusters);
    Ok(Parts {
        home,
        engine: Arc::new(Engine::new(
            workshop,
            destinations,
            SystemRules::default(),
            HistoryHome::Nowhere,
        )),
        clusters,
        shards,
        bell,
        pace: Pace::every(args.refresh_interval),
        metrics,
    })
}

/// The same, with each request to a Git server counted.
fn counted(repositories: Repositories, metrics: &Arc<Metrics>) -> Repositories {
    let metrics = Arc::clone(metrics);
    repositories.heard_by(move |repository, request, took| {
        let labels = [repository, request.as_str()];
        metrics.git_requests.add(labels, 1.0);
        metrics.git_seconds.observe(labels, took.as_secs_f64());
    })
}

/// A connection of its own for the leases, where there is a hub: renewals must not wait behind applies.
fn hub(contexts: &Contexts, args: &ServeArgs) -> Result<Option<Arc<dyn Cluster>>, Failure> {
    if args.home.hub.is_none() {
        return Ok(None);
    }
    Ok(Some(Arc::new(connect(contexts, args)?)))
}

fn connect(contexts: &Contexts, args: &ServeArgs) -> Result<KubeCluster, Failure> {
    let name = args.home.hub.as_deref().unwrap_or_default();
    if name == gantry_cluster::IN_CLUSTER_NAME
        && let Some(cluster) = KubeCluster::in_pod()
    {
        return Ok(cluster);
    }
    contexts.connect(name).map_err(|error| {
        Diagnostic::error("hub", error.to_string())
            .help("check --hub and --kubeconfig")
            .into()
    })
}

/// Several replicas share the clusters of one hub.
fn share(hub: &Arc<dyn Cluster>, args: &ServeArgs, home: &dyn Home) -> Result<Shards, Failure> {
    let host = || {
        std::env::var("HOSTNAME")
            .ok()
            .filter(|name| !name.is_empty())
    };
    let id = args
        .replica
        .clone()
        .or_else(host)
        .unwrap_or_else(|| "gantry".to_owned());
    let shards = Shards::start(Arc::clone(hub), home.namespace(), &id.to_lowercase());
    shards.map_err(|error| {
        Diagnostic::error("replica", error.to_string())
            .help("check --replica")
            .into()
    })
}

/// Around each cluster: writes only while it is ours, then the watch that answers from memory.
fn wrap(bell: &Arc<Bell>, shards: &Arc<Shards>) -> Wrap {
    let (bell, shards) = (Arc::clone(bell), Arc::clone(shards));
    Arc::new(move |cluster, info: &ClusterInfo| {
        let probed = Arc::clone(&cluster);
        let guarded = Fenced::new(cluster, Arc::clone(&shards), info.server.clone());
        let hears: Arc<dyn Hears> = Arc::<Bell>::clone(&bell);
        let scope = Scope {
            namespaces: info.namespaces.clone(),
            cluster_resources: info.cluster_resources,
        };
        let cluster = LiveCluster::new(Arc::new(guarded), hears, scope);
        let watched = Arc::clone(&cluster);
        Wrapped {
            cluster,
            probed,
            kept: Arc::new(move || watched.stats()),
        }
    })
}

fn told(bell: &Arc<Bell>) -> gantry_control::clusters::Told {
    let bell = Arc::clone(bell);
    Arc::new(move |info, state| {
        tracing::info!(
            cluster = info.name,
            status = state.status.as_str(),
            message = state.message,
            "a cluster's connection changed"
        );
        bell.ring_cluster(info);
    })
}

/// Looks at all applications when a plugin came, changed or went.
fn follow_plugins(plugins: &Host, plane: &Arc<Plane>) {
    let (plugins, plane) = (plugins.clone(), Arc::downgrade(plane));
    std::thread::spawn(move || {
        let watch = plugins.watch();
        loop {
            watch.changed();
            let Some(plane) = plane.upgrade() else { return };
            plane.plugins_changed();
        }
    });
}

/// The control plane as the HTTP server sees it.
struct Door {
    plane: Arc<Plane>,
    plugins: Host,
}

impl gantry_server::Plane for Door {
    fn pushed(&self, push: Push) {
        self.plane.pushed(&push);
    }

    fn is_ready(&self) -> Result<(), String> {
        if self.plane.is_ready() {
            Ok(())
        } else {
            Err("not all applications are known yet".to_owned())
        }
    }

    fn metrics(&self) -> String {
        let mut text = Exposition::default();
        self.plane.metrics().write(&mut text);
        metrics::write_to(&mut text, &self.plugins.metrics());
        text.into_text()
    }

    fn webhook_secrets(&self) -> Result<WebhookSecrets, String> {
        Ok(self.plane.webhook_secrets())
    }
}
