//! The host keys that ssh is told, in a file: it takes them from nowhere else.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::access::quoted;

/// Where ssh looks by itself.
const OWN: &str = "~/.ssh/known_hosts ~/.ssh/known_hosts2";

/// The file with these lines; none without any. Others get another file: whoever shares the folder may believe
/// other servers, and ssh may be reading.
pub(crate) fn file(folder: &Path, lines: &str) -> io::Result<Option<PathBuf>> {
    if lines.is_empty() {
        return Ok(None);
    }
    let text = format!("{lines}\n");
    let mut hash = gix::hash::hasher(gix::hash::Kind::Sha1);
    hash.update(text.as_bytes());
    let id = hash.try_finalize().map_err(io::Error::other)?;
    let path = std::path::absolute(folder)?.join(format!("known-hosts-{id}"));
    if fs::read(&path).is_ok_and(|content| content == text.as_bytes()) {
        return Ok(Some(path));
    }
    fs::create_dir_all(folder)?;
    // For this user alone, and never half written.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.persist(&path).map_err(|error| error.error)?;
    Ok(Some(path))
}

/// What ssh is told of that file, for a shell. Its own files come first: it writes into the first one.
pub(crate) fn option(file: &Path) -> String {
    let path = file.display().to_string();
    // A percent sign begins one of ssh's tokens.
    let path = path.replace('%', "%%");
    let setting = quoted(&format!("UserKnownHostsFile={OWN} \"{path}\""));
    format!(" -o {setting}")
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test stops at a broken set-up")]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;
    use std::process::Command;

    use super::{file, option};

    #[test]
    fn lines_are_written_when_they_change() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = folder.path().join("cache");
        assert_eq!(file(&cache, "").expect("nothing"), None);
        let write = |lines: &str| file(&cache, lines).expect("written").expect("a file");
        let first = write("a ssh-ed25519 AAAA");
        let mode = fs::metadata(&first).expect("the file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let times = || fs::metadata(&first).expect("the file").modified().ok();
        let written = times();
        assert_eq!(write("a ssh-ed25519 AAAA"), first);
        assert_eq!(times(), written);
        let second = write("b ssh-ed25519 AAAA");
        assert_ne!(second, first);
        fs::write(&second, "changed").expect("written");
        write("b ssh-ed25519 AAAA");
        let text = fs::read_to_string(&second).expect("the file");
        assert_eq!(text, "b ssh-ed25519 AAAA\n");
    }

    #[test]
    fn ssh_reads_any_path() {
        let given = option(Path::new("/it's 5%/hosts"));
        let expected = r#" -o 'UserKnownHostsFile=~/.ssh/known_hosts ~/.ssh/known_hosts2 "/it'\''s 5%%/hosts"'"#;
        assert_eq!(given, expected);
        // What it makes of it; a machine without ssh has nothing to say.
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("ssh -G {given} host")]);
        let run = shell.output().expect("a shell");
        let told = String::from_utf8_lossy(&run.stdout);
        if let Some(files) = told.lines().find(|line| line.starts_with("userknownhosts")) {
            assert!(
                files.ends_with("/.ssh/known_hosts2 /it's 5%/hosts"),
                "{files}"
            );
        }
    }
}
