//! A certificate of our own, for where nobody gives one: it hides what is said, and whoever calls must be told to
//! trust it.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, SystemTime};

use gantry_model::limits;
use rcgen::{CertificateParams, DnType, KeyPair};

use crate::tls::{TlsError, TlsMode};

const CERTIFICATE: &str = "tls.crt";
const KEY: &str = "tls.key";

impl TlsMode {
    /// A certificate that is kept in a folder, and made where there is none, for these names and addresses.
    ///
    /// # Errors
    /// [`TlsError`]: it cannot be made or written.
    pub fn own(folder: &Path, names: &[String]) -> Result<Self, TlsError> {
        let (certificate, key) = (folder.join(CERTIFICATE), folder.join(KEY));
        if !is_young(&certificate) || !key.is_file() {
            make(folder, names)?;
            tracing::info!(
                certificate = %certificate.display(),
                "a certificate was made: clients must be told to trust it, or be given one with --tls-cert"
            );
        }
        Ok(Self::Files { certificate, key })
    }
}

fn is_young(certificate: &Path) -> bool {
    let made = fs::metadata(certificate).and_then(|metadata| metadata.modified());
    let age = made.map(|made| made.elapsed().unwrap_or_default());
    age.is_ok_and(|age| age < Duration::from_secs(limits::OWN_CERTIFICATE_RENEW_SECS))
}

fn make(folder: &Path, names: &[String]) -> Result<(), TlsError> {
    let failed = |error: rcgen::Error| TlsError::NotMade(error.to_string());
    let mut params = CertificateParams::new(names.to_vec()).map_err(failed)?;
    params.distinguished_name.push(
        DnType::CommonName,
        names.first().map_or("gantry", String::as_str),
    );
    let now = SystemTime::now();
    // Clocks differ.
    params.not_before = (now - Duration::from_secs(limits::OWN_CERTIFICATE_EARLY_SECS)).into();
    params.not_after = (now + Duration::from_secs(limits::OWN_CERTIFICATE_SECS)).into();
    let key = KeyPair::generate().map_err(failed)?;
    let certificate = params.self_signed(&key).map_err(failed)?;
    fs::create_dir_all(folder).map_err(|error| unwritten(folder, error))?;
    // The key first: a certificate without one would be taken for a whole pair.
    write(&folder.join(KEY), &key.serialize_pem())?;
    write(&folder.join(CERTIFICATE), &certificate.pem())
}

/// Writes a file that only its owner may read.
fn write(path: &Path, text: &str) -> Result<(), TlsError> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| unwritten(path, error))
}

fn unwritten(path: &Path, error: std::io::Error) -> TlsError {
    TlsError::Unreadable {
        path: path.to_owned(),
        error,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::tls::{Certificate, TlsMode};

    #[test]
    fn a_certificate_is_made_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("tls");
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let mode = TlsMode::own(&place, &names).expect("made");
        let TlsMode::Files { certificate, key } = &mode else {
            panic!("no files: {mode:?}");
        };
        Certificate::load(certificate, key).expect("a pair");
        let before = fs::read(certificate).expect("written");
        assert_eq!(TlsMode::own(&place, &names).expect("there"), mode);
        assert_eq!(fs::read(certificate).expect("written"), before);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(key).expect("there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        fs::remove_file(key).expect("gone");
        TlsMode::own(&place, &names).expect("made anew");
        Certificate::load(certificate, key).expect("a pair again");
    }
}
