//! Styles, scripts and the icon: files beside this code, served under a name that has their content's digest.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

use crate::answer::Response;

/// A file.
struct Asset {
    name: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
}

const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

macro_rules! asset {
    ($name:literal, $kind:expr) => {
        Asset {
            name: $name,
            kind: $kind,
            bytes: include_bytes!(concat!("../assets/", $name)),
        }
    };
}

static ASSETS: &[Asset] = &[
    asset!("gantry.css", CSS),
    asset!("page.js", SCRIPT),
    asset!("live.js", SCRIPT),
    asset!("icon.svg", "image/svg+xml"),
];

/// The files' digests, in their order.
static DIGESTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let digest = |asset: &Asset| {
        let digest = Sha256::digest(asset.bytes);
        digest[..8].iter().map(|b| format!("{b:02x}")).collect()
    };
    ASSETS.iter().map(digest).collect()
});

/// The address of a file.
pub(crate) fn address(name: &str) -> String {
    let place = ASSETS.iter().position(|asset| asset.name == name);
    let digest = place.map_or("none", |place| DIGESTS[place].as_str());
    format!("/assets/{digest}/{name}")
}

/// The file at an address. One of an older build is not there any more.
pub(crate) fn find(digest: &str, name: &str) -> Option<Response> {
    let place = ASSETS.iter().position(|asset| asset.name == name)?;
    let asset = &ASSETS[place];
    (DIGESTS[place] == digest).then(|| Response::asset(asset.kind, asset.bytes))
}

#[cfg(test)]
mod tests {
    use super::{ASSETS, address, find};

    #[test]
    fn every_file_is_found_at_its_address_and_nowhere_else() {
        for asset in ASSETS {
            let address = address(asset.name);
            let parts: Vec<&str> = address.split('/').collect();
            assert_eq!(parts[1], "assets");
            assert!(find(parts[2], parts[3]).is_some(), "{address}");
            assert!(find("0", parts[3]).is_none());
        }
        assert!(find("0", "../Cargo.toml").is_none());
    }

    #[test]
    fn files_hold_what_the_policy_of_pages_allows() {
        for asset in ASSETS {
            let text = std::str::from_utf8(asset.bytes).expect("text");
            for bad in ["eval(", "innerHTML", "http://", "https://"] {
                let text = text.replace("http://www.w3.org/2000/svg", "");
                assert!(!text.contains(bad), "{} has {bad}", asset.name);
            }
        }
    }
}
