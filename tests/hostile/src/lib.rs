//! A renderer that misbehaves on request: its parameter `mode` says how. The plugin host's tests
//! run it. It uses the bare bindings, since a hostile author would not use the SDK.

mod bindings {
    wit_bindgen::generate!({ path: "../../wit/plugin.wit", world: "renderer-plugin" });
}

mod ask;
mod escape;
mod exhaust;
mod files;
mod look;

use bindings::exports::gantry::plugin::about::{AboutPlugin, Guest as About};
use bindings::exports::gantry::plugin::renderer::{
    Body, Diagnostic, Document, Guest as Renderer, Origin, Rendering, Request, Tree,
};
use bindings::gantry::plugin::types::Severity;
use serde_json::{Value, json};

/// JSON as Python writes it: escapes that YAML lacks.
const ESCAPES: &str = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a\/b"},"data":{"value":"\"\ud83d\ude00\u00e9\t\""}}"#;

/// More than any host takes by default, and less than the memory that it gives.
const OUTPUT_BOMB_BYTES: u64 = 80 << 20;

struct Hostile;

#[cfg(target_arch = "wasm32")]
bindings::export!(Hostile with_types_in bindings);

impl About for Hostile {
    fn about() -> AboutPlugin {
        let mut schema = json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["mode"],
            "properties": {
                "mode": { "type": "string" },
                "count": { "type": "integer" },
                "env": { "type": "object" },
                "paths": { "type": "array", "items": { "type": "string" } },
            },
        });
        for question in ask::QUESTIONS {
            schema["properties"][question] = json!({ "type": "array" });
        }
        AboutPlugin {
            summary: "misbehaves on request".to_owned(),
            parameters_schema: Some(schema.to_string()),
        }
    }
}

impl Renderer for Hostile {
    fn render(tree: &Tree, request: &Request) -> Result<Rendering, Vec<Diagnostic>> {
        let parameters: Value = serde_json::from_str(&request.parameters()).unwrap_or_default();
        let count = parameters["count"].as_u64().unwrap_or(1);
        let paths: Vec<String> =
            serde_json::from_value(parameters["paths"].clone()).unwrap_or_default();
        let path = paths.first().map_or("/src", String::as_str);
        match parameters["mode"].as_str().unwrap_or_default() {
            "good" => Ok(good(request)),
            "no-op" => Ok(Rendering {
                documents: Vec::new(),
                warnings: Vec::new(),
            }),
            "ask" => Ok(object(&ask::answers(tree, request, &parameters))),
            "refuse" => Err(vec![refusal()]),
            "warn" => Ok(Rendering {
                warnings: vec![refusal()],
                ..good(request)
            }),
            "bad-document" => Ok(one(Body::Json("[1, 2]".to_owned()))),
            "escapes" => Ok(one(Body::Json(ESCAPES.to_owned()))),
            "bad-yaml" => Ok(one(Body::Yaml("a: 1\nb: [\n".to_owned()))),
            "escape" => Ok(object(&escape::attempts(tree))),
            "long-path" => Ok(object(&escape::long_path(tree, count))),
            "matching" => Ok(object(&escape::matching(tree, &paths))),
            "look" => Ok(object(&look::around())),
            "endless-loop" => exhaust::endless_loop(),
            "endless-reads" => exhaust::endless_reads(tree),
            "endless-sleep" => exhaust::endless_sleep(),
            "deep-recursion" => Ok(object(&json!(exhaust::deep_recursion(count)))),
            "memory-bomb" => Ok(object(&json!(exhaust::memory_bomb()))),
            "memory-use" => Ok(object(&json!(exhaust::memory_use(count)))),
            "huge-output" => Ok(exhaust::huge_output(count)),
            "output-bomb" => Ok(exhaust::huge_output(OUTPUT_BOMB_BYTES)),
            "shared-output" => Ok(exhaust::shared_output(count)),
            "laughs" => Ok(exhaust::laughs(count)),
            "deep-document" => Ok(exhaust::deep_document(count)),
            "block" => Ok(exhaust::block(good(request))),
            "many-documents" => Ok(exhaust::many_documents(count)),
            "chatter" => Ok(exhaust::chatter(count, good(request))),
            "panic" => exhaust::fail("the sky is falling"),
            "exit" => std::process::exit(7),
            "files-look" => Ok(object(&files::look(&paths))),
            "files-walk" => Ok(object(&answer(files::walk(path)))),
            "files-change" => Ok(object(&files::change(
                path,
                paths.last().unwrap_or(&path.into()),
            ))),
            "files-seek" => Ok(object(&answer(files::seek(path)))),
            "files-hold" => Ok(object(&files::hold(path, count, false))),
            "files-hold-content" => Ok(object(&files::hold(path, count, true))),
            "files-hold-lists" => Ok(object(&files::hold_lists(path, count))),
            "files-reopen" => Ok(object(&answer(files::reopen(path, count)))),
            "files-for-ever" => files::read_for_ever(path),
            mode => exhaust::fail(&format!("no mode {mode:?}")),
        }
    }
}

/// The end of a plugin that expects its files to be there.
fn answer(answer: std::io::Result<Value>) -> Value {
    answer.unwrap_or_else(|error| exhaust::fail(&error.to_string()))
}

/// A ConfigMap that tells what the request says.
fn good(request: &Request) -> Rendering {
    object(&json!({
        "application": request.application(),
        "namespace": request.namespace(),
        "revision": request.revision(),
        "kubeVersion": request.kube_version(),
        "apiVersions": request.api_versions(),
    }))
}

/// A ConfigMap that holds a value as text.
fn object(value: &Value) -> Rendering {
    let object = json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": { "name": "told" },
        "data": { "value": value.to_string() },
    });
    one(Body::Json(object.to_string()))
}

fn one(body: Body) -> Rendering {
    let origin = Some(Origin {
        path: "told.yaml".to_owned(),
        line: 3,
    });
    Rendering {
        documents: vec![Document { body, origin }],
        warnings: Vec::new(),
    }
}

fn refusal() -> Diagnostic {
    Diagnostic {
        severity: Severity::Error,
        code: "no-mood".to_owned(),
        message: "not in the mood".to_owned(),
        span: None,
        field: Some("mode".to_owned()),
        help: Some("ask nicely".to_owned()),
    }
}
