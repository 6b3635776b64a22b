//! What the standard library's file calls give, and how much of it can be held.

use std::fs::{self, File, OpenOptions};
use std::hint::black_box;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use serde_json::{Map, Value, json};

/// How each look at each path answers.
pub(crate) fn look(paths: &[String]) -> Value {
    let told = paths.iter().map(|path| {
        let looks = json!({
            "stat": told(fs::metadata(path).map(|m| describe(&m))),
            "lstat": told(fs::symlink_metadata(path).map(|m| describe(&m))),
            "read": told(fs::read(path).map(|bytes| text(&bytes))),
            "list": told(names(path)),
            "target": told(fs::read_link(path).map(|to| json!(to))),
        });
        (path.clone(), looks)
    });
    Value::Object(told.collect())
}

/// Every file below a directory with its content, as a program finds them that knows no trees.
pub(crate) fn walk(directory: &str) -> io::Result<Value> {
    let mut found = Map::new();
    let mut directories = vec![directory.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory)? {
            let (entry, kind) = entry.and_then(|e| e.file_type().map(|kind| (e, kind)))?;
            let path = entry.path().display().to_string();
            if kind.is_dir() {
                directories.push(path);
            } else if kind.is_symlink() {
                found.insert(path, json!("a link"));
            } else {
                let content = text(&fs::read(&path)?);
                found.insert(path, content);
            }
        }
    }
    Ok(Value::Object(found))
}

/// How each attempt to change something answers: all of them must fail, and all say why.
pub(crate) fn change(file: &str, directory: &str) -> Value {
    let new = format!("{directory}/new");
    let open =
        |options: &mut OpenOptions, path: &str| told(options.open(path).map(|_| json!("opened")));
    json!({
        "write": told(fs::write(file, "x").map(done)),
        "create": told(File::create(&new).map(|_| json!("created"))),
        "create new": told(File::create_new(&new).map(|_| json!("created"))),
        "append": open(OpenOptions::new().append(true), file),
        "write and read": open(OpenOptions::new().read(true).write(true), file),
        "set length": told(File::open(file).and_then(|file| file.set_len(0)).map(done)),
        "make directory": told(fs::create_dir(&new).map(done)),
        "remove file": told(fs::remove_file(file).map(done)),
        "remove directory": told(fs::remove_dir(directory).map(done)),
        "rename": told(fs::rename(file, &new).map(done)),
        "hard link": told(fs::hard_link(file, &new).map(done)),
        "copy": told(fs::copy(file, &new).map(|bytes| json!(bytes))),
        "truncate root": told(File::create("/src").map(|_| json!("created"))),
    })
}

/// Parts of a file that holds `0123456789`, read out of order.
pub(crate) fn seek(path: &str) -> io::Result<Value> {
    let mut file = File::open(path)?;
    let mut part = |from: SeekFrom, length: u64| {
        file.seek(from)?;
        let mut bytes = Vec::new();
        file.by_ref().take(length).read_to_end(&mut bytes)?;
        io::Result::Ok(json!([text(&bytes), file.stream_position()?]))
    };
    Ok(json!([
        part(SeekFrom::Start(3), 4)?,
        part(SeekFrom::Current(-2), 1)?,
        part(SeekFrom::End(-1), 9)?,
        part(SeekFrom::Start(0), 2)?,
        part(SeekFrom::Start(99), 2)?,
    ]))
}

/// Opens a path again and again and lets go of nothing: how often that went well, and its end.
pub(crate) fn hold(path: &str, count: u64, do_read: bool) -> Value {
    let mut held = Vec::new();
    let open = || {
        let mut file = File::open(path)?;
        if do_read {
            file.read_exact(&mut [0])?;
        }
        io::Result::Ok(file)
    };
    for _ in 0..count {
        match open() {
            Ok(file) => held.push(file),
            Err(error) => return json!([held.len(), error.kind().to_string()]),
        }
    }
    json!([held.len(), null])
}

/// Lists a directory again and again and reads no list to its end.
pub(crate) fn hold_lists(path: &str, count: u64) -> Value {
    let mut held = Vec::new();
    for _ in 0..count {
        let list = fs::read_dir(path).and_then(|mut list| list.next().transpose().map(|_| list));
        match list {
            Ok(list) => held.push(list),
            Err(error) => return json!([held.len(), error.kind().to_string()]),
        }
    }
    json!([held.len(), null])
}

/// Opens, reads and closes: nothing may be left over each time.
pub(crate) fn reopen(path: &str, count: u64) -> io::Result<Value> {
    let mut bytes = 0;
    for _ in 0..count {
        bytes = fs::read(path)?.len();
    }
    Ok(json!(bytes))
}

/// Never ends: each turn is a few host calls.
pub(crate) fn read_for_ever(path: &str) -> ! {
    loop {
        let _ = black_box(fs::read(path));
        let _ = black_box(names(path));
    }
}

fn names(path: impl AsRef<Path>) -> io::Result<Value> {
    let name = |entry: io::Result<fs::DirEntry>| {
        let entry = entry?;
        let kind = kind(entry.file_type()?);
        Ok(json!(format!(
            "{kind} {}",
            entry.file_name().to_string_lossy()
        )))
    };
    fs::read_dir(path)?.map(name).collect()
}

fn describe(metadata: &fs::Metadata) -> Value {
    json!(format!(
        "{} of {}",
        kind(metadata.file_type()),
        metadata.len()
    ))
}

fn kind(kind: fs::FileType) -> &'static str {
    match (kind.is_file(), kind.is_dir(), kind.is_symlink()) {
        (true, _, _) => "file",
        (_, true, _) => "directory",
        (_, _, true) => "link",
        _ => "unknown",
    }
}

fn text(bytes: &[u8]) -> Value {
    json!(String::from_utf8_lossy(bytes))
}

fn done((): ()) -> Value {
    json!("done")
}

/// The answer, or the kind of the error in brackets.
fn told(answer: io::Result<Value>) -> Value {
    answer.unwrap_or_else(|error| json!([error.kind().to_string()]))
}
