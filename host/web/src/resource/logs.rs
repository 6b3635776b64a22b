//! Logs: the last lines, and those that come.

use bytes::Bytes;
use futures::{FutureExt, StreamExt, stream};
use gantry_api::{Answers, Fault};
use gantry_model::limits;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::Object;
use crate::answer::Response;
use crate::application::Named;
use crate::icons::icon;
use crate::json::{is, items, text};
use crate::layout::failed;
use crate::link;
use crate::live::event;
use crate::visit::{Fields, Guest};

const METHOD: &str = "application.ApplicationService/PodLogs";

/// The tab: which container, and what it wrote.
pub(super) fn show(
    guest: &Guest,
    named: &Named,
    object: &Object,
    live: &Result<Value, Fault>,
) -> Markup {
    let query = &guest.visit.query;
    let live = match live {
        Ok(live) => live,
        Err(fault) => return failed(&fault.message),
    };
    let [first, main] =
        ["/initContainers", "/containers"].map(|list| containers(&object.kind, live, list));
    let all = if first.is_empty() {
        "All containers"
    } else {
        "All but init containers"
    };
    let wanted = query.get("container");
    let pairs: Vec<(&str, &str)> = query.iter().filter(|(name, _)| *name != "tab").collect();
    html! {
        form .narrow-bar method="get" action=(named.place("resource")) {
            @for (name, value) in object.pairs() { input type="hidden" name=(name) value=(value); }
            input type="hidden" name="tab" value="logs";
            select name="container" aria-label="Container" {
                option value="" selected[wanted.is_empty()] { (all) }
                @for name in first.iter().chain(&main) { option value=(name) selected[wanted == *name] { (name) } }
            }
            label .search { span .hidden { "Lines with" } (icon("search")) input type="search" name="filter" value=(query.get("filter")) placeholder="Lines with"; }
            label { span .hidden { "Lines" } input name="tail" type="number" min="1" max="10000" value=(tail(query)) aria-label="Lines"; }
            label .tick { input type="checkbox" name="previous" value="1" checked[query.is("previous")]; span { "Previous container" } }
            button type="submit" { "SHOW" }
            a .button href=(link::place(&named.place("logs"), &pairs)) { "AS TEXT" }
        }
        pre .code.log #log tabindex="0" role="log" aria-label="Log" data-log=(link::place(&named.place("logs"), &pairs.iter().copied().chain([("follow", "1")]).collect::<Vec<_>>())) {}
        noscript { p .dim { "Without scripts, open the log as text." } }
    }
}

/// The names in one of the lists of containers of an object's pods.
fn containers<'a>(kind: &str, live: &'a Value, list: &str) -> Vec<&'a str> {
    let spec = match kind {
        "Pod" => "/spec",
        "CronJob" => "/spec/jobTemplate/spec/template/spec",
        _ => "/spec/template/spec",
    };
    let found = items(live, &format!("{spec}{list}")).iter();
    found.map(|container| text(container, "/name")).collect()
}

fn tail(query: &Fields) -> i64 {
    let wanted: Option<i64> = query.get("tail").parse().ok();
    wanted.map_or(limits::LOG_TAIL_LINES, |lines| {
        lines.clamp(1, limits::LOG_TAIL_MAX_LINES)
    })
}

fn request(named: &Named, query: &Fields, is_followed: bool) -> Value {
    let object = Object::read(query);
    let mut request = named.request(json!({
        "namespace": object.namespace,
        "container": query.get("container"),
        "tailLines": tail(query),
        "filter": query.get("filter"),
        "previous": query.is("previous"),
        "follow": is_followed && !query.is("previous"),
    }));
    if object.kind == "Pod" {
        request["podName"] = json!(object.name);
    } else {
        request["group"] = json!(object.group);
        request["kind"] = json!(object.kind);
        request["resourceName"] = json!(object.name);
    }
    request
}

/// The log as text, to its present end.
pub(crate) async fn whole(guest: &Guest, named: &Named) -> Result<Response, Fault> {
    let mut lines = guest
        .stream(METHOD, request(named, &guest.visit.query, false))
        .await?;
    let mut whole = String::new();
    while let Some(entry) = lines.next().await {
        if let Some(line) = line(&entry?) {
            whole.push_str(&line);
            whole.push('\n');
        }
        if whole.len() > limits::LOG_TEXT_MAX_BYTES {
            whole.push_str("… and more: choose fewer lines, or one container\n");
            break;
        }
    }
    Ok(Response::text(whole))
}

/// The log as it comes.
pub(crate) async fn follow(guest: &Guest, named: &Named) -> Result<Response, Fault> {
    let lines = guest
        .stream(METHOD, request(named, &guest.visit.query, true))
        .await?
        .fuse()
        .boxed();
    let events = stream::unfold((lines, false), |(mut lines, ended)| async move {
        if ended {
            return None;
        }
        let (event, is_last) = next(&mut lines).await;
        Some((event, (lines, is_last)))
    });
    Ok(Response::events(events.boxed()))
}

