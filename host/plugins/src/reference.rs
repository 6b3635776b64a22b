//! How applications name a plugin: by its name, or by `name@sha256:…` where only that very file
//! will do.

use crate::error::PluginError;
use gantry_model::digest::Digest;

/// A plugin's name, and the digest that it must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PluginRef<'a> {
    /// The name.
    pub name: &'a str,
    /// What its file must hash to, if that is pinned.
    pub digest: Option<Digest>,
}

impl<'a> PluginRef<'a> {
    /// Reads a reference.
    ///
    /// # Errors
    /// [`PluginError::Reference`] when what follows the `@` is no digest: it never counts as none.
    pub fn parse(text: &'a str) -> Result<Self, PluginError> {
        let Some((name, digest)) = text.split_once('@') else {
            return Ok(Self {
                name: text,
                digest: None,
            });
        };
        let digest = digest.parse().map_err(|_| PluginError::Reference {
            reference: text.to_owned(),
        })?;
        Ok(Self {
            name,
            digest: Some(digest),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::PluginRef;

    #[test]
    fn a_pin_is_a_digest_or_an_error() {
        let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let pinned = format!("helm@sha256:{hash}");
        let read = PluginRef::parse(&pinned).expect("a pin");
        assert_eq!(read.name, "helm");
        assert_eq!(
            read.digest.map(|d| d.to_string()),
            Some(format!("sha256:{hash}"))
        );
        assert_eq!(PluginRef::parse("helm").map(|r| r.digest), Ok(None));
        for bad in [
            "helm@",
            "helm@latest",
            "helm@sha256:",
            &format!("helm@{hash}"),
            "a@b@c",
        ] {
            assert!(PluginRef::parse(bad).is_err(), "{bad}");
        }
    }
}
