//! Looks only at what the parameters name: well-behaved, so that a test can tell what a render
//! depends on.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::bindings::exports::gantry::plugin::renderer::{Request, Tree};
use crate::bindings::gantry::plugin::context::Withheld;

/// The parameters that it takes.
pub(crate) const QUESTIONS: [&str; 13] = [
    "read", "list", "kind", "glob", "file", "clock", "revision", "kinds", "id", "git", "chart",
    "download", "render",
];

/// The answers: `read`, `list`, `kind` and `glob` take paths, `file` reads one as a plain file,
/// `clock`, `revision`, `kinds` and `id` ask for those; `git` takes repository, revision and a file to
/// read, `chart` repository, name, version and a file, `download` a URL, `render` a renderer, a path
/// and its parameters, or also the repository and revision to render.
pub(crate) fn answers(tree: &Tree, request: &Request, parameters: &Value) -> Value {
    let all = |name: &str, ask: &dyn Fn(&str) -> String| {
        let asked = parameters[name].as_array().cloned().unwrap_or_default();
        let answer = |path: &Value| ask(path.as_str().unwrap_or_default());
        asked.iter().map(answer).collect::<Vec<_>>()
    };
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    json!({
        "read": all("read", &|path| tree.read(path).map_or_else(|e| format!("{e:?}"), text)),
        "list": all("list", &|path| match tree.list(path) {
            Ok(entries) => entries.into_iter().map(|e| e.name).collect::<Vec<_>>().join(" "),
            Err(error) => format!("{error:?}"),
        }),
        "kind": all("kind", &|path| format!("{:?}", tree.kind(path))),
        "glob": all("glob", &|glob| match tree.read_matching("", &[glob.to_owned()]) {
            Ok(files) => files.into_iter().map(|f| text(f.content)).collect::<Vec<_>>().join(" "),
            Err(error) => format!("{error:?}"),
        }),
        "file": all("file", &|path| match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => error.kind().to_string(),
        }),
        "clock": all("clock", &|_| match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => since.as_secs().to_string(),
            Err(_) => "before the epoch".to_owned(),
        }),
        "revision": all("revision", &|_| request.revision()),
        "kinds": all("kinds", &|_| request.api_versions().join(" ")),
        "id": all("id", &|_| tree.id()),
        "env": parameters["env"],
        "git": all("git", &|words| {
            let [repository, revision, path] = split(words);
            from(request.git(repository, revision), path)
        }),
        "chart": all("chart", &|words| {
            let [repository, name, version, path] = split(words);
            from(request.chart(repository, name, version), path)
        }),
        "download": all("download", &|url| match request.download(url) {
            Ok(bytes) => text(bytes),
            Err(withheld) => format!("{withheld:?}"),
        }),
        "render": all("render", &|words| {
            let [renderer, path, parameters, repository] = split(words);
            let other = (!repository.is_empty()).then(|| request.git(repository, "main"));
            let rendered = match &other {
                Some(Ok(other)) => request.render(renderer, other, path, parameters),
                Some(Err(withheld)) => return format!("{withheld:?}"),
                None => request.render(renderer, tree, path, parameters),
            };
            rendered.unwrap_or_else(|problems| format!("{problems:?}"))
        }),
    })
}

/// The words of a text; those that are not there are empty.
fn split<const N: usize>(text: &str) -> [&str; N] {
    let mut words = text.split(' ');
    std::array::from_fn(|_| words.next().unwrap_or_default())
}

fn from(handed: Result<Tree, Withheld>, path: &str) -> String {
    let read = handed.map(|tree| tree.read(path));
    match read {
        Ok(Ok(bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
        Ok(Err(error)) => format!("{error:?}"),
        Err(withheld) => format!("{withheld:?}"),
    }
}
