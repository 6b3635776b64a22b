//! The globs of `read-matching`, and where they can match at all.

use gantry_model::limits;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::bindings::renderer::gantry::plugin::source::ReadError;

/// The globs of one call.
pub(super) struct Patterns {
    pub(super) files: GlobSet,
    reaches: Vec<Reach>,
}

/// Where a glob can match.
struct Reach {
    /// The first names of the path, up to the first that is a pattern.
    literal: Vec<String>,
    /// The deepest directory it can match in, 0 for the start; none for any depth.
    depth_max: Option<usize>,
}

impl Patterns {
    pub(super) fn compile(globs: &[String]) -> Result<Self, ReadError> {
        let bad = |reason: String| Err(ReadError::BadPattern(reason));
        if globs.len() > limits::TREE_GLOBS_MAX {
            let max = limits::TREE_GLOBS_MAX;
            return bad(format!("{} globs; at most {max}", globs.len()));
        }
        for glob in globs {
            if glob.len() > limits::TREE_PATH_MAX_BYTES {
                let max = limits::TREE_PATH_MAX_BYTES;
                return bad(format!("a glob of {} bytes; at most {max}", glob.len()));
            }
            // The library calls itself for each, on the host's stack.
            if glob.matches('{').count() > limits::TREE_GLOB_BRACES_MAX {
                let max = limits::TREE_GLOB_BRACES_MAX;
                return bad(format!("{glob}: more than {max} braces"));
            }
        }
        let mut set = GlobSetBuilder::new();
        for glob in globs {
            let bad = |error: globset::Error| ReadError::BadPattern(error.to_string());
            set.add(
                GlobBuilder::new(glob)
                    .literal_separator(true)
                    .build()
                    .map_err(bad)?,
            );
        }
        let files = set
            .build()
            .map_err(|error| ReadError::BadPattern(error.to_string()))?;
        Ok(Self {
            files,
            reaches: globs.iter().map(|glob| Reach::of(glob)).collect(),
        })
    }

    pub(super) fn may_match_below(&self, directory: &str, depth: usize) -> bool {
        self.reaches.iter().any(|reach| {
            reach.depth_max.is_none_or(|max| depth <= max)
                && directory
                    .split('/')
                    .zip(&reach.literal)
                    .all(|(name, literal)| name == literal)
        })
    }
}

impl Reach {
    fn of(glob: &str) -> Self {
        let is_pattern = |name: &&str| name.contains(['*', '?', '[', '{', '\\']);
        let mut names: Vec<&str> = glob.split('/').collect();
        names.pop();
        let literal = names.iter().take_while(|name| !is_pattern(name));
        Self {
            literal: literal.map(|name| (*name).to_owned()).collect(),
            depth_max: (!glob.contains("**")).then_some(names.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Patterns;
    use crate::bindings::renderer::gantry::plugin::source::ReadError;

    #[test]
    fn globs_that_cost_too_much_are_refused() {
        let nested = |depth: usize| "{".repeat(depth) + "x" + &"}".repeat(depth);
        for (globs, reason) in [
            (vec!["*".to_owned(); 2_000], "2000 globs; at most 1024"),
            (
                vec!["x".repeat(5_000)],
                "a glob of 5000 bytes; at most 4096",
            ),
            (vec![nested(2_000)], "more than 64 braces"),
            (vec!["{a".to_owned()], "unclosed alternate"),
        ] {
            let Err(ReadError::BadPattern(told)) = Patterns::compile(&globs).map(|_| ()) else {
                panic!("{reason}");
            };
            assert!(told.contains(reason), "{told}");
        }
        assert!(Patterns::compile(&[nested(64)]).is_ok());
    }
}
