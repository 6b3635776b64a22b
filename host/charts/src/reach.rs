//! Where a download may lead. What a renderer asks for comes from whoever writes a repository: in a
//! server it must not read what only that machine can reach.

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Which addresses may be asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Reach {
    /// All.
    #[default]
    Anywhere,
    /// Not this machine itself, nor its own link with a cloud's metadata; but all of the hosts
    /// that are named here.
    Guarded {
        /// Names of hosts, or addresses as a URL has them, in lower case.
        except: Arc<[String]>,
    },
}

impl Reach {
    /// Whether a host may be asked, as far as its name tells.
    ///
    /// # Errors
    /// Says why not.
    pub(crate) fn permit_name(&self, host: &str) -> Result<(), String> {
        let host = bare(host);
        if !self.guards(&host) {
            return Ok(());
        }
        let is_local = host == "localhost" || host.ends_with(".localhost");
        match host.parse::<IpAddr>() {
            Ok(address) if is_private(address) => Err(refusal(&host, address)),
            Err(_) if is_local => Err(refusal(&host, Ipv4Addr::LOCALHOST.into())),
            _ => Ok(()),
        }
    }

    /// Whether a host may be asked: its name is looked up, and all of its addresses count. One that
    /// cannot be found is permitted, as the request will say so.
    ///
    /// # Errors
    /// Says why not.
    pub fn permit(&self, host: &str, port: u16) -> Result<(), String> {
        self.permit_name(host)?;
        let host = bare(host);
        if !self.guards(&host) {
            return Ok(());
        }
        let found = (host.as_str(), port).to_socket_addrs();
        let mut found = found.into_iter().flatten().map(|found| found.ip());
        match found.find(|address| is_private(*address)) {
            Some(address) => Err(refusal(&host, address)),
            None => Ok(()),
        }
    }

    /// Stands for the rule among the settings of a client.
    pub(crate) fn identity(&self) -> String {
        match self {
            Self::Anywhere => String::new(),
            Self::Guarded { except } => format!("guarded {}", except.join(" ")),
        }
    }

    fn guards(&self, host: &str) -> bool {
        match self {
            Self::Anywhere => false,
            Self::Guarded { except } => !except.iter().any(|name| bare(name) == host),
        }
    }
}

/// A host's name in lower case, without brackets and the dot at the end.
fn bare(host: &str) -> String {
    let host = host.trim_matches(['[', ']']).trim_end_matches('.');
    host.to_ascii_lowercase()
}

fn refusal(host: &str, address: IpAddr) -> String {
    let found = if host == address.to_string() {
        String::new()
    } else {
        format!(" ({address})")
    };
    format!(
        "{host}{found} is an address of this machine or its own link; it is asked only if the \
         project's sourceRepos name that host"
    )
}

/// What only this machine reaches: itself, its link, and where clouds keep a machine's credentials.
fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_private_v4(address),
        IpAddr::V6(address) => {
            // RFC 6052: an IPv4 address behind a translator.
            if let [0x64, 0xff9b, 0, 0, 0, 0, high, low] = address.segments() {
                let [[a, b], [c, d]] = [high, low].map(u16::to_be_bytes);
                return is_private_v4(Ipv4Addr::new(a, b, c, d));
            }
            address.is_loopback()
                || address.is_unspecified()
                || address.is_unicast_link_local()
                || address == METADATA_V6
        }
    }
}

/// Amazon's.
const METADATA_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);

/// Those outside of the link: Alibaba's, Azure's, Oracle's.
const METADATA_V4: [Ipv4Addr; 3] = [
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(168, 63, 129, 16),
    Ipv4Addr::new(192, 0, 0, 192),
];

fn is_private_v4(address: Ipv4Addr) -> bool {
    address.is_loopback()
        // All of 0.0.0.0/8 is "this host".
        || address.octets()[0] == 0
        || address.is_link_local()
        || METADATA_V4.contains(&address)
}

/// Finds addresses as the system does, and hands out those that may be asked: what was looked at is
/// what is connected to.
pub(crate) struct GuardedNames {
    pub(crate) reach: Reach,
    /// Proxies, which the administrator has chosen.
    pub(crate) trusted: Vec<String>,
}

impl Resolve for GuardedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let host = bare(name.as_str());
        let is_free = !self.reach.guards(&host) || self.trusted.contains(&host);
        Box::pin(async move {
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            let (refused, permitted): (Vec<SocketAddr>, Vec<SocketAddr>) = found
                .into_iter()
                .partition(|found| !is_free && is_private(found.ip()));
            match refused.first() {
                Some(address) if permitted.is_empty() => {
                    let error: Box<dyn Error + Send + Sync> = refusal(&host, address.ip()).into();
                    Err(error)
                }
                _ => {
                    let permitted: Addrs = Box::new(permitted.into_iter());
                    Ok(permitted)
                }
            }
        })
    }
}

/// The hosts of the proxies that the environment or a Secret names.
pub(crate) fn proxies(own: &str) -> Vec<String> {
    let names = ["http_proxy", "https_proxy", "all_proxy"];
    let names = names
        .iter()
        .flat_map(|name| [(*name).to_owned(), name.to_uppercase()]);
    let urls = names.filter_map(|name| std::env::var(name).ok());
    let hosts = urls.chain([own.to_owned()]).filter_map(|url| {
        let url = if url.contains("://") {
            url
        } else {
            format!("http://{url}")
        };
        reqwest::Url::parse(&url).ok()?.host_str().map(bare)
    });
    hosts.collect()
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::{Reach, is_private};

    #[test]
    fn addresses_that_only_this_machine_reaches() {
        for (address, expected) in [
            ("127.0.0.1", true),
            ("127.8.9.1", true),
            ("0.0.0.0", true),
            ("0.1.2.3", true),
            ("169.254.169.254", true),
            ("168.63.129.16", true),
            ("100.100.100.200", true),
            ("::1", true),
            ("::", true),
            ("::ffff:127.0.0.1", true),
            ("::ffff:169.254.169.254", true),
            ("64:ff9b::7f00:1", true),
            ("fe80::1", true),
            ("fd00:ec2::254", true),
            ("10.0.0.1", false),
            ("192.168.1.1", false),
            ("172.16.0.1", false),
            ("93.184.216.34", false),
            ("fd00::1", false),
            ("2001:db8::1", false),
            ("64:ff9b::808:808", false),
        ] {
            let parsed: IpAddr = address.parse().expect(address);
            assert_eq!(is_private(parsed), expected, "{address}");
        }
    }

    #[test]
    fn hosts_are_refused_unless_they_are_named() {
        let guarded = |names: &[&str]| Reach::Guarded {
            except: names.iter().map(|name| (*name).to_owned()).collect(),
        };
        for (reach, host, expected) in [
            (Reach::Anywhere, "localhost", true),
            (guarded(&[]), "localhost", false),
            (guarded(&[]), "LOCALHOST.", false),
            (guarded(&[]), "a.localhost", false),
            (guarded(&[]), "127.0.0.1", false),
            (guarded(&[]), "[::1]", false),
            (guarded(&[]), "10.0.0.1", true),
            (guarded(&["localhost"]), "localhost", true),
            (guarded(&["localhost"]), "127.0.0.1", false),
            (guarded(&["127.0.0.1"]), "127.0.0.1", true),
            (guarded(&["::1"]), "[::1]", true),
        ] {
            let permitted = reach.permit(host, 80);
            assert_eq!(
                permitted.is_ok(),
                expected,
                "{reach:?} {host}: {permitted:?}"
            );
        }
    }
}
