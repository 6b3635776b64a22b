//! Charts, as `helm package` makes them, and the folder of a Helm repository.

use std::fmt::Write as _;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use base64::prelude::{BASE64_STANDARD, Engine};
use flate2::Compression;
use flate2::write::GzEncoder;
use gantry_charts::{ChartAccess, ChartRequest, Charts};
use sha2::{Digest, Sha256};

/// User and password of servers that ask.
pub(crate) const LOGIN: (&str, &str) = ("gantry", "secret");

/// A folder to serve, and one for what was fetched.
pub(crate) struct World {
    folder: tempfile::TempDir,
    /// The entries of the index, as YAML.
    entries: Vec<(String, String)>,
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("served")).expect("a folder");
        Self {
            folder,
            entries: Vec::new(),
        }
    }

    /// What a server serves.
    pub(crate) fn served(&self) -> PathBuf {
        self.folder.path().join("served")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn charts(&self) -> Charts {
        Charts::new(self.path("cache"))
    }

    pub(crate) fn write(&self, name: &str, content: &[u8]) {
        let path = self.served().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("written");
    }

    /// Publishes versions of a chart, as `helm package` and `helm repo index` do.
    pub(crate) fn publish(&mut self, name: &str, versions: &[&str]) {
        for version in versions {
            let archive = chart(name, version);
            let file = format!("{name}-{version}.tgz");
            self.write(&file, &archive);
            self.list(name, version, &file, &sha256(&archive));
        }
    }

    /// Adds an entry to the index.
    pub(crate) fn list(&mut self, name: &str, version: &str, url: &str, digest: &str) {
        let entry = format!(
            "  - apiVersion: v2\n    name: {name}\n    version: {version}\n    digest: \
             \"{digest}\"\n    urls:\n    - {url}\n"
        );
        self.entries.push((name.to_owned(), entry));
        self.write("index.yaml", self.index().as_bytes());
    }

    pub(crate) fn index(&self) -> String {
        let mut text = "apiVersion: v1\ngenerated: 2026-01-01T00:00:00Z\nentries:\n".to_owned();
        let mut names: Vec<&str> = self.entries.iter().map(|(name, _)| name.as_str()).collect();
        names.dedup();
        for name in names {
            let _ = writeln!(text, "  {name}:");
            for (_, entry) in self.entries.iter().filter(|(n, _)| n == name) {
                text.push_str(entry);
            }
        }
        text
    }
}

/// A request without credentials.
pub(crate) fn request(repository: &str, name: &str, version: &str) -> ChartRequest {
    ChartRequest {
        repository: repository.to_owned(),
        name: name.to_owned(),
        version: version.to_owned(),
        ..ChartRequest::default()
    }
}

/// Access with a login.
pub(crate) fn login((username, password): (&str, &str)) -> ChartAccess {
    ChartAccess {
        username: username.to_owned(),
        password: password.to_owned(),
        ..ChartAccess::default()
    }
}

/// The header that a login is sent as.
pub(crate) fn basic((username, password): (&str, &str)) -> String {
    let login = BASE64_STANDARD.encode(format!("{username}:{password}"));
    format!("Basic {login}")
}

/// A chart's archive.
pub(crate) fn chart(name: &str, version: &str) -> Vec<u8> {
    let about = format!("apiVersion: v2\nname: {name}\nversion: {version}\n");
    archive(&[
        (&format!("{name}/Chart.yaml"), &about),
        (&format!("{name}/values.yaml"), "replicas: 1\n"),
        (&format!("{name}/templates/service.yaml"), "kind: Service\n"),
    ])
}

pub(crate) fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        let added = builder.append_data(&mut header, Path::new(path), content.as_bytes());
        added.expect("added");
    }
    gzip(&builder.into_inner().expect("an archive"))
}

pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).expect("packed");
    encoder.finish().expect("packed")
}

pub(crate) fn sha256(content: &[u8]) -> String {
    let digest = Sha256::digest(content);
    digest.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
