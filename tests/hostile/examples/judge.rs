//! A health plugin that misbehaves when an object asks it to: `spec.mode` says how.

mod bindings {
    wit_bindgen::generate!({ path: "../../wit/plugin.wit", world: "health-plugin" });
}

use bindings::exports::gantry::plugin::about::{AboutPlugin, Guest as About};
use bindings::exports::gantry::plugin::health::{Assessment, GroupKind, Guest as Health, Status};
use serde_json::Value;

struct Judge;

#[cfg(target_arch = "wasm32")]
bindings::export!(Judge with_types_in bindings);

impl About for Judge {
    fn about() -> AboutPlugin {
        // Its own files are there from the first question on.
        let words = std::fs::read_to_string("/data/summary.txt");
        AboutPlugin {
            summary: words.unwrap_or_else(|_| "judges widgets".to_owned()),
            parameters_schema: None,
        }
    }
}

impl Health for Judge {
    fn claims() -> Vec<GroupKind> {
        let claim = |group: &str, kind: &str| GroupKind {
            group: group.into(),
            kind: kind.into(),
        };
        vec![
            claim("example.com", "Widget"),
            claim("", "Secret"),
            claim("any.example.com", "*"),
        ]
    }

    fn assess(objects: Vec<String>) -> Vec<Option<Assessment>> {
        if objects
            .iter()
            .any(|object| object.contains("\"mode\":\"too-few\""))
        {
            return Vec::new();
        }
        objects.iter().map(|object| judge(object)).collect()
    }
}

fn judge(object: &str) -> Option<Assessment> {
    let value: Value = serde_json::from_str(object).unwrap_or_default();
    let verdict = |status| {
        Some(Assessment {
            status,
            message: value["metadata"]["name"].to_string(),
        })
    };
    match value["spec"]["mode"].as_str() {
        Some("healthy") => verdict(Status::Healthy),
        Some("degraded") => verdict(Status::Degraded),
        Some("echo") => Some(Assessment {
            status: Status::Unknown,
            message: object.to_owned(),
        }),
        Some("files") => Some(Assessment {
            status: Status::Unknown,
            message: files().to_string(),
        }),
        Some("endless-loop") => loop {
            std::hint::black_box(object);
        },
        Some("abort") => std::process::abort(),
        _ => None,
    }
}

/// What it finds of its own files, and of a source tree, which is not for it.
fn files() -> Value {
    serde_json::json!({
        "script": std::fs::read_to_string("/data/example.com/Widget/health.lua").ok(),
        "written": std::fs::write("/data/summary.txt", "mine").is_ok(),
        "source": std::fs::read_dir("/src").is_ok(),
    })
}
