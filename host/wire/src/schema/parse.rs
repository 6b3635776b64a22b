//! Reads the table's text.

use std::collections::BTreeMap;

use super::{Field, Kind, Message, Method, Schema, Shape};

/// The table of some packages.
pub(super) fn parse(packages: &[&'static str]) -> Result<Schema, String> {
    let mut statements = Vec::new();
    for text in packages {
        statements.extend(split(text)?);
    }
    let mut places = BTreeMap::new();
    places.insert("google.Empty".to_owned(), 0);
    for statement in &statements {
        if let Some((name, _)) = statement.text.split_once('=') {
            let place = places.len();
            let name = format!("{}.{}", statement.package, name.trim());
            if places.insert(name.clone(), place).is_some() {
                return Err(format!("{name} is there twice"));
            }
        }
    }
    let mut schema = Schema::default();
    schema.messages.push(Message {
        name: "google.Empty".to_owned(),
        fields: Vec::new(),
    });
    for statement in &statements {
        match statement.text.split_once('=') {
            Some((name, fields)) => schema.messages.push(Message {
                name: format!("{}.{}", statement.package, name.trim()),
                fields: fields_of(statement, fields, &places)?,
            }),
            None => {
                let (name, method) = method(statement, &places)?;
                schema.methods.insert(name, method);
            }
        }
    }
    Ok(schema)
}

/// A message, or a method.
struct Statement {
    package: &'static str,
    /// The package is one of values.
    values: bool,
    service: &'static str,
    text: String,
}

/// The statements: a line that begins with four blanks goes on with the one before.
fn split(text: &'static str) -> Result<Vec<Statement>, String> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let head = lines.next().unwrap_or_default();
    let mut words = head.split_whitespace().skip(1);
    let package = words.next().ok_or("a file without a package")?;
    let values = words.next() == Some("values");
    let mut service = "";
    let mut statements: Vec<Statement> = Vec::new();
    for line in lines {
        if let Some(name) = line.strip_prefix("service ") {
            service = name.trim();
        } else if line.starts_with("    ") {
            let last = statements.last_mut();
            last.ok_or("a line that goes on from none")?
                .text
                .push_str(line);
        } else {
            statements.push(Statement {
                package,
                values,
                service,
                text: line.to_owned(),
            });
        }
    }
    Ok(statements)
}

type Places = BTreeMap<String, usize>;

fn place(package: &str, name: &str, places: &Places) -> Result<usize, String> {
    if name == "Empty" {
        return Ok(0);
    }
    let own = places.get(&format!("{package}.{name}"));
    let found = own.or_else(|| places.get(name));
    found
        .copied()
        .ok_or_else(|| format!("{package} names {name}, which is nowhere"))
}

/// `Name Request -> [stream] Answer`.
fn method(statement: &Statement, places: &Places) -> Result<(String, Method), String> {
    let wrong = || format!("{}: this is no method", statement.text);
    let (before, after) = statement.text.split_once("->").ok_or_else(wrong)?;
    let (name, request) = before.trim().split_once(' ').ok_or_else(wrong)?;
    let after = after.trim();
    let answer = after.strip_prefix("stream ");
    let package = statement.package;
    let method = Method {
        request: place(package, request.trim(), places)?,
        answer: place(package, answer.unwrap_or(after), places)?,
        streams: answer.is_some(),
    };
    Ok((format!("{package}.{}/{name}", statement.service), method))
}

fn fields_of(statement: &Statement, fields: &str, places: &Places) -> Result<Vec<Field>, String> {
    let fields = fields.split(',').map(str::trim);
    let fields = fields.filter(|field| !field.is_empty());
    fields.map(|text| field(statement, text, places)).collect()
}

/// `NUMBER NAME[:TYPE][[]|{}][?][!][^]`.
fn field(statement: &Statement, text: &str, places: &Places) -> Result<Field, String> {
    let wrong = || format!("{text}: this is no field");
    let (number, rest) = text.split_once(' ').ok_or_else(wrong)?;
    let (name, kind) = rest.split_once(':').unwrap_or((rest, ""));
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '.';
    let end = kind.find(|c| !is_name(c)).unwrap_or(kind.len());
    let (kind, marks) = kind.split_at(end);
    let shape = match (marks.contains("[]"), marks.contains("{}")) {
        (true, _) => Shape::Many,
        (_, true) => Shape::Map,
        _ => Shape::One,
    };
    Ok(Field {
        number: number.parse().map_err(|_| wrong())?,
        // The table lives as long as the program.
        name: String::leak(name.to_owned()),
        kind: kind_of(statement.package, kind, places)?,
        shape,
        is_kept: !statement.values || marks.contains('?'),
        is_required: marks.contains('!'),
        is_inline: marks.contains('^'),
    })
}

fn kind_of(package: &str, name: &str, places: &Places) -> Result<Kind, String> {
    Ok(match name {
        "" | "string" => Kind::Text,
        "bool" => Kind::Bool,
        "int32" | "int64" => Kind::Int,
        "bytes" => Kind::Bytes,
        "Time" => Kind::Time,
        "MicroTime" => Kind::MicroTime,
        "IntOrString" => Kind::IntOrString,
        "RawExtension" | "FieldsV1" => Kind::Json,
        name => Kind::Message(place(package, name, places)?),
    })
}
