//! Embeds the example plugins, the guest SDKs and the interfaces: what `gantry plugin new` lays
//! down is what is built and tested here.

use std::error::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Where the folders lie that projects are made of, and how their names start.
const SOURCES: [(&str, &str); 2] = [("examples/plugins", ""), ("plugins", "sdk")];
const INTERFACES: &str = "wit";
/// Written by package managers for one place and one registry.
const LOCKS: [&str; 2] = ["Cargo.lock", "package-lock.json"];

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let root = here
        .ancestors()
        .nth(2)
        .ok_or("the workspace is two folders up")?;
    let mut table = String::from("&[\n");
    let interfaces = root.join(INTERFACES).join("plugin.wit");
    println!("cargo::rerun-if-changed={}", interfaces.display());
    writeln!(
        table,
        "({INTERFACES:?}, &[(\"plugin.wit\", include_str!({interfaces:?}))]),"
    )?;
    for (parent, prefix) in SOURCES {
        println!("cargo::rerun-if-changed={}", root.join(parent).display());
        for name in names(&root.join(parent))? {
            if name.starts_with(prefix) {
                folder(root, &format!("{parent}/{name}"), &mut table)?;
            }
        }
    }
    table.push(']');
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("folders.rs"), table)?;
    Ok(())
}

/// Adds a folder with all its files to the table.
fn folder(root: &Path, folder: &str, table: &mut String) -> Result<()> {
    let directory = root.join(folder);
    println!("cargo::rerun-if-changed={}", directory.display());
    let ignored = fs::read_to_string(directory.join(".gitignore")).unwrap_or_default();
    let mut files = Vec::new();
    collect(&directory, "", &ignored, &mut files)?;
    writeln!(table, "({folder:?}, &[")?;
    for file in files {
        let path = directory.join(&file);
        writeln!(table, "({file:?}, include_str!({path:?})),")?;
    }
    table.push_str("]),\n");
    Ok(())
}

/// The files of a directory and those below, less what building it there leaves behind.
fn collect(root: &Path, below: &str, ignored: &str, files: &mut Vec<String>) -> Result<()> {
    for name in names(&root.join(below))? {
        if LOCKS.contains(&name.as_str()) || ignored.lines().any(|line| matches(line, &name)) {
            continue;
        }
        let path = if below.is_empty() {
            name
        } else {
            format!("{below}/{name}")
        };
        if root.join(&path).is_dir() {
            collect(root, &path, ignored, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// The two forms of `.gitignore` that the examples use: `/name` and `*.ending`.
fn matches(line: &str, name: &str) -> bool {
    match line.strip_prefix('*') {
        Some(ending) => name.ends_with(ending),
        None => line.trim_matches('/') == name,
    }
}

fn names(directory: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(directory)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}
