//! `version.VersionService`.

use serde_json::{Value, json};

use crate::fault::Fault;

/// The version of Argo CD whose API this is: its command line compares it with its own.
const SPEAKS: &str = "v3.2.11";

pub(crate) fn call(name: &str) -> Result<Value, Fault> {
    match name {
        "Version" => {
            let platform = format!("{}/{}", std::env::consts::OS, std::env::consts::ARCH);
            Ok(json!({
                "Version": format!("{SPEAKS}+gantry-{}", env!("CARGO_PKG_VERSION")),
                "Platform": platform,
                "Compiler": "rustc",
            }))
        }
        _ => Err(Fault::unserved(&format!("version.VersionService/{name}"))),
    }
}
