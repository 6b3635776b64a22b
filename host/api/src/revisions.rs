//! Other revisions of an application's sources than those of its manifest.

use gantry_model::application::Source;

use crate::ask::Ask;
use crate::fault::Fault;

/// The revisions that a request names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revisions {
    /// That of the only source; empty where it stays.
    pub one: String,
    /// Those of some of several: the place, counted from 1, and the revision.
    pub some: Vec<(usize, String)>,
}

impl Revisions {
    /// Those of `revision`, and of `revisions` with `sourcePositions`.
    pub(crate) fn of(ask: Ask<'_>) -> Result<Self, Fault> {
        let (positions, revisions) = (ask.numbers("sourcePositions"), ask.texts("revisions"));
        if positions.len() != revisions.len() {
            return Err(Fault::invalid(
                "sourcePositions and revisions do not have the same number of values",
            ));
        }
        let positions = positions.into_iter().map(|position| {
            let position = usize::try_from(position).ok();
            position.ok_or_else(out_of_range)
        });
        let positions: Vec<usize> = positions.collect::<Result<_, _>>()?;
        let revisions = revisions.into_iter().map(str::to_owned);
        Ok(Self {
            one: ask.text("revision").to_owned(),
            some: positions.into_iter().zip(revisions).collect(),
        })
    }

    /// Has the sources of an application at these revisions.
    ///
    /// # Errors
    /// Where there is no such source, or it is not said which of several.
    pub fn set(&self, sources: &mut [Source]) -> Result<(), Fault> {
        if !self.one.is_empty() {
            let [source] = &mut *sources else {
                return Err(Fault::invalid(
                    "one revision is for applications with one source",
                ));
            };
            source.target_revision.clone_from(&self.one);
        }
        for (position, revision) in &self.some {
            let index = position.checked_sub(1);
            let source = index.and_then(|index| sources.get_mut(index));
            let source = source.ok_or_else(out_of_range)?;
            source.target_revision.clone_from(revision);
        }
        Ok(())
    }
}

fn out_of_range() -> Fault {
    Fault::invalid("source position is out of range")
}

#[cfg(test)]
mod tests {
    use gantry_model::application::Source;
    use serde_json::json;

    use super::Revisions;
    use crate::ask::Ask;

    /// What is asked of an application with so many sources, and their revisions then, or why not.
    #[test]
    fn each_source_has_the_revision_of_its_place() {
        let range = "source position is out of range";
        let number = "do not have the same number";
        let cases = [
            (json!({}), 2, Ok("main main")),
            (json!({"revision": "v1"}), 1, Ok("v1")),
            (json!({"revision": "v1"}), 2, Err("with one source")),
            (
                json!({"revisions": ["v2"], "sourcePositions": [1]}),
                2,
                Ok("v2 main"),
            ),
            (
                json!({"revisions": ["v2"], "sourcePositions": ["2"]}),
                2,
                Ok("main v2"),
            ),
            (
                json!({"revisions": ["a", "b"], "sourcePositions": [2, 1]}),
                2,
                Ok("b a"),
            ),
            (
                json!({"revisions": ["v2"], "sourcePositions": [1]}),
                1,
                Ok("v2"),
            ),
            (
                json!({"revisions": ["v2"], "sourcePositions": [0]}),
                2,
                Err(range),
            ),
            (
                json!({"revisions": ["v2"], "sourcePositions": [3]}),
                2,
                Err(range),
            ),
            (
                json!({"revisions": ["v2"], "sourcePositions": [-1]}),
                2,
                Err(range),
            ),
            (json!({"revisions": ["v2"]}), 2, Err(number)),
            (json!({"sourcePositions": [1]}), 2, Err(number)),
        ];
        for (request, count, expected) in cases {
            let source = Source {
                target_revision: "main".to_owned(),
                ..Source::default()
            };
            let mut sources = vec![source; count];
            let set = Revisions::of(Ask(&request)).and_then(|all| all.set(&mut sources));
            let found: Vec<&str> = sources.iter().map(|s| s.target_revision.as_str()).collect();
            match (set, expected) {
                (Ok(()), Ok(revisions)) => assert_eq!(found.join(" "), revisions, "{request}"),
                (Err(fault), Err(words)) => {
                    assert_eq!(fault.code, crate::Code::InvalidArgument, "{request}");
                    assert!(fault.message.contains(words), "{request}: {fault}");
                }
                (set, _) => panic!("{request}: {set:?}"),
            }
        }
    }
}
