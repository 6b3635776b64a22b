use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Field, Kind, Message, Schema, Shape, schema};

#[test]
fn the_table_reads() {
    let schema = schema().unwrap();
    assert!(schema.methods.len() > 80, "{}", schema.methods.len());
    for message in &schema.messages {
        let numbers: BTreeSet<u32> = message.fields.iter().map(|field| field.number).collect();
        assert_eq!(numbers.len(), message.fields.len(), "{}", message.name);
    }
}

/// So that no request makes the reader go down for ever.
#[test]
fn no_message_holds_itself() {
    fn down(schema: &Schema, place: usize, above: &mut Vec<usize>) {
        assert!(!above.contains(&place), "{}", schema.messages[place].name);
        above.push(place);
        for field in &schema.messages[place].fields {
            if let Kind::Message(inner) = field.kind {
                down(schema, inner, above);
            }
        }
        above.pop();
    }
    let schema = schema().unwrap();
    for place in 0..schema.messages.len() {
        down(schema, place, &mut Vec::new());
    }
}

const ARGO_CD: &str = "github.com/argoproj/argo-cd/v3@v3.2.11";

/// Upstream's files, beside the Go module cache; none where the module is not there.
fn upstream() -> Option<Vec<(PathBuf, &'static str)>> {
    let cache = Command::new("go").args(["env", "GOMODCACHE"]).output();
    let cache = PathBuf::from(String::from_utf8(cache.ok()?.stdout).ok()?.trim());
    let argo = cache.join(ARGO_CD);
    let own = [
        ("server/account/account.proto", "account"),
        ("server/application/application.proto", "application"),
        ("server/certificate/certificate.proto", "certificate"),
        ("server/cluster/cluster.proto", "cluster"),
        ("server/settings/settings.proto", "cluster"),
        ("server/gpgkey/gpgkey.proto", "gpgkey"),
        ("server/project/project.proto", "project"),
        ("server/repocreds/repocreds.proto", "repocreds"),
        ("server/repository/repository.proto", "repository"),
        ("reposerver/repository/repository.proto", "repository"),
        ("server/session/session.proto", "session"),
        ("server/settings/oidc/claims.proto", "oidc"),
        ("server/version/version.proto", "version"),
        ("pkg/apis/application/v1alpha1/generated.proto", "v1alpha1"),
    ];
    let kubernetes = [
        ("k8s.io/api@v0.34.0/core/v1/generated.proto", "core"),
        (
            "k8s.io/apimachinery@v0.34.0/pkg/apis/meta/v1/generated.proto",
            "meta",
        ),
    ];
    let own = own.map(|(path, package)| (argo.join(path), package));
    let kubernetes = kubernetes.map(|(path, package)| (cache.join(path), package));
    let all: Vec<_> = own.into_iter().chain(kubernetes).collect();
    all.iter().all(|(path, _)| path.is_file()).then_some(all)
}

/// Number, name and type of each field, as upstream's file has them.
type Fields = BTreeMap<u32, (String, String)>;

fn read(path: &Path, package: &str, messages: &mut BTreeMap<String, Fields>) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    let (mut message, mut service, mut methods) = (None, None, Vec::new());
    for line in text.lines() {
        let line = line.split("//").next().unwrap_or_default().trim();
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["message", name, ..] => {
                let name = name.trim_matches(['{', '}']);
                message = (!line.ends_with('}')).then(|| format!("{package}.{name}"));
                messages.entry(format!("{package}.{name}")).or_default();
            }
            ["service", name, ..] => service = Some((*name).trim_end_matches('{')),
            ["rpc", rest @ ..] if service.is_some() => {
                let name = rest[0].split('(').next().unwrap_or_default();
                methods.push(format!("{package}.{}/{name}", service.unwrap_or_default()));
            }
            ["}"] => message = None,
            _ => {
                if let (Some(message), Some(field)) = (&message, upstream_field(line)) {
                    let fields = messages.entry(message.clone()).or_default();
                    fields.insert(field.0, (field.1, field.2));
                }
            }
        }
    }
    methods
}

