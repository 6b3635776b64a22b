//! Archives, good and hostile.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use gantry_model::{EntryKind, SourceTree, TreeError, limits};
use tar::{Builder, EntryType, Header};

use super::{about, unpack};
use crate::tree::ArchiveTree;

const CHART_YAML: &[u8] = b"name: web\nversion: 1.0.0\n";

/// An entry: kind, path, content or target of a link.
type Made<'a> = (EntryType, &'a str, &'a [u8]);

fn file<'a>(path: &'a str, content: &'a [u8]) -> Made<'a> {
    (EntryType::Regular, path, content)
}

fn symlink<'a>(path: &'a str, target: &'a str) -> Made<'a> {
    (EntryType::Symlink, path, target.as_bytes())
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).expect("packed");
    encoder.finish().expect("packed")
}

/// A tar with just these entries, with paths that tar's own writer would refuse.
fn tar(entries: &[Made<'_>]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (kind, path, content) in entries {
        let mut header = Header::new_gnu();
        header.set_entry_type(*kind);
        header.set_mode(0o644);
        let is_link = matches!(kind, EntryType::Symlink | EntryType::Link);
        if is_link {
            let old = header.as_old_mut();
            old.linkname[..content.len()].copy_from_slice(content);
        }
        if path.len() > 100 {
            let mut long = Header::new_gnu();
            long.set_entry_type(EntryType::GNULongName);
            long.set_size(path.len() as u64);
            long.set_cksum();
            builder.append(&long, path.as_bytes()).expect("added");
        } else {
            header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        }
        let content = if is_link { &[] } else { *content };
        header.set_size(content.len() as u64);
        header.set_cksum();
        builder.append(&header, content).expect("added");
    }
    builder.into_inner().expect("a tar")
}

