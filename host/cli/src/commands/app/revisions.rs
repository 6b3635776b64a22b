//! Other revisions than an application's own. Pure.

use gantry_model::Diagnostic;
use serde_json::Value;

use crate::args::app::RevisionFlags;
use gantry_api::app::View;

impl RevisionFlags {
    /// The revisions of several sources: place, counted from 1, and revision.
    ///
    /// # Errors
    /// Flags that do not fit each other, or the application.
    pub(super) fn of(&self, app: View<'_>) -> Result<Vec<(usize, String)>, Diagnostic> {
        let wrong = |message: &str| Diagnostic::error("revision", message);
        let positions = if self.source_names.is_empty() {
            self.source_positions.clone()
        } else {
            let sources = app.sources();
            let place = |name: &String| {
                let found = sources
                    .iter()
                    .position(|source| source.text("/name") == name);
                found
                    .map(|index| index + 1)
                    .ok_or_else(|| wrong(&format!("there is no source named {name}")))
            };
            self.source_names
                .iter()
                .map(place)
                .collect::<Result<_, _>>()?
        };
        if positions.len() != self.revisions.len() {
            let message = "--revisions, and --source-positions or --source-names, do not have the same number of values";
            return Err(wrong(message).help("give one place for each revision"));
        }
        Ok(positions
            .into_iter()
            .zip(self.revisions.iter().cloned())
            .collect())
    }

    /// Puts them in the place of the application's own.
    ///
    /// # Errors
    /// As [`RevisionFlags::of`], and places that there are not.
    pub(super) fn over(&self, application: &mut Value) -> Result<(), Diagnostic> {
        let wrong = |message: String| Diagnostic::error("revision", message);
        let several = View(application).has_several_sources();
        if let Some(revision) = &self.revision {
            if several {
                return Err(
                    wrong("--revision is for applications with one source".to_owned())
                        .help("use --revisions with --source-positions or --source-names"),
                );
            }
            application["spec"]["source"]["targetRevision"] = revision.as_str().into();
        }
        for (position, revision) in self.of(View(application))? {
            let source = match (position, several) {
                (1, false) => application.pointer_mut("/spec/source"),
                (0, _) | (_, false) => None,
                (position, true) => {
                    application.pointer_mut(&format!("/spec/sources/{}", position - 1))
                }
            };
            let source = source.ok_or_else(|| {
                wrong(format!("there is no source {position}")).help("positions are counted from 1")
            })?;
            source["targetRevision"] = revision.into();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::args::app::RevisionFlags;

    #[test]
    fn revisions_take_the_place_of_others() {
        let one = json!({"spec": {"source": {"targetRevision": "a"}}});
        let two = json!({"spec": {"sources": [{"name": "x", "targetRevision": "a"}, {"name": "y", "targetRevision": "b"}]}});
        let flags = |revision: Option<&str>,
                     revisions: &[&str],
                     positions: &[usize],
                     names: &[&str]| RevisionFlags {
            revision: revision.map(str::to_owned),
            revisions: revisions.iter().map(|&r| r.to_owned()).collect(),
            source_positions: positions.to_vec(),
            source_names: names.iter().map(|&n| n.to_owned()).collect(),
        };
        type Case<'a> = (&'a Value, RevisionFlags, Result<&'a [&'a str], &'a str>);
        let cases: [Case<'_>; 9] = [
            (&one, flags(None, &[], &[], &[]), Ok(&["a"])),
            (&one, flags(Some("v"), &[], &[], &[]), Ok(&["v"])),
            (&one, flags(None, &["v"], &[1], &[]), Ok(&["v"])),
            (&two, flags(None, &["v"], &[2], &[]), Ok(&["a", "v"])),
            (
                &two,
                flags(None, &["v", "w"], &[], &["y", "x"]),
                Ok(&["w", "v"]),
            ),
            (&two, flags(Some("v"), &[], &[], &[]), Err("one source")),
            (
                &two,
                flags(None, &["v"], &[], &["z"]),
                Err("no source named z"),
            ),
            (&two, flags(None, &["v"], &[3], &[]), Err("no source 3")),
            (
                &two,
                flags(None, &["v", "w"], &[1], &[]),
                Err("same number"),
            ),
        ];
        for (app, flags, expected) in cases {
            let mut app = app.clone();
            let found = flags.over(&mut app);
            match (found, expected) {
                (Err(error), Err(expected)) => assert!(error.message.contains(expected), "{error}"),
                (found, expected) => {
                    assert!(found.is_ok(), "{flags:?}");
                    let sources = gantry_api::app::View(&app).sources();
                    let revisions: Vec<&str> =
                        sources.iter().map(|s| s.text("/targetRevision")).collect();
                    assert_eq!(Ok(revisions.as_slice()), expected, "{flags:?}");
                }
            }
        }
    }
}
