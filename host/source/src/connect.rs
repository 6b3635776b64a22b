//! How a fetch gets to its server: settings, keys, and the connection itself.

use std::io::IsTerminal as _;
use std::path::Path;

use gix::bstr::ByteSlice;
use gix::protocol::transport::client::blocking_io::{Transport, http};
use gix::remote::{Connection, Direction};

use crate::access::ssh_command;
use crate::cache::{self, Cached};
use crate::error::SourceError;
use crate::fetch::Fetch;
use crate::known_hosts;
use crate::ssh::Ssh;

/// A connection by whatever protocol.
type Connected<'a, 'r> = Connection<'a, 'static, 'r, Box<dyn Transport + Send>>;

impl Fetch {
    fn is_ssh(&self) -> bool {
        matches!(self.remote.url.scheme, gix::url::Scheme::Ssh)
    }

    /// The cached repository of that name, with our settings; a key's file lives as long as it is
    /// held.
    pub(crate) fn open(
        &self,
        cache: &Path,
        name: &str,
    ) -> Result<(Option<tempfile::NamedTempFile>, Cached), SourceError> {
        let failed = |error: std::io::Error| SourceError::Cache {
            path: cache.display().to_string(),
            reason: error.to_string(),
        };
        let key = self.key_file(cache).map_err(failed)?;
        let path = key.as_ref().map(tempfile::NamedTempFile::path);
        let is_ssh = self.is_ssh();
        let known = if is_ssh && !self.remote.access.insecure {
            let lines = self.remote.trust.known_hosts();
            known_hosts::file(cache, lines).map_err(failed)?
        } else {
            None
        };
        let ssh = ssh_command(known.as_deref());
        let settings = self.remote.access.git_settings(path, &ssh);
        let mut cached = cache::open(cache, name, &self.remote.shown, settings, self.patience)?;
        if is_ssh {
            let set = bound_ssh(&mut cached.repository, &ssh);
            set.map_err(|error| self.explain(&error))?;
        }
        Ok((key, cached))
    }

    /// Connects to the server, which nothing is asked of yet.
    pub(crate) fn connect<'a, 'r>(
        &self,
        remote: &'a gix::Remote<'r>,
        repository: &gix::Repository,
    ) -> gix::Result<Connected<'a, 'r>> {
        let mut connection = if self.is_ssh() {
            remote.to_connection_with_transport(self.ssh(remote, repository)?)
        } else {
            remote.connect(Direction::Fetch)?
        };
        self.set_up(repository, &mut connection)?;
        Ok(connection)
    }

    fn ssh(
        &self,
        remote: &gix::Remote<'_>,
        repository: &gix::Repository,
    ) -> gix::Result<Box<dyn Transport + Send>> {
        let (mut url, version) = remote.sanitized_url_and_version(Direction::Fetch)?;
        let access = &self.remote.access;
        if url.user().is_none() && !access.username.is_empty() {
            url.set_user(Some(access.username.clone()));
        }
        // With these, ssh is told to ask nobody.
        let asks_nobody = !access.ssh_private_key.is_empty() || access.insecure;
        let patience = if asks_nobody || !std::io::stdin().is_terminal() {
            self.patience
        } else {
            self.patience.with_a_person()
        };
        let options = repository.ssh_connect_options()?;
        Ok(Box::new(Ssh::new(url, version, options, patience)?))
    }

    fn set_up<T>(
        &self,
        repository: &gix::Repository,
        connection: &mut gix::remote::Connection<'_, '_, '_, T>,
    ) -> gix::Result<()>
    where
        T: gix::protocol::transport::client::blocking_io::Transport,
    {
        if self.remote.access.has_login() {
            let access = self.remote.access.clone();
            connection.set_credentials(move |action| access.answer(action));
        }
        if self.is_ssh() {
            return Ok(());
        }
        let url = self.remote.url.to_bstring();
        let options = repository.transport_options(url.as_bstr(), None)?;
        let options = options.and_then(|o| o.downcast::<http::Options>().ok());
        let mut options = options.map(|o| *o).unwrap_or_default();
        let without_tls = matches!(self.remote.url.scheme, gix::url::Scheme::Http);
        let host = self.remote.url.host().unwrap_or_default();
        let certificates = self.remote.trust.certificates_for(host);
        let access = &self.remote.access;
        access.configure(&mut options, without_tls, certificates);
        connection.set_transport_options(Box::new(options));
        Ok(())
    }

    /// ssh takes a key only from a file; it is removed with the fetch.
    fn key_file(&self, cache: &Path) -> std::io::Result<Option<tempfile::NamedTempFile>> {
        if self.remote.access.ssh_private_key.is_empty() {
            return Ok(None);
        }
        std::fs::create_dir_all(cache)?;
        let file = tempfile::Builder::new().prefix("key-").tempfile_in(cache)?;
        // ssh refuses a key without its last line break.
        let key = self.remote.access.ssh_private_key.trim_end();
        std::fs::write(file.path(), format!("{key}\n"))?;
        Ok(Some(file))
    }
}

/// Bounds how long ssh waits, unless whoever set up this machine has a command of their own for it
/// (`GIT_SSH_COMMAND`, `GIT_SSH`, `core.sshCommand`), or a key has brought one.
fn bound_ssh(repository: &mut gix::Repository, command: &str) -> gix::Result<()> {
    let own = repository.ssh_connect_options()?;
    if own.command.is_none() && own.kind.is_none() {
        let mut settings = repository.config_snapshot_mut();
        settings.set_raw_value("core.sshCommand", command)?;
        settings.commit()?;
    }
    Ok(())
}
