//! `PodLogs`: what the pods of an application print.

use std::sync::Arc;

use futures::StreamExt;
use futures::stream::{self, BoxStream};
use gantry_model::cluster::LogOptions;
use gantry_model::{Cluster, Gvk, Object, ObjectRef, limits};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::logs_merge::merged;
use super::resource::of_cluster;
use super::state::id;
use crate::api::Answers;
use crate::app::View;
use crate::ask::Ask;
use crate::desk::Call;
use crate::ending::while_so;
use crate::fault::Fault;

/// Which lines.
#[derive(Clone)]
struct Wanted {
    container: String,
    follow: bool,
    previous: bool,
    tail_lines: Option<u64>,
    since_secs: Option<u64>,
    since_time: String,
    until: Option<Timestamp>,
    filter: String,
    /// Lines that do not hold it are wanted.
    without: bool,
    match_case: bool,
}

impl Wanted {
    fn of(ask: Ask<'_>) -> Result<Self, Fault> {
        let time = |key: &str| match ask.text(key) {
            "" => Ok(None),
            text => text
                .parse::<Timestamp>()
                .map(Some)
                .map_err(|error| Fault::invalid(format!("invalid {key} parameter value: {error}"))),
        };
        let number = |key: &str| ask.number(key).and_then(|n| u64::try_from(n).ok());
        let match_case = ask.flag("matchCase");
        let filter = ask.text("filter");
        let (filter, without) = match filter.strip_prefix('!') {
            Some(rest) => (rest, true),
            None => (filter, false),
        };
        let since = time("sinceTime")?.map(|time| time.to_string());
        Ok(Self {
            container: ask.text("container").to_owned(),
            follow: ask.flag("follow"),
            previous: ask.flag("previous"),
            // The client's 0 is all of it.
            tail_lines: number("tailLines").filter(|lines| *lines > 0),
            since_secs: number("sinceSeconds").filter(|secs| *secs > 0),
            since_time: since.unwrap_or_default(),
            until: time("untilTime")?,
            filter: folded(filter, match_case),
            without,
            match_case,
        })
    }

    /// Whether a line is one of those.
    fn fits(&self, content: &str) -> bool {
        let has = folded(content, self.match_case).contains(&self.filter);
        has != self.without || self.filter.is_empty()
    }
}

fn folded(text: &str, match_case: bool) -> String {
    if match_case {
        text.to_owned()
    } else {
        text.to_lowercase()
    }
}

pub(super) async fn logs(call: Call<'_>) -> Result<Answers, Fault> {
    let app = call.app("name", "get").await?;
    let rbac_name = call.desk.rbac_name(View(app.value()));
    call.must("logs", "get", &rbac_name)?;
    let wanted = Wanted::of(call.ask)?;
    let tree = call.desk.inside.tree(id(&app)).await?;
    let pods = pods(&tree, call.ask);
    if pods.is_empty() {
        return Err(Fault::invalid("the application has no pod that fits"));
    }
    if pods.len() > limits::LOGS_IN_FLIGHT_MAX {
        let message = format!(
            "max pods to view logs are reached: {} fit, choose up to {}",
            pods.len(),
            limits::LOGS_IN_FLIGHT_MAX
        );
        return Err(Fault::invalid(message));
    }
    let cluster = call.desk.inside.cluster(id(&app)).await?;
    let mut opened = Vec::new();
    for pod in pods {
        for container in containers(&*cluster, &pod, &wanted).await? {
            opened.push(open(
                Arc::clone(&cluster),
                pod.clone(),
                container,
                wanted.clone(),
            ));
        }
    }
    let lines = if wanted.follow {
        // All of them: one that is not open yet would be silent for as long as another is followed.
        stream::iter(opened).flatten_unordered(None).boxed()
    } else {
        merged(opened).boxed()
    };
    let last =
        json!({"content": "", "timeStamp": null, "timeStampStr": "", "last": true, "podName": ""});
    let lines = lines.chain(stream::iter([Ok(last)])).boxed();
    let (desk, caller) = (Arc::clone(call.desk), call.caller.clone());
    Ok(while_so(lines, move || {
        desk.may_see(&caller, &app, &["applications", "logs"])
    }))
}

