//! `gantry app logs`: what the pods of an application print.

use std::future::ready;
use std::sync::Arc;

use futures::StreamExt;
use futures::stream::{self, BoxStream};
use gantry_engine::AppError;
use gantry_model::cluster::LogOptions;
use gantry_model::{Cluster, ClusterError, Diagnostic, Object, ObjectRef, limits};
use gantry_sync::Node;
use jiff::Timestamp;

use super::Desk;
use crate::Outcome;
use crate::args::app::LogsArgs;
use crate::failure::Failure;

/// One container of a pod.
struct Container {
    pod: ObjectRef,
    name: String,
}

impl Desk<'_> {
    pub(super) async fn logs(&self, args: &LogsArgs) -> Result<Outcome, Failure> {
        let (_, object) = self.apps.one(&args.app).await?;
        let rendering = self.rendering(&object).await?;
        let cluster = rendering.engine.connect(&rendering.application);
        let cluster = cluster.map_err(|error| AppError::from(error).diagnostics())?;
        let mut pods = Vec::new();
        for node in &self.nodes(&object, &rendering).await? {
            collect(node, args, false, &mut pods);
        }
        let containers = containers(&cluster, pods, args).await?;
        if containers.is_empty() {
            let message = "the application has no pod that fits";
            return Err(Diagnostic::error("no-pods", message)
                .help("see `gantry app resources`")
                .into());
        }
        if args.follow {
            followable(containers.len())?;
        }
        self.print_logs(&cluster, containers, args).await
    }

    async fn print_logs(
        &self,
        cluster: &Arc<dyn Cluster>,
        containers: Vec<Container>,
        args: &LogsArgs,
    ) -> Result<Outcome, Failure> {
        let has_several = containers.len() > 1;
        let opened = containers
            .into_iter()
            .map(|container| open(cluster, container, args, has_several));
        let (opened, most) = (stream::iter(opened), limits::LOGS_IN_FLIGHT_MAX);
        // One that is followed does not end: all have their turns. Else one stands after the other.
        let mut lines = if args.follow {
            opened.flatten_unordered(most).boxed()
        } else {
            opened.flatten().boxed()
        };
        let mut outcome = Outcome::Good;
        loop {
            let line = tokio::select! {
                biased;
                () = self.interrupt.token().cancelled() => break,
                line = lines.next() => line,
            };
            match line {
                None => break,
                Some(Ok((prefix, line))) => {
                    if fits(&line, args) {
                        self.output.print(&format!("{prefix}{line}\n"))?;
                    }
                }
                Some(Err(problem)) => {
                    outcome = Outcome::NothingDone;
                    self.output.diagnostic(&problem);
                }
            }
        }
        Ok(outcome)
    }
}

/// One that is followed does not end: what had no turn at once would never have one, and nobody would know.
fn followable(containers: usize) -> Result<(), Diagnostic> {
    let most = limits::LOGS_IN_FLIGHT_MAX;
    if containers <= most {
        return Ok(());
    }
    let message =
        format!("{containers} containers fit, and no more than {most} are followed at once");
    Err(Diagnostic::error("too-many-logs", message)
        .help("choose fewer with --kind, --name, --namespace and --container"))
}

/// How many lines of each container; none for all, as argocd has it with 0.
fn tail(args: &LogsArgs) -> Option<u64> {
    args.tail.filter(|lines| *lines > 0)
}

