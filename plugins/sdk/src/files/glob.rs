//! Globs as Argo CD's directory source reads them (`gobwas/glob` without separators): `*` and `?`
//! also match `/`; `[a-z]`, `[!a]`, `{a,b}` and `\`. A few states instead of a whole regular
//! expression engine, which would be most of a small plugin's bytes; the time is linear too.

use std::iter::Peekable;
use std::str::Chars;

/// A pattern, ready to match.
#[derive(Debug)]
pub(super) struct Glob(Vec<Step>);

#[derive(Debug)]
enum Step {
    Char(char),
    Any,
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
    /// Goes on at each of these.
    Split(Vec<usize>),
}

type Pattern<'p> = Peekable<Chars<'p>>;

impl Glob {
    /// Reads a pattern, or says what is wrong with it.
    pub(super) fn new(pattern: &str) -> Result<Self, &'static str> {
        let mut steps = Vec::new();
        sequence(&mut pattern.chars().peekable(), false, &mut steps)?;
        Ok(Self(steps))
    }

    pub(super) fn is_match(&self, text: &str) -> bool {
        let mut states = self.states([0]);
        for c in text.chars() {
            let next = states.iter().enumerate().filter(|(_, is_on)| **is_on);
            let passed = next.filter_map(|(at, _)| match self.0.get(at)? {
                Step::Char(wanted) => (*wanted == c).then_some(at + 1),
                Step::Any => Some(at + 1),
                Step::Class { negated, ranges } => {
                    let is_in = ranges.iter().any(|(low, high)| (low..=high).contains(&&c));
                    (is_in != *negated).then_some(at + 1)
                }
                Step::Split(_) => None,
            });
            states = self.states(passed);
        }
        states.last() == Some(&true)
    }

    /// Every state that is reached from these without a character. The last one is the end.
    fn states(&self, from: impl IntoIterator<Item = usize>) -> Vec<bool> {
        let mut states = vec![false; self.0.len() + 1];
        let mut open: Vec<usize> = from.into_iter().collect();
        while let Some(at) = open.pop() {
            let Some(state) = states.get_mut(at) else {
                continue;
            };
            let is_new = !std::mem::replace(state, true);
            if let (true, Some(Step::Split(next))) = (is_new, self.0.get(at)) {
                open.extend(next);
            }
        }
        states
    }
}

/// Reads up to the end, or within braces up to the `,` or `}` that ends it.
fn sequence(
    pattern: &mut Pattern<'_>,
    braced: bool,
    steps: &mut Vec<Step>,
) -> Result<(), &'static str> {
    while let Some(&c) = pattern.peek() {
        if braced && matches!(c, ',' | '}') {
            return Ok(());
        }
        pattern.next();
        match c {
            '*' => {
                let here = steps.len();
                steps.extend([Step::Split(vec![here + 1, here + 3]), Step::Any]);
                steps.push(Step::Split(vec![here]));
            }
            '?' => steps.push(Step::Any),
            '[' => steps.push(class(pattern)?),
            '{' => alternatives(pattern, steps)?,
            '}' => return Err("a `}` without its `{`"),
            '\\' => steps.push(Step::Char(pattern.next().ok_or("it ends in `\\`")?)),
            c => steps.push(Step::Char(c)),
        }
    }
    Ok(())
}

fn alternatives(pattern: &mut Pattern<'_>, steps: &mut Vec<Step>) -> Result<(), &'static str> {
    let fork = steps.len();
    steps.push(Step::Split(Vec::new()));
    let (mut starts, mut ends) = (Vec::new(), Vec::new());
    loop {
        starts.push(steps.len());
        sequence(pattern, true, steps)?;
        ends.push(steps.len());
        steps.push(Step::Split(Vec::new()));
        match pattern.next() {
            Some(',') => {}
            Some(_) => break,
            None => return Err("a `{` without its `}`"),
        }
    }
    let after = steps.len();
    let targets = ends.into_iter().map(|end| (end, vec![after]));
    for (at, next) in targets.chain([(fork, starts)]) {
        if let Some(step) = steps.get_mut(at) {
            *step = Step::Split(next);
        }
    }
    Ok(())
}

fn class(pattern: &mut Pattern<'_>) -> Result<Step, &'static str> {
    const UNCLOSED: &str = "a `[` without its `]`";
    let negated = pattern.next_if(|c| matches!(c, '!' | '^')).is_some();
    let mut ranges = Vec::new();
    loop {
        let low = match pattern.next().ok_or(UNCLOSED)? {
            ']' if !ranges.is_empty() => return Ok(Step::Class { negated, ranges }),
            '\\' => pattern.next().ok_or(UNCLOSED)?,
            c => c,
        };
        let mut high = low;
        if pattern.next_if_eq(&'-').is_some() {
            match pattern.next_if(|c| *c != ']') {
                Some(c) => high = c,
                None => ranges.push(('-', '-')),
            }
        }
        if high < low {
            return Err("a range in `[]` that runs backwards");
        }
        ranges.push((low, high));
    }
}

#[cfg(test)]
mod tests {
    use super::Glob;

    #[test]
    fn globs_match_as_argo_cd_matches_them() {
        let cases: &[(&str, &[&str], &[&str])] = &[
            (
                "a.yaml",
                &["a.yaml"],
                &["a-yaml", "a.yaml2", "sub/a.yaml", ""],
            ),
            (
                "*.yaml",
                &["a.yaml", "sub/deep/a.yaml", ".yaml"],
                &["a.yml"],
            ),
            ("**/a.yaml", &["sub/a.yaml"], &["a.yaml"]),
            ("?.yaml", &["é.yaml", "/.yaml"], &[".yaml", "aa.yaml"]),
            (
                "{a,b*}.{yaml,yml}",
                &["a.yml", "bb.yaml"],
                &["c.yaml", "a.json", "a,b.yml"],
            ),
            ("a{,-{x,y}}", &["a", "a-x", "a-y"], &["a-", "a-xy"]),
            ("[a-cx]1", &["b1", "x1"], &["d1", "-1"]),
            ("[!a]", &["b"], &["a"]),
            ("[]-]", &["]", "-"], &["a"]),
            ("\\*,\\{", &["*,{"], &["a,{"]),
            ("", &[""], &["a"]),
        ];
        for (pattern, matching, others) in cases {
            let glob = Glob::new(pattern).unwrap();
            for text in *matching {
                assert!(glob.is_match(text), "{pattern} {text}");
            }
            for text in *others {
                assert!(!glob.is_match(text), "{pattern} {text}");
            }
        }
    }

    #[test]
    fn bad_globs_are_refused() {
        for pattern in ["[", "[a", "[]", "[b-a]", "{a", "{a,{b}", "a}", "\\", "[a\\"] {
            assert!(Glob::new(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn many_stars_cost_no_time() {
        let glob = Glob::new(&"{*a,*}".repeat(200)).unwrap();
        assert!(glob.is_match(&"a".repeat(2_000)));
        assert!(
            !Glob::new(&"*a".repeat(200))
                .unwrap()
                .is_match(&"b".repeat(2_000))
        );
    }
}