/// A chart with these entries beside its `Chart.yaml`.
fn chart(entries: &[Made<'_>]) -> Result<ArchiveTree, String> {
    let mut all = vec![file("web/Chart.yaml", CHART_YAML)];
    all.extend(entries);
    unpack(&gzip(&tar(&all)))
}

#[test]
fn a_chart_is_unpacked() {
    let long = format!("web/{}/values.yaml", "long/".repeat(40));
    let tree = chart(&[
        (EntryType::Directory, "web/", b""),
        (EntryType::Directory, "web/charts/", b""),
        (EntryType::XGlobalHeader, "pax_global_header", b""),
        file("web/charts/db/Chart.yaml", b"name: db\n"),
        file("./web/values.yaml", b"first"),
        file("web/values.yaml", b"last"),
        file("web\\templates\\windows.yaml", b"kind: A\n"),
        file(&long, b"deep"),
        symlink("web/link.yaml", "values.yaml"),
        symlink("web/charts/up", "../templates"),
        symlink("web/nowhere", "missing"),
        (EntryType::Link, "web/hard.yaml", b"web/values.yaml"),
    ]);
    let tree = tree.expect("a chart");
    let names: Vec<_> = tree
        .list("")
        .expect("the root")
        .into_iter()
        .map(|e| (e.name, e.kind))
        .collect();
    let expected = [
        ("Chart.yaml", EntryKind::File),
        ("charts", EntryKind::Directory),
        ("hard.yaml", EntryKind::File),
        ("link.yaml", EntryKind::File),
        ("long", EntryKind::Directory),
        ("nowhere", EntryKind::BrokenLink),
        ("templates", EntryKind::Directory),
        ("values.yaml", EntryKind::File),
    ];
    assert_eq!(names, expected.map(|(name, kind)| (name.to_owned(), kind)));
    let (_, long) = long.split_once('/').expect("a path");
    for (path, expected) in [
        ("values.yaml", "last"),
        ("./values.yaml", "last"),
        ("link.yaml", "last"),
        ("hard.yaml", "last"),
        ("charts/up/windows.yaml", "kind: A\n"),
        ("charts/../templates//windows.yaml", "kind: A\n"),
        (long, "deep"),
    ] {
        assert_eq!(
            tree.read(path).as_deref(),
            Ok(expected.as_bytes()),
            "{path}"
        );
    }
    assert_eq!(tree.read_link("link.yaml").as_deref(), Ok("values.yaml"));
    assert_eq!(tree.is_link("charts/up"), Ok(true));
    assert_eq!(tree.is_link("charts/up/."), Ok(true));
    let id = |path| tree.content_id(path).expect(path).expect("a digest");
    assert_eq!(id("link.yaml"), id("values.yaml"));
    assert_ne!(id("Chart.yaml"), id("values.yaml"));
}

#[test]
fn cve_2023_40026_no_path_leads_out_of_a_tree() {
    let tree = chart(&[
        symlink("web/a", "b"),
        symlink("web/b", "a"),
        // Each stays inside by itself.
        symlink("web/sub/root", ".."),
        symlink("web/sub/out", "root/../x"),
    ]);
    let tree = tree.expect("a chart");
    let outside = |path: &str| Err(TreeError::Outside(path.to_owned()));
    for (path, expected) in [
        ("..", outside("..")),
        ("/Chart.yaml", outside("/Chart.yaml")),
        ("sub/../../Chart.yaml", outside("sub/../../Chart.yaml")),
        ("sub/out", outside("sub/out")),
        ("a", Err(TreeError::Loop("a".to_owned()))),
        ("missing", Err(TreeError::NotFound("missing".to_owned()))),
        ("sub", Err(TreeError::NotAFile("sub".to_owned()))),
        (
            "Chart.yaml/x",
            Err(TreeError::NotADirectory("Chart.yaml/x".to_owned())),
        ),
        ("sub/root/Chart.yaml", Ok(CHART_YAML.to_vec())),
    ] {
        assert_eq!(tree.read(path), expected, "{path}");
    }
    assert_eq!(tree.kind("a"), Ok(EntryKind::BrokenLink));
    assert_eq!(
        tree.list("Chart.yaml"),
        Err(TreeError::NotADirectory("Chart.yaml".to_owned()))
    );
}

#[test]
fn odd_archives_are_refused() {
    let deep = format!("web/{}", "d/".repeat(limits::TREE_PATH_MAX_BYTES / 2));
    for (entries, expected) in [
        (vec![file("/etc/passwd", b"")], "it is an absolute path"),
        (vec![file("web/../../x", b"")], "it leads out by `..`"),
        (vec![file("web\\..\\x", b"")], "it leads out by `..`"),
        (vec![file("C:\\x", b"")], "it is an absolute path"),
        (vec![file("web/c:/x", b"")], "it is an absolute path"),
        (vec![file(&deep, b"")], "it has more than 4096 bytes"),
        (
            vec![file("other/x", b"")],
            "one directory at its top, and has other and web",
        ),
        (
            vec![file("x", b"")],
            "one directory at its top, and has web and x",
        ),
        (
            vec![symlink("web/x", "/etc/passwd")],
            "which is outside the chart",
        ),
        (vec![symlink("web/x", "../x")], "which is outside the chart"),
        (
            vec![symlink("web/a/b/x", "../../../x")],
            "which is outside the chart",
        ),
        (
            vec![symlink("web/x", "a/../../x")],
            "which is outside the chart",
        ),
        (vec![symlink("x", "web")], "which is outside the chart"),
        (
            vec![(EntryType::Link, "web/x", b"/etc/passwd")],
            "it is an absolute path",
        ),
        (
            vec![(EntryType::Link, "web/x", b"../x")],
            "it leads out by `..`",
        ),
        (
            vec![(EntryType::Link, "web/x", b"web/later")],
            "which is no file before it",
        ),
        (
            vec![(EntryType::Char, "web/null", b"")],
            "it is no file, directory or link",
        ),
        (
            vec![(EntryType::Block, "web/sda", b"")],
            "it is no file, directory or link",
        ),
        (
            vec![(EntryType::Fifo, "web/pipe", b"")],
            "it is no file, directory or link",
        ),
        (
            vec![file("web/a", b""), file("web/a/b", b"")],
            "a above it is no directory",
        ),
        (
            vec![symlink("web/a", "b"), file("web/a/b", b"")],
            "a above it is no directory",
        ),
        (
            vec![file("web/a/b", b""), file("web/a", b"")],
            "both a directory and something else",
        ),
    ] {
        let error = chart(&entries).expect_err(expected);
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn what_is_no_chart_says_why() {
    let broken = {
        let mut archive = gzip(&tar(&[file("web/Chart.yaml", CHART_YAML)]));
        archive.truncate(archive.len() / 2);
        archive
    };
    let wrong_checksum = {
        let mut archive = gzip(&tar(&[file("web/Chart.yaml", CHART_YAML)]));
        let at = archive.len() - 5;
        archive[at] ^= 1;
        archive
    };
    for (archive, expected) in [
        (Vec::new(), "it is no gzip file, but empty"),
        (
            b"<html>".to_vec(),
            "it is no gzip file, but looks like a web page",
        ),
        (
            tar(&[file("web/Chart.yaml", CHART_YAML)]),
            "it is no gzip file",
        ),
        (gzip(b""), "it is empty"),
        (gzip(b"no tar at all"), "it cannot be unpacked"),
        (gzip(&tar(&[])), "it is empty"),
        (
            gzip(&tar(&[file("Chart.yaml", CHART_YAML)])),
            "Chart.yaml is in no directory",
        ),
        (
            gzip(&tar(&[file("web/x", b"")])),
            "there is no file Chart.yaml",
        ),
        (
            gzip(&tar(&[file("web/Chart.yaml/x", b"")])),
            "there is no file Chart.yaml",
        ),
        (broken, "it cannot be unpacked"),
        (wrong_checksum, "it cannot be unpacked"),
    ] {
        let error = unpack(&archive).expect_err(expected);
        assert!(error.contains(expected), "{expected:?}: {error}");
    }
    for (text, expected) in [
        ("version: 1", "no `name`"),
        ("a: [", "is no YAML"),
        ("", "no `name`"),
    ] {
        let error = about(text.as_bytes())
            .map(|about| about.name)
            .expect_err(expected);
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn cve_2023_40584_and_2024_29893_bombs_end_early() {
    let zeros = vec![0; 8 << 20];
    let entries = [
        file("web/Chart.yaml", CHART_YAML),
        file("web/zeros", &zeros),
    ];
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&tar(&entries)).expect("packed");
    let error = unpack(&encoder.finish().expect("packed")).expect_err("a bomb");
    assert!(error.contains("more than 200 times larger"), "{error}");
    // What cannot be told by the ratio: random content before it.
    let size = usize::try_from(limits::CHART_UNPACKED_MAX_BYTES).expect("fits");
    let mut entries = vec![file("web/Chart.yaml", CHART_YAML)];
    let noise: Vec<u8> = (0..1_u32 << 18)
        .flat_map(|n| {
            n.wrapping_mul(2_654_435_761)
                .rotate_left(n % 31)
                .to_le_bytes()
        })
        .collect();
    let zeros = vec![0; size];
    entries.push(file("web/noise", &noise));
    entries.push(file("web/zeros", &zeros));
    let error = unpack(&gzip(&tar(&entries))).expect_err("too large");
    assert!(error.contains("more than 104857600 bytes"), "{error}");
}

#[test]
fn many_small_things_are_too_many() {
    let names: Vec<String> = (0..limits::CHART_ENTRIES_MAX)
        .map(|n| format!("web/{n}"))
        .collect();
    let entries: Vec<_> = names.iter().map(|name| file(name, b"")).collect();
    let error = chart(&entries).expect_err("too many");
    assert!(
        error.contains("more than 20000 files and directories"),
        "{error}"
    );
    // Directories that come with a path count too.
    let deep: Vec<String> = (0..20)
        .map(|n| format!("web/{n}/{}x", "d/".repeat(1_500)))
        .collect();
    let entries: Vec<_> = deep.iter().map(|name| file(name, b"")).collect();
    let error = chart(&entries).expect_err("too many");
    assert!(
        error.contains("more than 20000 files and directories"),
        "{error}"
    );
}
