//! Which program speaks ssh, and what it is called with: as Git and gix do it.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use gantry_model::limits;
use gix::bstr::{BStr, ByteSlice};
use gix::protocol::transport::Protocol;
use gix::protocol::transport::client::blocking_io::ssh::{ProgramKind, connect};
use gix::url::ArgumentSafety;

use crate::access;
use crate::patience::Patience;

/// A command for ssh.
pub(super) struct Program {
    line: OsString,
    /// The line may be more than the name of a program.
    is_for_shell: bool,
    kind: ProgramKind,
}

impl Program {
    /// What the options name. Of which kind a command is that nobody has said so of, it is asked itself.
    pub(super) fn of(
        options: connect::Options,
        url: &gix::Url,
        patience: Patience,
    ) -> io::Result<Self> {
        let line = options.ssh_command().to_owned();
        let mut program = Self {
            kind: options.kind.unwrap_or_else(|| kind_of(&line)),
            is_for_shell: !options.disallow_shell && is_for_shell(&line),
            line,
        };
        if options.kind.is_none()
            && program.kind == ProgramKind::Simple
            && program.knows_options(url, patience)?
        {
            program.kind = ProgramKind::Ssh;
        }
        Ok(program)
    }

    /// Whether it takes OpenSSH's options; `-G` only prints settings.
    fn knows_options(&self, url: &gix::Url, patience: Patience) -> io::Result<bool> {
        let mut command = self.bare();
        command.arg("-G").arg(host(url)?);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let Ok(mut child) = command.spawn() else {
            return Ok(false);
        };
        let pause = Duration::from_millis(limits::SSH_END_POLL_MS);
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(status.success());
            }
            if patience.left().is_zero() {
                // It may be gone by itself.
                let _ = child.kill();
                let _ = child.wait();
                return Err(patience.over().into());
            }
            std::thread::sleep(pause);
        }
    }

    /// The command up to the words for the other machine.
    pub(super) fn command(&self, url: &gix::Url, version: Protocol) -> io::Result<Command> {
        let host = host(url)?;
        let user = match url.user_as_argument() {
            ArgumentSafety::Usable(user) => Some(user),
            ArgumentSafety::Absent => None,
            ArgumentSafety::Dangerous(user) => {
                return Err(invalid(&format!("the user {user:?} looks like an option")));
            }
        };
        let mut command = self.bare();
        match self.kind {
            ProgramKind::Ssh => {
                if version != Protocol::V1 {
                    command.args(["-o", "SendEnv=GIT_PROTOCOL"]);
                    command.env("GIT_PROTOCOL", format!("version={}", version as usize));
                }
                if let Some(port) = url.port {
                    command.arg(format!("-p{port}"));
                }
            }
            ProgramKind::Plink | ProgramKind::Putty | ProgramKind::TortoisePlink => {
                if self.kind == ProgramKind::TortoisePlink {
                    command.arg("-batch");
                }
                if let Some(port) = url.port {
                    command.arg("-P").arg(port.to_string());
                }
            }
            ProgramKind::Simple if url.port.is_some() => {
                let line = self.line.display();
                return Err(invalid(&format!("{line} takes no port (ssh.variant)")));
            }
            ProgramKind::Simple => {}
        }
        command.arg(match user {
            Some(user) => format!("{user}@{host}"),
            None => host.to_owned(),
        });
        Ok(command)
    }

    fn bare(&self) -> Command {
        let mut command = if self.is_for_shell {
            // As Git runs it. What the shell only has to become leaves no shell behind that could be killed in its
            // place.
            let exec = if access::is_own_command(&self.line) {
                "exec "
            } else {
                ""
            };
            let mut script = OsString::from(exec);
            script.push(&self.line);
            script.push(" \"$@\"");
            let mut shell = Command::new("sh");
            shell.arg("-c").arg(script).arg(&self.line);
            shell
        } else {
            Command::new(&self.line)
        };
        // Its words are looked at.
        command.env("LANG", "C").env("LC_ALL", "C");
        command
    }
}

fn invalid(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, reason.to_owned())
}

fn host(url: &gix::Url) -> io::Result<&str> {
    match url.host_as_argument() {
        ArgumentSafety::Usable(host) => Ok(host),
        ArgumentSafety::Absent => Err(invalid("the URL names no host")),
        ArgumentSafety::Dangerous(host) => {
            Err(invalid(&format!("the host {host:?} looks like an option")))
        }
    }
}