/// `optional TYPE NAME = NUMBER [options];`
fn upstream_field(line: &str) -> Option<(u32, String, String)> {
    let (before, after) = line.split_once('=')?;
    let number = after.split(['[', ';']).next()?.trim().parse().ok()?;
    let (kind, name) = before.trim().rsplit_once(' ')?;
    let kind = kind.trim().replace("map<string, ", "{}").replace('>', "");
    let kind = kind.replace("optional ", "").replace("required ", "!");
    let kind = kind.replace("repeated ", "[]");
    Some((number, name.to_owned(), kind.replace(' ', "")))
}

/// The last word of the type, with its shape.
fn upstream_kind(kind: &str) -> String {
    let marks: String = kind.chars().take_while(|c| "[]{}!".contains(*c)).collect();
    let last = kind.rsplit(['.', ']', '}', '!']).next().unwrap_or(kind);
    marks + last
}

fn own_kind(schema: &Schema, field: &Field) -> Vec<String> {
    let shape = match field.shape {
        Shape::One if field.is_required => "!",
        Shape::One => "",
        Shape::Many => "[]",
        Shape::Map => "{}",
    };
    let names: &[&str] = match field.kind {
        Kind::Text => &["string"],
        Kind::Bool => &["bool"],
        Kind::Int => &["int32", "int64"],
        Kind::Bytes => &["bytes"],
        Kind::Time => &["Time"],
        Kind::MicroTime => &["MicroTime"],
        Kind::IntOrString => &["IntOrString"],
        Kind::Json => &["RawExtension", "FieldsV1"],
        Kind::Message(place) => {
            let name = &schema.messages[place].name;
            &[name.rsplit('.').next().unwrap_or(name)]
        }
    };
    names.iter().map(|name| format!("{shape}{name}")).collect()
}

/// Names that Go's JSON has otherwise.
const RENAMED: [(&str, &str); 9] = [
    ("OverrideIgnoreDiff", "jSONPointers"),
    ("ResourceOverride", "healthLua"),
    ("ResourceOverride", "useOpenLibs"),
    ("KustomizeOptions", "buildOptions"),
    ("KustomizeOptions", "binaryPath"),
    ("KustomizeOptions", "versions"),
    ("KustomizeVersion", "name"),
    ("KustomizeVersion", "path"),
    ("KustomizeVersion", "buildOptions"),
];

#[test]
fn the_table_has_every_field_that_upstream_has() {
    let Some(files) = upstream() else {
        eprintln!("skipped: {ARGO_CD} is not in the Go module cache (go mod download)");
        return;
    };
    let (schema, mut messages, mut methods) = (schema().unwrap(), BTreeMap::new(), Vec::new());
    for (path, package) in &files {
        methods.extend(read(path, package, &mut messages));
    }
    let mut wrong = Vec::new();
    for message in schema.messages.iter().skip(1) {
        match messages.get(&message.name) {
            Some(fields) => compare(schema, message, fields, &mut wrong),
            None => wrong.push(format!("{} is not upstream's", message.name)),
        }
    }
    for method in &methods {
        let is_inner = method.contains("RepoServerService") || method.ends_with("WithFiles");
        if !is_inner && !schema.methods.contains_key(method) {
            wrong.push(format!("{method} is missing"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn compare(schema: &Schema, message: &Message, fields: &Fields, wrong: &mut Vec<String>) {
    let short = message.name.rsplit('.').next().unwrap_or_default();
    for (number, (name, kind)) in fields {
        let Some(own) = message.field(*number) else {
            wrong.push(format!("{}: {number} {name} is missing", message.name));
            continue;
        };
        if own.name != name && !RENAMED.contains(&(short, name)) {
            wrong.push(format!(
                "{}: {number} {} for {name}",
                message.name, own.name
            ));
        }
        let theirs = upstream_kind(kind);
        if !own_kind(schema, own).contains(&theirs) {
            wrong.push(format!("{}: {name} is a {theirs}", message.name));
        }
    }
    for field in &message.fields {
        if !fields.contains_key(&field.number) {
            wrong.push(format!("{}: no {}", message.name, field.name));
        }
    }
}
