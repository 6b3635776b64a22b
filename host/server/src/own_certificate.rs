//! A certificate of our own, for where nobody gives one: it hides what is said, and whoever calls must be told to
//! trust it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use gantry_model::limits;
use rcgen::{CertificateParams, DnType, KeyPair};

use crate::tls::TlsError;

const CERTIFICATE: &str = "tls.crt";
const KEY: &str = "tls.key";

/// Where the certificate and the key lie in a folder.
pub(crate) fn places(folder: &Path) -> (PathBuf, PathBuf) {
    (folder.join(CERTIFICATE), folder.join(KEY))
}

/// The files of a certificate that is good for some time, made where there is none, for these names and addresses.
pub(crate) fn up_to_date(folder: &Path, names: &[String]) -> Result<(PathBuf, PathBuf), TlsError> {
    let (certificate, key) = places(folder);
    if !is_young(&certificate) || !key.is_file() {
        make(folder, names)?;
        tracing::info!(
            certificate = %certificate.display(),
            "a certificate was made: clients must be told to trust it, or be given one with --tls-cert"
        );
    }
    Ok((certificate, key))
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
    // Whoever reads meanwhile sees the one before.
    let new = path.with_extension("new");
    let written = options
        .open(&new)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .and_then(|()| fs::rename(&new, path));
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
    use std::fs::{self, File};
    use std::time::{Duration, SystemTime};

    use gantry_model::limits;

    use super::places;
    use crate::tls::{Certificate, TlsMode};

    #[test]
    fn a_certificate_is_made_once_and_anew_before_it_expires() {
        let folder = tempfile::tempdir().expect("a folder");
        let mode = TlsMode::Own {
            folder: folder.path().join("tls"),
            names: vec!["localhost".to_owned(), "127.0.0.1".to_owned()],
        };
        let pem = || mode.pem().expect("made").expect("a pair");
        Certificate::load(&mode).expect("a pair").expect("one");
        let first = pem();
        assert_eq!(pem(), first);
        let (certificate, key) = places(&folder.path().join("tls"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&key).expect("there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        fs::remove_file(&key).expect("gone");
        let second = pem();
        assert_ne!(second, first);
        second.check().expect("a pair again");
        let age = Duration::from_secs(limits::OWN_CERTIFICATE_RENEW_SECS + 60);
        let file = File::options().write(true).open(&certificate);
        let aged = file.expect("there").set_modified(SystemTime::now() - age);
        aged.expect("made old");
        let third = pem();
        assert_ne!(third, second);
        third.check().expect("a pair once more");
    }
}
