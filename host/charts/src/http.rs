//! Asking a web server: who gets credentials, which redirects are followed, how much is read.

use std::error::Error;
use std::io::Read;

use flate2::read::MultiGzDecoder;
use gantry_model::limits;
use reqwest::blocking::{Client, Response};
use reqwest::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, ETAG, HeaderMap, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    LAST_MODIFIED, LOCATION,
};
use reqwest::{StatusCode, Url};

use crate::access::ChartAccess;
use crate::client::Clients;
use crate::error::ChartError;
use crate::location::{Login, parse, shown};
use crate::reach::Reach;

/// A client for one repository or file, and what it was given for it.
pub(crate) struct Http {
    client: Client,
    /// Whom the credentials are for.
    home: Url,
    login: Login,
    pass_credentials: bool,
    reach: Reach,
}

/// What an answer was known by, to ask whether it is still the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Validators {
    pub(crate) etag: String,
    pub(crate) last_modified: String,
}

/// What came of a question.
pub(crate) enum Answer {
    /// The validators still hold.
    NotModified,
    /// The content.
    Content(Vec<u8>, Validators),
}

impl Http {
    /// Makes ready to ask the server of a URL; asks nothing yet.
    pub(crate) fn new(
        url: &str,
        access: &ChartAccess,
        clients: &Clients,
    ) -> Result<Self, ChartError> {
        let (home, login) = parse(url, access)?;
        let client = clients.of(access).map_err(|reason| ChartError::Access {
            url: shown(&home),
            reason,
        })?;
        Ok(Self {
            client,
            home,
            login,
            pass_credentials: access.pass_credentials,
            reach: access.reach.clone(),
        })
    }

    /// The URL that it was made for, without credentials.
    pub(crate) fn home(&self) -> &Url {
        &self.home
    }

    /// A file as it is, up to a size.
    pub(crate) fn archive(&self, url: &Url, max_bytes: u64) -> Result<Vec<u8>, ChartError> {
        // No word of encodings: some servers call the archive's own compression one.
        let response = self.ask(url, &HeaderMap::new())?;
        read(response, url, max_bytes)
    }

    /// A text, which may come compressed; up to a size, unpacked too.
    pub(crate) fn text(
        &self,
        url: &Url,
        known: &Validators,
        max_bytes: u64,
    ) -> Result<Answer, ChartError> {
        let mut headers = HeaderMap::new();
        let known = [
            (IF_NONE_MATCH, known.etag.as_str()),
            (IF_MODIFIED_SINCE, known.last_modified.as_str()),
        ];
        for (name, text) in [(ACCEPT_ENCODING, "gzip")].into_iter().chain(known) {
            // What a server once sent as a header, is one.
            if let (false, Ok(value)) = (text.is_empty(), text.parse()) {
                headers.insert(name, value);
            }
        }
        let response = self.ask(url, &headers)?;
        if response.status() == StatusCode::NOT_MODIFIED {
            return Ok(Answer::NotModified);
        }
        let header = |name| {
            let value = response.headers().get(name);
            let text = value.and_then(|value| value.to_str().ok());
            text.unwrap_or_default().to_owned()
        };
        let validators = Validators {
            etag: header(ETAG),
            last_modified: header(LAST_MODIFIED),
        };
        let content = if matches!(header(CONTENT_ENCODING).as_str(), "gzip" | "x-gzip") {
            read(MultiGzDecoder::new(response), url, max_bytes)?
        } else {
            read(response, url, max_bytes)?
        };
        Ok(Answer::Content(content, validators))
    }