/// The pods of a tree that are asked for, or that something owns which is.
fn pods(tree: &Value, ask: Ask<'_>) -> Vec<ObjectRef> {
    let nodes = tree["nodes"].as_array().map_or(&[][..], Vec::as_slice);
    let text = |node: &Value, key: &str| node[key].as_str().unwrap_or_default().to_owned();
    let is = |wanted: &str, text: String| wanted.is_empty() || wanted == text;
    let (pod, kind) = (ask.text("podName"), ask.text("kind"));
    let fits = |node: &Value| {
        is(ask.text("group"), text(node, "group"))
            && is(kind, text(node, "kind"))
            && is(ask.text("namespace"), text(node, "namespace"))
            && is(ask.text("resourceName"), text(node, "name"))
    };
    let owned = |node: &Value| {
        let mut at = vec![node];
        // Owners in a circle end.
        for _ in 0..nodes.len() {
            let Some(node) = at.pop() else { return false };
            if fits(node) {
                return true;
            }
            let parents = node["parentRefs"].as_array().map_or(&[][..], Vec::as_slice);
            at.extend(
                nodes
                    .iter()
                    .filter(|other| parents.iter().any(|p| p["uid"] == other["uid"])),
            );
        }
        false
    };
    let is_pod = |node: &&Value| {
        text(node, "group").is_empty() && text(node, "kind") == "Pod" && is(pod, text(node, "name"))
    };
    nodes
        .iter()
        .filter(is_pod)
        .filter(|node| {
            if pod.is_empty() {
                owned(node)
            } else {
                is(ask.text("namespace"), text(node, "namespace"))
            }
        })
        .map(|node| ObjectRef {
            gvk: Gvk::parse("v1", "Pod"),
            namespace: text(node, "namespace"),
            name: text(node, "name"),
        })
        .collect()
}

async fn containers(
    cluster: &dyn Cluster,
    pod: &ObjectRef,
    wanted: &Wanted,
) -> Result<Vec<String>, Fault> {
    if !wanted.container.is_empty() {
        return Ok(vec![wanted.container.clone()]);
    }
    let Some(resource) = cluster.resource(&pod.gvk).await.map_err(of_cluster)? else {
        return Ok(Vec::new());
    };
    let live = cluster.get(&resource, &pod.namespace, &pod.name).await;
    let live: Option<Object> = live.map_err(of_cluster)?;
    let names = live.iter().flat_map(|pod| {
        let all = pod.value().pointer("/spec/containers");
        let all = all.and_then(Value::as_array).into_iter().flatten();
        all.filter_map(|one| one["name"].as_str().map(str::to_owned))
    });
    Ok(names.collect())
}

fn open(
    cluster: Arc<dyn Cluster>,
    pod: ObjectRef,
    container: String,
    wanted: Wanted,
) -> BoxStream<'static, Result<Value, Fault>> {
    let until = wanted.until;
    let opening = async move {
        let options = LogOptions {
            container: &container,
            follow: wanted.follow,
            previous: wanted.previous,
            timestamps: true,
            tail_lines: wanted.tail_lines,
            since_secs: wanted.since_secs,
            since_time: &wanted.since_time,
        };
        match cluster.logs(&pod, options).await {
            // As Argo CD: the other pods' lines come all the same.
            Err(error) => {
                let told = json!({"content": error.to_string(), "timeStamp": null, "timeStampStr": "",
                    "last": false, "podName": pod.name});
                stream::iter([Ok(told)]).boxed()
            }
            Ok(lines) => lines
                .take_while(move |line| {
                    let is_later = line.as_ref().is_ok_and(|line| is_later(line, until));
                    std::future::ready(!is_later)
                })
                .filter_map(move |line| {
                    let entry = line
                        .map_err(of_cluster)
                        .map(|line| entry(&line, &pod, &wanted));
                    std::future::ready(entry.transpose())
                })
                .boxed(),
        }
    };
    stream::once(opening).flatten().boxed()
}

/// Whether a line was written after that time.
fn is_later(line: &str, until: Option<Timestamp>) -> bool {
    let time = line.split(' ').next().unwrap_or_default();
    let time = time.parse::<Timestamp>().ok();
    time.zip(until).is_some_and(|(time, until)| time > until)
}

/// One line, with its time; none where the filter leaves it out.
fn entry(line: &str, pod: &ObjectRef, wanted: &Wanted) -> Option<Value> {
    let (time, content) = line.split_once(' ').unwrap_or(("", line));
    if !wanted.fits(content) {
        return None;
    }
    Some(json!({
        "content": content,
        "timeStamp": seconds(time),
        "timeStampStr": time,
        "last": false,
        "podName": pod.name,
    }))
}

/// A time without its fraction, as Kubernetes writes it.
fn seconds(time: &str) -> String {
    match time.split_once('.') {
        Some((seconds, _)) => format!("{seconds}Z"),
        None => time.to_owned(),
    }
}