/// The lines of one container, each with what says whose it is.
fn open<'a>(
    cluster: &'a Arc<dyn Cluster>,
    container: Container,
    args: &'a LogsArgs,
    has_several: bool,
) -> BoxStream<'a, Result<(String, String), Diagnostic>> {
    let of = format!("{}/{}", container.pod.name, container.name);
    let prefix = if has_several {
        format!("{of}: ")
    } else {
        String::new()
    };
    let opening = async move {
        let since = args
            .since
            .map(|since| since.as_secs())
            .or(args.since_seconds);
        let since_time = args.since_time.map(|time| time.to_string());
        let since_time = since_time.unwrap_or_default();
        let options = LogOptions {
            container: &container.name,
            follow: args.follow,
            previous: args.previous,
            timestamps: args.until_time.is_some(),
            tail_lines: tail(args),
            since_secs: since,
            since_time: &since_time,
        };
        let told = move |error: ClusterError| Diagnostic::error("logs", format!("{of}: {error}"));
        match cluster.logs(&container.pod, options).await {
            Err(error) => stream::iter([Err(told(error))]).boxed(),
            Ok(lines) => lines
                .map(move |line| line.map_err(&told))
                .scan((), move |(), line| {
                    ready(until(line, args.until_time).transpose())
                })
                .map(move |line| line.map(|line| (prefix.clone(), line)))
                .boxed(),
        }
    };
    stream::once(opening).flatten().boxed()
}

/// A line up to that time, without the time before it; none where it is later.
fn until(
    line: Result<String, Diagnostic>,
    until: Option<Timestamp>,
) -> Result<Option<String>, Diagnostic> {
    let line = line?;
    let Some(until) = until else {
        return Ok(Some(line));
    };
    let (time, text) = line.split_once(' ').unwrap_or((&line, ""));
    let is_later = time.parse::<Timestamp>().is_ok_and(|time| time > until);
    Ok((!is_later).then(|| text.to_owned()))
}

/// Whether a line is one that is asked for.
fn fits(line: &str, args: &LogsArgs) -> bool {
    let Some(filter) = &args.filter else {
        return true;
    };
    let (filter, wanted) = match filter.strip_prefix('!') {
        Some(rest) => (rest, false),
        None => (filter.as_str(), true),
    };
    folded(line, args.match_case).contains(&folded(filter, args.match_case)) == wanted
}

/// The pods of a tree: those that fit, and those that objects own which fit.
fn collect(node: &Node, args: &LogsArgs, owner_fits: bool, pods: &mut Vec<ObjectRef>) {
    let object = &node.object;
    let is =
        |wanted: &Option<String>, text: &str| wanted.as_deref().is_none_or(|wanted| wanted == text);
    let fits = owner_fits
        || (is(&args.group, &object.gvk.group)
            && is(&args.kind, &object.gvk.kind)
            && is(&args.namespace, &object.namespace)
            && is(&args.object_name, &object.name));
    if fits && object.gvk.group.is_empty() && object.gvk.kind == "Pod" {
        pods.push(object.clone());
    }
    for child in &node.children {
        collect(child, args, fits, pods);
    }
}

/// The containers of pods: the one that is asked for, or all.
async fn containers(
    cluster: &Arc<dyn Cluster>,
    pods: Vec<ObjectRef>,
    args: &LogsArgs,
) -> Result<Vec<Container>, Failure> {
    let mut containers = Vec::new();
    for pod in pods {
        if let Some(name) = &args.container {
            let name = name.clone();
            containers.push(Container { pod, name });
            continue;
        }
        let told = |error: ClusterError| AppError::from(error).diagnostics();
        let Some(resource) = cluster.resource(&pod.gvk).await.map_err(told)? else {
            continue;
        };
        let live = cluster
            .get(&resource, &pod.namespace, &pod.name)
            .await
            .map_err(told)?;
        let names = live.iter().flat_map(names);
        containers.extend(names.map(|name| Container {
            pod: pod.clone(),
            name,
        }));
    }
    Ok(containers)
}

/// The names of a pod's containers.
fn names(pod: &Object) -> Vec<String> {
    let containers = pod
        .value()
        .pointer("/spec/containers")
        .and_then(|all| all.as_array());
    let name = |container: &serde_json::Value| container["name"].as_str().map(str::to_owned);
    containers.into_iter().flatten().filter_map(name).collect()
}

