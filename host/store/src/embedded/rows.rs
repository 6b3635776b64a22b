//! The rows of the file.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use gantry_model::{Object, limits};
use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::{Value, json};

use super::change::Edit;
use crate::error::StoreError;
use crate::home::Kind;

/// Where an object is.
#[derive(Clone, Debug)]
pub(super) struct Place {
    kind: Kind,
    namespace: String,
    name: String,
}

impl Place {
    pub(super) fn new(kind: Kind, namespace: &str, name: &str) -> Self {
        Self {
            kind,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }
    }

    /// The place of an object that is to be written.
    pub(super) fn of(object: &Object) -> Result<Self, StoreError> {
        let kind = Kind::to_keep(object)?;
        if !is_subdomain(object.name()) || !is_subdomain(object.namespace()) {
            return Err(StoreError::Invalid {
                what: object.reference().to_string(),
                reason:
                    "a name has lower-case letters, digits, `-` and `.`, and begins and ends with \
                         one of the first two (RFC 1123)"
                        .to_owned(),
            });
        }
        Ok(Self::new(kind, object.namespace(), object.name()))
    }

    pub(super) fn kind_name(&self) -> &'static str {
        self.kind.name()
    }

    pub(super) fn full_name(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
}

fn is_subdomain(name: &str) -> bool {
    let alphanumeric = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
    let bytes = name.as_bytes();
    let inner = bytes
        .iter()
        .all(|&c| alphanumeric(c) || matches!(c, b'-' | b'.'));
    let ends = bytes
        .first()
        .zip(bytes.last())
        .is_some_and(|(&a, &b)| alphanumeric(a) && alphanumeric(b));
    inner && ends && name.len() <= limits::OBJECT_NAME_MAX_CHARS
}

/// All objects of a kind, with their versions.
pub(super) fn all(t: &Transaction<'_>, kind: Kind) -> rusqlite::Result<Vec<(String, i64)>> {
    let sql = "SELECT object, version FROM objects WHERE kind = ?1 AND object IS NOT NULL \
               ORDER BY namespace, name";
    let mut statement = t.prepare_cached(sql)?;
    let rows = statement.query_map([kind.name()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

/// One object, with its version.
pub(super) fn one(t: &Transaction<'_>, place: &Place) -> rusqlite::Result<Option<(String, i64)>> {
    let sql = "SELECT object, version FROM objects \
               WHERE kind = ?1 AND namespace = ?2 AND name = ?3 AND object IS NOT NULL";
    let mut statement = t.prepare_cached(sql)?;
    let key = params![place.kind_name(), place.namespace, place.name];
    let row = statement.query_row(key, |row| Ok((row.get(0)?, row.get(1)?)));
    row.optional()
}

/// The same, read.
pub(super) fn parsed(t: &Transaction<'_>, place: &Place) -> rusqlite::Result<Option<(Value, i64)>> {
    let Some((text, version)) = one(t, place)? else {
        return Ok(None);
    };
    let value = serde_json::from_str(&text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, error.into())
    })?;
    Ok(Some((value, version)))
}

/// The `+` keeps SQLite from the index of the kind, by which it would look at every object for each change.
pub(super) const SINCE: &str = "SELECT namespace, name, object, version FROM objects \
    WHERE +kind = ?1 AND version > ?2 ORDER BY version";
/// By the index of what is gone.
pub(super) const FORGET: &str =
    "DELETE FROM objects WHERE object IS NULL AND gone < ?1 AND version < ?2";

/// What changed after a version: the place, the object if it is there, and its version.
pub(super) type Changed = (String, String, Option<String>, i64);

pub(super) fn since(
    t: &Transaction<'_>,
    kind: Kind,
    version: i64,
) -> rusqlite::Result<Vec<Changed>> {
    let mut statement = t.prepare_cached(SINCE)?;
    let rows = statement.query_map(params![kind.name(), version], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
    })?;
    rows.collect()
}

/// The newest version of all.
pub(super) fn newest(t: &Transaction<'_>) -> rusqlite::Result<i64> {
    t.prepare_cached("SELECT coalesce(max(version), 0) FROM objects")?
        .query_row([], |row| row.get(0))
}

/// Writes what a change made, under the next version; the same with that version.
pub(super) fn store(t: &Transaction<'_>, place: &Place, edit: Edit) -> rusqlite::Result<Edit> {
    let version = newest(t)? + 1;
    let stamp = |value: &mut Value| {
        value["metadata"]["resourceVersion"] = json!(version.to_string());
    };
    match edit {
        Edit::Put(mut value) => {
            write(t, place, version, Some(value.to_string()), None)?;
            stamp(&mut value);
            Ok(Edit::Put(value))
        }
        Edit::Remove(mut value) => {
            write(t, place, version, None, Some(now_secs()))?;
            // Whoever watches has seen the old ones long ago. The newest version stays, whatever it is.
            let before = now_secs() - i64::try_from(limits::GONE_KEPT_SECS).unwrap_or(i64::MAX);
            t.prepare_cached(FORGET)?
                .execute(params![before, version])?;
            stamp(&mut value);
            Ok(Edit::Remove(value))
        }
        other => Ok(other),
    }
}

fn write(
    t: &Transaction<'_>,
    place: &Place,
    version: i64,
    object: Option<String>,
    gone: Option<i64>,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO objects (kind, namespace, name, version, object, gone) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
               ON CONFLICT (kind, namespace, name) DO UPDATE SET \
               version = excluded.version, object = excluded.object, gone = excluded.gone";
    let row = params![
        place.kind_name(),
        place.namespace,
        place.name,
        version,
        object,
        gone
    ];
    t.prepare_cached(sql)?.execute(row).map(drop)
}

fn now_secs() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// A row's object.
pub(super) fn read(text: &str, version: i64, path: &Path) -> Result<Object, StoreError> {
    let mut value: Value = serde_json::from_str(text).map_err(|error| corrupt(path, &error))?;
    value["metadata"]["resourceVersion"] = json!(version.to_string());
    object(value, path)
}

pub(super) fn object(value: Value, path: &Path) -> Result<Object, StoreError> {
    Object::new(value, None).map_err(|error| corrupt(path, &error))
}

fn corrupt(path: &Path, error: &dyn std::fmt::Display) -> StoreError {
    StoreError::Corrupt {
        place: path.display().to_string(),
        reason: error.to_string(),
    }
}
