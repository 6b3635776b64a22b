//! From a chart's archive to its files, in memory. Whatever is odd about the archive refuses it as
//! a whole: a part of a chart is another chart.

use std::cell::Cell;
use std::io::{self, Read};

use flate2::read::MultiGzDecoder;
use gantry_model::{Digest, limits};
use serde_json::Value;
use tar::{Archive, EntryType};

use crate::tree::{ArchiveTree, Directory, Node, file_at, put};

/// What every gzip file begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Unpacks a chart. The tree's root is the chart's: the one directory of the archive.
///
/// # Errors
/// Says what is wrong with the archive.
pub(crate) fn unpack(archive: &[u8]) -> Result<ArchiveTree, String> {
    if !archive.starts_with(&GZIP) {
        return Err(format!("it is no gzip file{}", looks_like(archive)));
    }
    let verdict = Cell::new(None);
    let bounded = Bounded {
        source: MultiGzDecoder::new(archive),
        taken: 0,
        max: max_unpacked(archive.len() as u64),
        verdict: &verdict,
    };
    let read = entries(Archive::new(bounded));
    // What the reader above says of it is only that reading failed.
    let root = verdict.take().map_or(read, Err)?;
    let mut top = root.into_iter();
    match (top.next(), top.next()) {
        (Some((_, Node::Directory(chart))), None) => {
            if !matches!(chart.get("Chart.yaml"), Some(Node::File { .. })) {
                return Err("there is no file Chart.yaml in its directory".to_owned());
            }
            Ok(ArchiveTree::new(Digest::of(archive), chart))
        }
        (None, _) => Err("it is empty".to_owned()),
        (Some((name, _)), None) => Err(format!("{name} is in no directory")),
        (Some((one, _)), Some((other, _))) => Err(format!(
            "it must have one directory at its top, and has {one} and {other}"
        )),
    }
}

/// What a chart says of itself.
pub(crate) struct About {
    pub(crate) name: String,
    /// Empty where it has none.
    pub(crate) version: String,
}