/// A text to compare.
fn folded(text: &str, match_case: bool) -> String {
    if match_case {
        text.to_owned()
    } else {
        text.to_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use gantry_model::{Gvk, ObjectRef, limits};
    use gantry_sync::Node;

    use super::{collect, fits, followable, tail, until};
    use crate::args::app::LogsArgs;

    #[derive(Parser)]
    struct Logs {
        #[command(flatten)]
        args: LogsArgs,
    }

    fn node(api_version: &str, kind: &str, name: &str, children: Vec<Node>) -> Node {
        Node {
            object: ObjectRef {
                gvk: Gvk::parse(api_version, kind),
                namespace: "n".to_owned(),
                name: name.to_owned(),
            },
            sync: None,
            health: None,
            message: String::new(),
            children,
        }
    }

    #[test]
    fn pods_are_found_below_what_fits() {
        let pod = |name: &str| node("v1", "Pod", name, Vec::new());
        let set = node(
            "apps/v1",
            "ReplicaSet",
            "web-1",
            vec![pod("web-1-a"), pod("web-1-b")],
        );
        let tree = [
            node("apps/v1", "Deployment", "web", vec![set]),
            node("batch/v1", "Job", "job", vec![pod("job-a")]),
            pod("bare"),
        ];
        let cases: [(&str, &[&str]); 6] = [
            ("", &["web-1-a", "web-1-b", "job-a", "bare"]),
            ("--kind Deployment", &["web-1-a", "web-1-b"]),
            ("--kind Pod --name bare", &["bare"]),
            ("--group batch", &["job-a"]),
            ("--name web-1-b", &["web-1-b"]),
            ("--namespace other", &[]),
        ];
        for (flags, expected) in cases {
            let words = ["logs", "app"].into_iter().chain(flags.split_whitespace());
            let args = Logs::try_parse_from(words).expect(flags).args;
            let mut pods = Vec::new();
            tree.iter()
                .for_each(|node| collect(node, &args, false, &mut pods));
            let names: Vec<&str> = pods.iter().map(|pod| pod.name.as_str()).collect();
            assert_eq!(names, expected, "{flags}");
        }
    }

    #[test]
    fn all_that_is_followed_has_its_turn() {
        assert!(followable(limits::LOGS_IN_FLIGHT_MAX).is_ok());
        let refused = followable(limits::LOGS_IN_FLIGHT_MAX + 1).expect_err("too many");
        assert!(refused.message.starts_with("51 containers"), "{refused}");
    }

    #[test]
    fn no_lines_are_all_lines() {
        for (flags, expected) in [("", None), ("--tail 0", None), ("--tail 5", Some(5))] {
            let words = ["logs", "app"].into_iter().chain(flags.split_whitespace());
            let args = Logs::try_parse_from(words).expect(flags).args;
            assert_eq!(tail(&args), expected, "{flags}");
        }
    }

    #[test]
    fn lines_are_chosen_by_text_and_time() {
        for (flags, expected) in [
            ("", true),
            ("--filter ERROR", true),
            ("--filter ERROR --match-case", false),
            ("--filter !error", false),
            ("--filter !other", true),
        ] {
            let words = ["logs", "app"].into_iter().chain(flags.split_whitespace());
            let args = Logs::try_parse_from(words).expect(flags).args;
            assert_eq!(fits("an error", &args), expected, "{flags}");
        }
        let line = |text: &str| Ok(text.to_owned());
        let noon = "2030-01-01T12:00:00Z".parse().ok();
        let cut = |text: &str| until(line(text), noon).expect("a line");
        assert_eq!(cut("2030-01-01T12:00:00Z a b").as_deref(), Some("a b"));
        assert_eq!(cut("2030-01-01T12:00:00.1Z a b"), None);
        let all = until(line("a b"), None).expect("a line");
        assert_eq!(all.as_deref(), Some("a b"));
    }
}
