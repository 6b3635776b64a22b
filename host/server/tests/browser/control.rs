//! A control plane that has made-up applications, for the pages to show.

use std::net::IpAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use futures::{StreamExt, stream};
use gantry_access::{Caller, Login, Refused, Session};
use gantry_api::{Answers, Code, Fault};
use gantry_web::Control;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::made;

/// The state, and what was asked that changes something.
pub(crate) struct Made {
    pub(crate) apps: Mutex<Vec<Value>>,
    pub(crate) asked: Mutex<Vec<(String, Value)>>,
    pub(crate) turned: watch::Sender<u64>,
    pub(crate) pods: usize,
    /// Whether the session has ended.
    pub(crate) is_over: AtomicBool,
}

impl Made {
    pub(crate) fn new(apps: usize, pods: usize) -> Self {
        Self {
            apps: Mutex::new(made::apps(apps)),
            asked: Mutex::default(),
            turned: watch::Sender::new(0),
            pods,
            is_over: AtomicBool::new(false),
        }
    }

    /// Changes one application, and tells all who watch.
    pub(crate) fn change(&self, name: &str, change: impl Fn(&mut Value)) {
        let mut apps = self.apps.lock().expect("no panic");
        let found = apps.iter_mut().find(|app| app["metadata"]["name"] == name);
        change(found.expect("an application"));
        drop(apps);
        self.turned.send_modify(|turn| *turn += 1);
    }

    fn get(&self, name: &str) -> Result<Value, Fault> {
        let apps = self.apps.lock().expect("no panic");
        let found = apps
            .iter()
            .find(|app| app["metadata"]["name"] == name)
            .cloned();
        found.ok_or_else(|| Fault::new(Code::PermissionDenied, "permission denied"))
    }

    fn list(&self, request: &Value) -> Value {
        let apps = self.apps.lock().expect("no panic");
        let text = |pointer: &str| {
            request
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let one_of = |field: &str, value: &Value| {
            let wanted = request[field].as_array().cloned().unwrap_or_default();
            wanted.is_empty() || wanted.contains(value)
        };
        let found: Vec<&Value> = apps
            .iter()
            .filter(|app| {
                app["metadata"]["name"]
                    .as_str()
                    .unwrap_or_default()
                    .contains(text("/search"))
            })
            .filter(|app| one_of("health", &app["status"]["health"]["status"]))
            .filter(|app| one_of("sync", &app["status"]["sync"]["status"]))
            .collect();
        let mut counts = json!({"health": {}, "sync": {}, "project": {"default": 1, "shop": 2}});
        for app in &found {
            for field in ["health", "sync"] {
                let status = app["status"][field]["status"].as_str().unwrap_or_default();
                let before = counts[field][status].as_i64().unwrap_or_default();
                counts[field][status] = json!(before + 1);
            }
        }
        let number = |field: &str| {
            usize::try_from(request[field].as_u64().unwrap_or_default()).unwrap_or_default()
        };
        let page: Vec<&Value> = found
            .iter()
            .skip(number("offset"))
            .take(number("limit").max(1))
            .copied()
            .collect();
        json!({"metadata": {"total": found.len(), "counts": counts}, "items": page})
    }
}

fn short(method: &str) -> &str {
    method.rsplit('/').next().unwrap_or_default()
}

#[async_trait]
impl Control for Made {
    async fn login(&self, user: &str, password: &str, _: IpAddr) -> Result<Session, Refused> {
        if (user, password) == ("admin", "right") {
            return Ok(Session {
                token: "a-session".to_owned(),
                expires_in_secs: 3_600,
            });
        }
        Err(Refused("Invalid username or password".to_owned()))
    }

    fn caller(&self, token: Option<&str>) -> Result<Caller, Refused> {
        if token != Some("a-session") || self.is_over.load(Ordering::Relaxed) {
            return Err(Refused("no session information".to_owned()));
        }
        Ok(Caller::named("admin", Login::Password, String::new()))
    }

    async fn logout(&self, _: &str) -> Result<(), Refused> {
        Ok(())
    }

    async fn call(&self, _: &Caller, method: &str, request: Value) -> Result<Value, Fault> {
        let name = request["name"].as_str().unwrap_or_default();
        Ok(match short(method) {
            "List" if method.starts_with("application.") => self.list(&request),
            "Get" if method.starts_with("application.") => self.get(name)?,
            "ResourceTree" => made::tree(self.pods),
            "RevisionMetadata" => {
                json!({"author": "Ada <ada@shop.example>", "message": "Give the checkout three replicas\n\nMore", "date": "2026-11-25T08:00:00Z"})
            }
            "ManagedResources" => made::managed(),
            "GetResource" => json!({"manifest": made::deployment(3).to_string()}),
            "ListResourceActions" => {
                json!({"actions": [{"name": "restart", "displayName": "Restart"}, {"name": "pause"}, {"name": "scale", "params": [{"name": "replicas"}]}]})
            }
            "ListResourceEvents" => made::events(),
            "List" if method.starts_with("cluster.") => made::clusters(),
            "List" if method.starts_with("project.") => made::projects(),
            "Get" if method.starts_with("project.") => made::projects()["items"][0].clone(),
            "List" if method.starts_with("gantry.") => made::plugins(),
            "ListRepositories" => made::repositories(),
            "ListUnlisted" => made::unlisted(),
            "ListAccounts" => {
                json!({"items": [{"name": "admin", "enabled": true, "capabilities": ["login"]}, {"name": "ci", "enabled": true, "capabilities": ["apiKey"], "tokens": [{"id": "1"}]}]})
            }
            "GetUserInfo" => {
                json!({"loggedIn": true, "username": "admin", "iss": "argocd", "groups": []})
            }
            "Version" => json!({"Version": "v0.1.0"}),
            "Create" if method.starts_with("application.") => {
                let mut made = request["application"].clone();
                made["metadata"]["namespace"] = json!("argocd");
                self.apps.lock().expect("no panic").push(made.clone());
                self.asked
                    .lock()
                    .expect("no panic")
                    .push((method.to_owned(), request));
                made
            }
            "Sync"
            | "Rollback"
            | "Delete"
            | "TerminateOperation"
            | "RunResourceActionV2"
            | "UpdateSpec"
            | "PatchResource" => {
                self.asked
                    .lock()
                    .expect("no panic")
                    .push((method.to_owned(), request));
                json!({})
            }
            _ => {
                return Err(Fault::new(
                    Code::Unimplemented,
                    format!("there is no method {method}"),
                ));
            }
        })
    }

    async fn stream(&self, _: &Caller, method: &str, _: Value) -> Result<Answers, Fault> {
        if short(method) == "PodLogs" {
            let lines = (1..=60)
                .map(|n| Ok(json!({"content": format!("{n} GET /checkout 200 {}ms", n * 7 % 40)})));
            return Ok(stream::iter(lines).boxed());
        }
        let mut turned = self.turned.subscribe();
        // What there is comes first.
        turned.mark_changed();
        Ok(stream::unfold(turned, |mut turned| async move {
            turned.changed().await.ok()?;
            Some((Ok(json!({})), turned))
        })
        .boxed())
    }
}