/// What has come meanwhile, as one event; whether it is the last one.
async fn next(lines: &mut Answers) -> (Bytes, bool) {
    let silence = std::time::Duration::from_secs(limits::LIVE_KEEP_ALIVE_SECS);
    let Ok(first) = tokio::time::timeout(silence, lines.next()).await else {
        return (Bytes::from_static(b": here\n\n"), false);
    };
    let mut text: Vec<String> = Vec::new();
    let mut entry = first;
    loop {
        match entry {
            None if text.is_empty() => return (event("end", "-"), true),
            // The end is seen again by who asks next.
            None => return (event("lines", &text.join("\n")), false),
            Some(Err(fault)) => return (event("end", &fault.message), true),
            Some(Ok(value)) => text.extend(line(&value)),
        }
        if text.len() >= limits::LOG_LINES_PER_EVENT {
            return (event("lines", &text.join("\n")), false);
        }
        match lines.next().now_or_never() {
            Some(more) => entry = more,
            None if text.is_empty() => return (Bytes::from_static(b": here\n\n"), false),
            None => return (event("lines", &text.join("\n")), false),
        }
    }
}

fn line(entry: &Value) -> Option<String> {
    if is(entry, "/last") {
        return None;
    }
    let (content, pod) = (text(entry, "/content"), text(entry, "/podName"));
    Some(if pod.is_empty() {
        content.to_owned()
    } else {
        format!("{pod}  {content}")
    })
}

#[cfg(test)]
mod tests {
    use futures::{StreamExt, stream};
    use gantry_api::Fault;
    use serde_json::{Value, json};

    use super::next;
    use crate::stub::Stub;

    fn objects(method: &str, request: &Value) -> Result<Value, Fault> {
        let pods = match request["resourceName"].as_str() {
            Some("one") => json!({"containers": [{"name": "web"}]}),
            _ => {
                json!({"initContainers": [{"name": "copy"}], "containers": [{"name": "web"}, {"name": "proxy"}]})
            }
        };
        let spec = match request["kind"].as_str() {
            Some("Pod") => pods,
            Some("CronJob") => json!({"jobTemplate": {"spec": {"template": {"spec": pods}}}}),
            _ => json!({"template": {"spec": pods}}),
        };
        Ok(match method {
            "GetResource" => json!({"manifest": json!({"spec": spec}).to_string()}),
            _ => json!({}),
        })
    }

    #[tokio::test]
    async fn the_container_that_is_named_is_the_one_that_is_shown() {
        let all = r#"<option value="" selected>All containers</option>"#;
        let but = r#"<option value="" selected>All but init containers</option>"#;
        let cases: [(&str, &str, &str, &[&str]); 5] = [
            ("Pod", "one", "", &[all, r#"<option value="web">"#]),
            ("Pod", "two", "", &[but, "copy", "web", "proxy"]),
            ("Deployment", "two", "", &[but, "copy", "web", "proxy"]),
            ("CronJob", "two", "", &[but, "copy", "web", "proxy"]),
            (
                "CronJob",
                "two",
                "proxy",
                &[r#"<option value="proxy" selected>"#],
            ),
        ];
        for (kind, name, container, expected) in cases {
            let place = format!(
                "/applications/argocd/shop/resource?kind={kind}&name={name}&container={container}&tab=logs"
            );
            let page = Stub::new(objects).open(&place).await.text;
            let (_, select) = page.split_once("<select").expect("a choice");
            let (select, rest) = select.split_once("</select>").expect("its end");
            for text in expected {
                assert!(select.contains(text), "{kind} {text}: {select}");
            }
            assert_eq!(select.matches(" selected").count(), 1, "{select}");
            let is_asked = rest.contains("container=");
            assert_eq!(is_asked, !container.is_empty(), "{kind}: {rest}");
        }
    }

    #[tokio::test]
    async fn lines_that_are_there_are_one_event() {
        let entries = [
            json!({"content": "a"}),
            json!({"content": "b", "podName": "p"}),
            json!({"last": true}),
        ];
        let mut lines = stream::iter(entries.map(Ok)).fuse().boxed();
        let (event, is_last) = next(&mut lines).await;
        assert_eq!(
            (event.as_ref(), is_last),
            (&b"event: lines\ndata: a\ndata: p  b\n\n"[..], false)
        );
        let (event, is_last) = next(&mut lines).await;
        assert_eq!(
            (event.as_ref(), is_last),
            (&b"event: end\ndata: -\n\n"[..], true)
        );
    }
}
