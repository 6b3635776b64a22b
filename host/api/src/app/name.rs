//! An application's name.

use gantry_model::{Diagnostic, Object};

/// One application's name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name {
    /// The namespace of its manifest.
    pub namespace: String,
    /// Its name there.
    pub name: String,
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

impl Name {
    /// `NAME` or `NAMESPACE/NAME`. Without a namespace it is in `asked`, else in that of the `home`.
    ///
    /// # Errors
    /// A text that is neither, or two namespaces that differ.
    pub fn parse(text: &str, asked: Option<&str>, home: &str) -> Result<Self, Diagnostic> {
        let wrong = |message: String| Diagnostic::error("name", message);
        let (namespace, name) = match text.split_once('/') {
            Some((namespace, name)) => (Some(namespace), name),
            None => (None, text),
        };
        if name.is_empty() || name.contains('/') || namespace == Some("") {
            return Err(wrong(format!("{text:?} is no name of an application"))
                .help("write NAME or NAMESPACE/NAME"));
        }
        if let (Some(namespace), Some(asked)) = (namespace, asked)
            && namespace != asked
        {
            let message =
                format!("{text} is in namespace {namespace}, and --app-namespace says {asked}");
            return Err(wrong(message));
        }
        Ok(Self {
            namespace: namespace.or(asked).unwrap_or(home).to_owned(),
            name: name.to_owned(),
        })
    }

    /// That of an object.
    pub fn of(object: &Object) -> Self {
        Self {
            namespace: object.namespace().to_owned(),
            name: object.name().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Name;

    #[test]
    fn names_have_namespaces() {
        let cases = [
            ("web", None, Ok("argocd/web")),
            ("web", Some("team"), Ok("team/web")),
            ("team/web", None, Ok("team/web")),
            ("team/web", Some("team"), Ok("team/web")),
            ("team/web", Some("other"), Err(())),
            ("", None, Err(())),
            ("/web", None, Err(())),
            ("a/b/c", None, Err(())),
        ];
        for (text, asked, expected) in cases {
            let found = Name::parse(text, asked, "argocd").map(|name| name.to_string());
            assert_eq!(
                found.map_err(drop),
                expected.map(str::to_owned),
                "{text} {asked:?}"
            );
        }
    }
}
