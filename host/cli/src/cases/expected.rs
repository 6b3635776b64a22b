//! What must come out of a case.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use gantry_model::{Diagnostic, Severity, Span};
use serde_json::Value;
use similar::TextDiff;

use super::Outcome;

/// Documents that must come out.
pub(super) const DOCUMENTS: &str = "expected.yaml";
/// Lines that the error must have.
pub(super) const ERROR: &str = "error.txt";
/// Lines of a diff around each difference.
const DIFF_CONTEXT_LINES: usize = 3;

/// How a case ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// As it must.
    Passed,
    /// What came out was written down, and is another than before.
    Blessed,
    /// In another way.
    Failed {
        /// What is wrong, in one sentence.
        message: String,
        /// The difference between documents, or what came out instead.
        detail: String,
    },
}

/// Compares what came out with the files of a case, or writes these anew.
pub(super) fn judge(directory: &Path, found: &Outcome, bless: bool) -> Result<Verdict, Diagnostic> {
    let documents = read(&directory.join(DOCUMENTS))?;
    let error = read(&directory.join(ERROR))?;
    if bless {
        return write_anew(directory, found, documents, error);
    }
    match (documents, error, found) {
        (Some(_), Some(_), _) => Ok(failed(
            format!("it has both {DOCUMENTS} and {ERROR}: remove one"),
            String::new(),
        )),
        (None, None, _) => Ok(failed(
            format!("it has neither {DOCUMENTS} nor {ERROR}: write one, or run with --bless"),
            told(found),
        )),
        (Some(text), None, Ok(values)) => compare(&directory.join(DOCUMENTS), &text, values),
        (None, Some(text), Err(problems)) => Ok(look_for(&text, problems)),
        (Some(_), None, Err(_)) => Ok(failed("an error came out".to_owned(), told(found))),
        (None, Some(_), Ok(_)) => Ok(failed("no error came out".to_owned(), told(found))),
    }
}

fn compare(file: &Path, text: &str, found: &[Value]) -> Result<Verdict, Diagnostic> {
    let shown = file.display().to_string();
    let documents = gantry_yaml::parse(text).map_err(|error| error.diagnostic(&shown))?;
    let expected: Vec<Value> = documents.into_iter().map(|one| one.value).collect();
    if expected == found {
        return Ok(Verdict::Passed);
    }
    let (before, after) = (
        gantry_yaml::emit_all(&expected),
        gantry_yaml::emit_all(found),
    );
    let diff = TextDiff::from_lines(&before, &after)
        .unified_diff()
        .context_radius(DIFF_CONTEXT_LINES)
        .header(DOCUMENTS, "what came out")
        .to_string();
    Ok(failed("something else came out".to_owned(), diff))
}

fn look_for(lines: &str, problems: &[Diagnostic]) -> Verdict {
    let text = problem_text(problems);
    let mut wanted = lines.lines().map(str::trim).filter(|line| !line.is_empty());
    match wanted.find(|line| !text.contains(line)) {
        Some(missing) => failed(format!("the error lacks {missing:?}"), text),
        None => Verdict::Passed,
    }
}

/// Writes what came out to the file that holds it, and removes the other.
fn write_anew(
    directory: &Path,
    found: &Outcome,
    documents: Option<String>,
    error: Option<String>,
) -> Result<Verdict, Diagnostic> {
    let (name, text, before, other, is_other) = match found {
        Ok(values) => {
            let text = gantry_yaml::emit_all(values);
            (DOCUMENTS, text, documents, ERROR, error.is_some())
        }
        Err(problems) => {
            let text = headlines(problems);
            (ERROR, text, error, DOCUMENTS, documents.is_some())
        }
    };
    // A file that says the same in other words stays as its author wrote it.
    let holds = match (&before, found) {
        (Some(before), Ok(values)) => {
            compare(&directory.join(name), before, values).is_ok_and(|v| v == Verdict::Passed)
        }
        (Some(before), Err(problems)) => look_for(before, problems) == Verdict::Passed,
        (None, _) => false,
    };
    if holds && !is_other {
        return Ok(Verdict::Passed);
    }
    let path = directory.join(name);
    fs::write(&path, text).map_err(|error| problem(&path, "written", &error))?;
    if is_other {
        let path = directory.join(other);
        fs::remove_file(&path).map_err(|error| problem(&path, "removed", &error))?;
    }
    Ok(Verdict::Blessed)
}