/// Reads a `Chart.yaml`.
///
/// # Errors
/// Says why no chart can be called so.
pub(crate) fn about(chart_yaml: &[u8]) -> Result<About, String> {
    let documents = gantry_yaml::parse_bytes(chart_yaml)
        .map_err(|error| format!("its Chart.yaml is no YAML: {error}"))?;
    let text = |field| {
        let value = documents.first().and_then(|d| d.value.get(field));
        value.and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let (name, version) = (text("name"), text("version"));
    if name.is_empty() {
        return Err("its Chart.yaml has no `name`".to_owned());
    }
    Ok(About { name, version })
}

fn entries(mut archive: Archive<impl Read>) -> Result<Directory, String> {
    let failed = |error: io::Error| format!("it cannot be unpacked: {error}");
    let mut root = Directory::new();
    let mut count = 0;
    for entry in archive.entries().map_err(failed)? {
        let mut entry = entry.map_err(failed)?;
        let kind = entry.header().entry_type();
        if matches!(kind, EntryType::XGlobalHeader | EntryType::XHeader) {
            continue;
        }
        let path = text(&entry.path_bytes())?;
        let wrong = |reason: String| format!("{path:?} is refused: {reason}");
        let names = names(&path).map_err(wrong)?;
        if names.is_empty() && kind == EntryType::Directory {
            continue;
        }
        let target = match entry.link_name_bytes() {
            Some(target) => text(&target)?,
            None => String::new(),
        };
        let node = match kind {
            EntryType::Regular | EntryType::Continuous => {
                let mut content = Vec::new();
                entry.read_to_end(&mut content).map_err(failed)?;
                Node::file(content)
            }
            EntryType::Directory => Node::Directory(Directory::new()),
            EntryType::Symlink => link(&names, &target).map_err(wrong)?,
            EntryType::Link => {
                let linked = self::names(&target).map_err(wrong)?;
                let missing = || {
                    wrong(format!(
                        "it links to {target:?}, which is no file before it"
                    ))
                };
                file_at(&root, &linked).ok_or_else(missing)?
            }
            _ => return Err(wrong("it is no file, directory or link".to_owned())),
        };
        count += put(&mut root, &names, node).map_err(wrong)?;
        if count > limits::CHART_ENTRIES_MAX {
            let max = limits::CHART_ENTRIES_MAX;
            return Err(format!("it has more than {max} files and directories"));
        }
    }
    // To the end, where the checksum is.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(failed)?;
    Ok(root)
}

/// A symbolic link that stays in its chart.
fn link(names: &[&str], target: &str) -> Result<Node, String> {
    // The first name is the chart's directory, which is the root of what a renderer sees.
    let mut depth = names.len().saturating_sub(2);
    let outside = || format!("it links to {target:?}, which is outside the chart");
    if target.is_empty() || target.starts_with('/') || names.len() < 2 {
        return Err(outside());
    }
    for name in target.split('/') {
        match name {
            "" | "." => {}
            ".." => depth = depth.checked_sub(1).ok_or_else(outside)?,
            _ => depth += 1,
        }
    }
    Ok(Node::Link(target.to_owned()))
}

/// The names of a path that stays below where it is unpacked.
fn names(path: &str) -> Result<Vec<&str>, String> {
    if path.len() > limits::TREE_PATH_MAX_BYTES {
        let max = limits::TREE_PATH_MAX_BYTES;
        return Err(format!("it has more than {max} bytes"));
    }
    // Archives made on Windows have backslashes.
    let parts = path.split(['/', '\\']);
    let names: Vec<&str> = parts.filter(|name| !matches!(*name, "" | ".")).collect();
    let is_drive = |name: &str| {
        let mut chars = name.chars();
        let letter = chars.next().is_some_and(|c| c.is_ascii_alphabetic());
        letter && chars.as_str() == ":"
    };
    if path.starts_with(['/', '\\']) || names.iter().any(|name| is_drive(name)) {
        return Err("it is an absolute path".to_owned());
    }
    if names.contains(&"..") {
        return Err("it leads out by `..`".to_owned());
    }
    if path.contains('\0') {
        return Err("it has a zero byte".to_owned());
    }
    Ok(names)
}

fn text(bytes: &[u8]) -> Result<String, String> {
    let text = std::str::from_utf8(bytes).map(str::to_owned);
    text.map_err(|_| format!("{:?} is not UTF-8", String::from_utf8_lossy(bytes)))
}

/// What it may be instead, for the error: servers send pages where files are missing.
fn looks_like(content: &[u8]) -> &'static str {
    let start = content.trim_ascii_start();
    if start.is_empty() {
        ", but empty"
    } else if start.starts_with(b"<") {
        ", but looks like a web page"
    } else if std::str::from_utf8(start).is_ok() {
        ", but a text"
    } else {
        ""
    }
}

fn max_unpacked(archive_bytes: u64) -> u64 {
    let by_ratio = archive_bytes.saturating_mul(limits::CHART_EXPANSION_MAX);
    by_ratio.clamp(
        limits::CHART_EXPANSION_FREE_BYTES,
        limits::CHART_UNPACKED_MAX_BYTES,
    )
}

/// Stops in the middle of what becomes too large.
struct Bounded<'a, R> {
    source: R,
    taken: u64,
    max: u64,
    verdict: &'a Cell<Option<String>>,
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.taken += read as u64;
        if self.taken > self.max {
            let reason = if self.max == limits::CHART_UNPACKED_MAX_BYTES {
                format!("unpacked it has more than {} bytes", self.max)
            } else {
                let max = limits::CHART_EXPANSION_MAX;
                format!("unpacked it is more than {max} times larger, as no chart is")
            };
            self.verdict.set(Some(reason.clone()));
            return Err(io::Error::other(reason));
        }
        Ok(read)
    }
}

#[cfg(test)]
#[path = "unpack_tests.rs"]
mod tests;