fn kind_of(line: &OsStr) -> ProgramKind {
    if access::is_own_command(line) {
        return ProgramKind::Ssh;
    }
    let stem = Path::new(line).file_stem().and_then(OsStr::to_str);
    match stem.unwrap_or_default().to_ascii_lowercase().as_str() {
        "ssh" => ProgramKind::Ssh,
        "plink" => ProgramKind::Plink,
        "putty" => ProgramKind::Putty,
        "tortoiseplink" => ProgramKind::TortoisePlink,
        _ => ProgramKind::Simple,
    }
}

/// Whether a command has anything in it that only a shell knows what to do with.
fn is_for_shell(line: &OsStr) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-+:@,".contains(byte);
    !line.as_encoded_bytes().iter().all(plain)
}

/// A path as one word of the other machine's shell.
pub(super) fn quoted(path: &BStr) -> io::Result<String> {
    if path.trim().first() == Some(&b'-') {
        return Err(invalid("the repository's path looks like an option"));
    }
    let path = path
        .to_str()
        .map_err(|_| invalid("its path is not UTF-8"))?;
    // Some shells have history, behind an exclamation mark.
    Ok(access::quoted(path).replace('!', r"'\!'"))
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test stops at a broken set-up")]
mod tests {
    use gix::bstr::ByteSlice;

    use super::*;

    fn words(url: &str, options: connect::Options) -> Result<String, String> {
        let url = gix::url::parse(url.as_bytes().as_bstr()).expect("a URL");
        let program = Program::of(options, &url, Patience::of_secs(5));
        let program = program.map_err(|error| error.to_string())?;
        let command = program.command(&url, Protocol::V2);
        let command = command.map_err(|error| error.to_string())?;
        let words = [command.get_program()]
            .into_iter()
            .chain(command.get_args());
        let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
        Ok(words.join("|"))
    }

    #[test]
    fn commands_are_called_as_git_calls_them() {
        let of = |command: &str, kind| connect::Options {
            command: (!command.is_empty()).then(|| command.into()),
            kind,
            disallow_shell: false,
        };
        let v2 = "-o|SendEnv=GIT_PROTOCOL";
        for (url, command, kind, expected) in [
            (
                "ssh://me@git:22/a",
                "",
                None,
                format!("ssh|{v2}|-p22|me@git"),
            ),
            (
                "me@git:a",
                "/opt/bin/ssh",
                None,
                format!("/opt/bin/ssh|{v2}|me@git"),
            ),
            (
                "ssh://git/a",
                "ssh -o A='b c'",
                None,
                format!(r#"sh|-c|exec ssh -o A='b c' "$@"|ssh -o A='b c'|{v2}|git"#),
            ),
            ("ssh://git:7/a", "plink", None, "plink|-P|7|git".into()),
            (
                "ssh://git:7/a",
                "x",
                Some(ProgramKind::TortoisePlink),
                "x|-batch|-P|7|git".into(),
            ),
            ("me@git:a", "false", None, "false|me@git".into()),
            ("ssh://git/a", "true", None, format!("true|{v2}|git")),
            (
                "ssh://git/a",
                "A=1 true",
                None,
                format!(r#"sh|-c|A=1 true "$@"|A=1 true|{v2}|git"#),
            ),
        ] {
            let found = words(url, of(command, kind));
            assert_eq!(found, Ok(expected), "{url} {command}");
        }
        let refused = words("ssh://git:7/a", of("false", None)).expect_err("no port");
        assert_eq!(refused, "false takes no port (ssh.variant)");
        let refused = words("ssh://-me@git/a", of("", None)).expect_err("no user");
        assert!(refused.contains("looks like an option"), "{refused}");
    }

    #[test]
    fn a_path_is_one_word() {
        for (path, expected) in [
            ("/a b", Ok("'/a b'")),
            ("/it's!", Ok(r"'/it'\''s'\!''")),
            (" -a", Err("the repository's path looks like an option")),
        ] {
            let found = quoted(path.as_bytes().as_bstr());
            let found = found.map_err(|error| error.to_string());
            let expected = expected.map(str::to_owned).map_err(str::to_owned);
            assert_eq!(found, expected, "{path}");
        }
    }
}
