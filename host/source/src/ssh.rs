//! Git over ssh: the program that speaks it, as a transport that is given up when its server keeps us waiting.
//! gix's own waits for ever, and nobody can end it.

mod pipes;
mod program;

use std::any::Any;
use std::borrow::Cow;
use std::io;
use std::process::Stdio;

use gix::bstr::{BStr, ByteSlice as _};
use gix::protocol::transport::client::blocking_io::{
    RequestWriter, SetServiceResponse, Transport, ssh,
};
use gix::protocol::transport::client::git::{ConnectMode, blocking_io::Connection};
use gix::protocol::transport::client::{self, MessageKind, TransportWithoutIO, WriteMode};
use gix::protocol::transport::{Protocol, Service};

use crate::patience::Patience;
pub(crate) use pipes::Failed;
use pipes::{Answers, Requests, Running};
use program::Program;

/// A repository behind ssh.
pub(crate) struct Ssh {
    url: gix::Url,
    program: Program,
    version: Protocol,
    patience: Patience,
    connection: Option<Open>,
}

/// The program that runs, and what is said with it.
struct Open {
    lines: Connection<Answers, Requests>,
    /// Dropped last: that ends the program.
    _running: Running,
}

impl Ssh {
    /// As the options say, which Git's settings are.
    pub(crate) fn new(
        url: gix::Url,
        version: Protocol,
        options: ssh::connect::Options,
        patience: Patience,
    ) -> gix::Result<Self> {
        let program = Program::of(options, &url, patience).map_err(gix::Error::from_error)?;
        Ok(Self {
            url,
            program,
            version,
            patience,
            connection: None,
        })
    }

    fn open(&self, service: Service) -> io::Result<Open> {
        let path = gix::url::expand_path::for_shell(self.url.path.clone());
        let mut command = self.program.command(&self.url, self.version)?;
        command
            .arg(service.as_str())
            .arg(program::quoted(path.as_bstr())?);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        tracing::debug!(?command, "ssh");
        let child = command.spawn().map_err(|error| {
            let name = command.get_program().display();
            io::Error::new(error.kind(), format!("{name}: {error}"))
        })?;
        let host = self.url.host().unwrap_or_default();
        let (running, answers, requests) = pipes::of(child, host, self.patience)?;
        Ok(Open {
            lines: Connection::new(
                answers,
                requests,
                self.version,
                path,
                None::<(&str, _)>,
                ConnectMode::Process,
                false,
            ),
            _running: running,
        })
    }
}

impl TransportWithoutIO for Ssh {
    fn to_url(&self) -> Cow<'_, BStr> {
        Cow::Owned(self.url.to_bstring())
    }

    fn connection_persists_across_multiple_requests(&self) -> bool {
        true
    }

    fn configure(&mut self, _config: &dyn Any) -> gix::Result<()> {
        Ok(())
    }
}

impl Transport for Ssh {
    fn handshake<'a>(
        &mut self,
        service: Service,
        parameters: &'a [(&'a str, Option<&'a str>)],
    ) -> Result<SetServiceResponse<'_>, client::Error> {
        let open = self.open(service)?;
        let open = self.connection.insert(open);
        open.lines.handshake(service, parameters)
    }

    fn request(
        &mut self,
        write_mode: WriteMode,
        on_into_read: MessageKind,
        trace: bool,
    ) -> Result<RequestWriter<'_>, client::Error> {
        let open = self.connection.as_mut();
        let open = open.ok_or(client::Error::MissingHandshake)?;
        open.lines.request(write_mode, on_into_read, trace)
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test stops at a broken set-up")]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::time::Instant;

    use super::*;
    use crate::patience::Late;

    /// What comes of a handshake with a script in place of ssh.
    fn handshake(folder: &Path, script: &str) -> gix::Error {
        let file = folder.join("ssh.sh");
        fs::write(&file, script).expect("a script");
        let options = ssh::connect::Options {
            command: Some(format!("sh {}", file.display()).into()),
            kind: Some(ssh::ProgramKind::Ssh),
            disallow_shell: false,
        };
        let url = gix::url::parse("ssh://git.example/a").expect("a URL");
        let patience = Patience::of_secs(2);
        let transport = Ssh::new(url, Protocol::V2, options, patience);
        let mut transport = transport.expect("a transport");
        let error = transport.handshake(Service::UploadPack, &[]).err();
        gix::Error::from_error(error.expect("no handshake"))
    }

    #[test]
    fn a_program_is_left_alone_whatever_it_does() {
        let folder = tempfile::tempdir().expect("a folder");
        for script in [
            "exec sleep 20",
            // Its child keeps the pipes open when it is ended.
            "sleep 20\n",
            "exec 2>&-; trap '' PIPE TERM; sleep 20\n",
            "printf 000; sleep 20\n",
        ] {
            let began = Instant::now();
            let error = handshake(folder.path(), script);
            let late = error.downcast_any_ref::<Late>();
            assert_eq!(late, Some(&Late::Whole { secs: 2 }), "{script}: {error:?}");
            assert!(began.elapsed().as_secs() < 10, "{script}");
        }
    }

    #[test]
    fn what_a_program_says_of_its_failure_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        for (script, words, is_away) in [
            (
                "printf 'Welcome\\a\\r\\n\\n' >&2; echo 'Host key verification failed.' >&2; exit 255",
                "Welcome; Host key verification failed.",
                true,
            ),
            (
                "echo 'no such repository' >&2; exit 128",
                "no such repository",
                false,
            ),
            ("exit 7", "ssh ended without a word (exit status: 7)", false),
            // Another one shares its connection, and goes on.
            ("sleep 3 >&- & echo gone >&2; exit 255", "gone", true),
        ] {
            let error = handshake(folder.path(), script);
            let failed = error.downcast_any_ref::<Failed>().expect(script);
            let found = (failed.to_string(), failed.is_away);
            assert_eq!(found, (words.to_owned(), is_away), "{script}");
        }
        let none = handshake(folder.path(), "exit 0");
        assert!(none.downcast_any_ref::<Failed>().is_none(), "{none:?}");
    }
}