    /// Asks, and follows redirects by hand: each one may lead to somebody else.
    fn ask(&self, url: &Url, headers: &HeaderMap) -> Result<Response, ChartError> {
        let mut at = url.clone();
        for _ in 0..=limits::DOWNLOAD_REDIRECTS_MAX {
            // The client looks at what names stand for, not at addresses.
            let permitted = self.reach.permit_name(at.host_str().unwrap_or_default());
            permitted.map_err(|reason| ChartError::Unreachable {
                url: shown(&at),
                reason,
            })?;
            let mut request = self.client.get(at.clone()).headers(headers.clone());
            let trusted = self.may_have_credentials(&at);
            if trusted {
                request = self.login.add_to(request);
            }
            let response = request.send().map_err(|error| failed(&at, &error))?;
            tracing::debug!(url = shown(&at), status = %response.status(), "asked");
            match response.status() {
                StatusCode::OK | StatusCode::NOT_MODIFIED => return Ok(response),
                StatusCode::MOVED_PERMANENTLY
                | StatusCode::FOUND
                | StatusCode::SEE_OTHER
                | StatusCode::TEMPORARY_REDIRECT
                | StatusCode::PERMANENT_REDIRECT => at = next(&at, &response)?,
                status => return Err(self.refused(&at, status, trusted)),
            }
        }
        let max = limits::DOWNLOAD_REDIRECTS_MAX;
        Err(ChartError::Unreachable {
            url: shown(url),
            reason: format!("it redirects more than {max} times"),
        })
    }

    /// The repository's own server always; others where the Secret says so, but never without TLS
    /// if the repository has it.
    fn may_have_credentials(&self, url: &Url) -> bool {
        let without_tls = self.home.scheme() == "https" && url.scheme() != "https";
        url.origin() == self.home.origin() || (self.pass_credentials && !without_tls)
    }

    fn refused(&self, url: &Url, status: StatusCode, trusted: bool) -> ChartError {
        let url = shown(url);
        match status {
            StatusCode::UNAUTHORIZED => {
                let sent = if self.login.is_none() {
                    "there were none"
                } else if trusted {
                    "the ones sent are not taken"
                } else {
                    "none were sent, as it is another host than the repository's \
                     (passCredentials would)"
                };
                ChartError::Unauthorized {
                    url,
                    reason: format!("the server wants credentials (401); {sent}"),
                }
            }
            StatusCode::FORBIDDEN => ChartError::Forbidden { url },
            StatusCode::NOT_FOUND | StatusCode::GONE => ChartError::NotFound {
                url,
                referred: String::new(),
            },
            status => ChartError::Status {
                url,
                status: status.to_string(),
            },
        }
    }
}

/// Where a redirect leads.
fn next(at: &Url, response: &Response) -> Result<Url, ChartError> {
    let broken = |reason: String| ChartError::Unreachable {
        url: shown(at),
        reason,
    };
    let location = response.headers().get(LOCATION);
    let location = location
        .and_then(|value| value.to_str().ok())
        .ok_or_else(|| broken("it redirects without saying where to".to_owned()))?;
    let next = at
        .join(location)
        .map_err(|error| broken(format!("it redirects to what is no URL: {error}")))?;
    match (at.scheme(), next.scheme()) {
        ("http", "http") | (_, "https") => Ok(next),
        ("https", "http") => Err(broken(format!(
            "it redirects to {}, which has no TLS",
            shown(&next)
        ))),
        (_, other) => Err(broken(format!("it redirects to a URL of scheme {other}"))),
    }
}

fn read(source: impl Read, url: &Url, max_bytes: u64) -> Result<Vec<u8>, ChartError> {
    let mut content = Vec::new();
    let read = source.take(max_bytes + 1).read_to_end(&mut content);
    if let Err(error) = read {
        let cause = error.get_ref().and_then(|cause| cause.downcast_ref());
        return Err(match cause {
            Some(error) => failed(url, error),
            None => ChartError::Unreachable {
                url: shown(url),
                reason: error.to_string(),
            },
        });
    }
    if content.len() as u64 > max_bytes {
        let url = shown(url);
        return Err(ChartError::TooLarge { url, max_bytes });
    }
    Ok(content)
}

pub(crate) fn failed(url: &Url, error: &reqwest::Error) -> ChartError {
    let url = shown(url);
    if error.is_timeout() && !error.is_connect() {
        let secs = limits::DOWNLOAD_TIMEOUT_SECS;
        return ChartError::Timeout { url, secs };
    }
    // The cause at the bottom is the one that names a port, a certificate or a host.
    let mut cause: &dyn Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    ChartError::Unreachable {
        url,
        reason: cause.to_string(),
    }
}