fn failed(message: String, detail: String) -> Verdict {
    Verdict::Failed { message, detail }
}

fn told(found: &Outcome) -> String {
    match found {
        Ok(values) => gantry_yaml::emit_all(values),
        Err(problems) => problem_text(problems),
    }
}

/// All that an error says: code, place, message and help of each problem.
fn problem_text(problems: &[Diagnostic]) -> String {
    let mut text = String::new();
    for problem in problems {
        text.push_str(&headline(problem));
        if let Some(help) = &problem.help {
            text.push_str(&format!("  help: {help}\n"));
        }
    }
    text
}

/// What a case should hold on to: help is wording.
fn headlines(problems: &[Diagnostic]) -> String {
    let errors = problems.iter().filter(|p| p.severity == Severity::Error);
    errors.map(headline).collect()
}

fn headline(problem: &Diagnostic) -> String {
    format!("{}: {problem}\n", problem.code)
}

fn read(file: &Path) -> Result<Option<String>, Diagnostic> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(problem(file, "read", &error)),
    }
}

fn problem(file: &Path, done: &str, error: &std::io::Error) -> Diagnostic {
    let path = file.display().to_string();
    let message = format!("cannot be {done}: {error}");
    Diagnostic::error("file", message).at(Span { path, start: None })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use gantry_model::Diagnostic;
    use serde_json::json;

    use super::super::Outcome;
    use super::{DOCUMENTS, ERROR, Verdict, judge};

    fn documents() -> Outcome {
        Ok(vec![json!({"kind": "A", "size": 1}), json!({"kind": "B"})])
    }

    fn error() -> Outcome {
        let problem = Diagnostic::error("no-tag", "the image has no tag").field("image");
        Err(vec![problem.help("name a version")])
    }

    /// The verdict on these files, and whether it holds what the last one says.
    fn case(files: &[(&str, &str)], found: &Outcome) -> Verdict {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(directory.path().join(name), text).unwrap();
        }
        judge(directory.path(), found, false).unwrap()
    }

    #[test]
    fn documents_are_compared_as_values_in_their_order() {
        let same = "{size: 1, kind: A}\n---\nkind: B\n";
        assert_eq!(case(&[(DOCUMENTS, same)], &documents()), Verdict::Passed);
        for (text, line) in [
            ("kind: B\n---\n{size: 1, kind: A}\n", "+kind: B"),
            ("{size: 2, kind: A}\n---\nkind: B\n", "-size: 2"),
            ("{size: 1, kind: A}\n", "+kind: B"),
        ] {
            match case(&[(DOCUMENTS, text)], &documents()) {
                Verdict::Failed { detail, .. } => assert!(detail.contains(line), "{detail}"),
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn every_line_must_be_in_the_error() {
        for lines in ["no-tag", "has no tag\n\n  help: name"] {
            assert_eq!(
                case(&[(ERROR, lines)], &error()),
                Verdict::Passed,
                "{lines}"
            );
        }
        for (files, found, message) in [
            (
                vec![(ERROR, "no-tag\nno such")],
                error(),
                "lacks \"no such\"",
            ),
            (vec![(ERROR, "no-tag")], documents(), "no error came out"),
            (vec![(DOCUMENTS, "kind: A")], error(), "an error came out"),
            (vec![], documents(), "neither"),
            (vec![(DOCUMENTS, ""), (ERROR, "")], documents(), "both"),
        ] {
            match case(&files, &found) {
                Verdict::Failed { message: told, .. } => {
                    assert!(told.contains(message), "{told}");
                }
                other => panic!("{message}: {other:?}"),
            }
        }
    }

    #[test]
    fn blessing_writes_what_comes_out_and_then_it_passes() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        for found in [documents(), error(), documents()] {
            assert_eq!(judge(path, &found, true), Ok(Verdict::Blessed));
            assert_eq!(judge(path, &found, false), Ok(Verdict::Passed));
            assert_eq!(judge(path, &found, true), Ok(Verdict::Passed));
        }
        assert!(path.join(DOCUMENTS).exists() && !path.join(ERROR).exists());
    }
}
