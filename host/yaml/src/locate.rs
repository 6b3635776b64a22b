//! Finds the place of a value in a text, by reading its events again.

use gantry_model::Position;
use saphyr_parser::{Event, Parser};

use crate::load::position;

/// What is open around the current event: the step within it that comes next.
enum Step {
    Item(usize),
    Key,
    Value(String),
}

/// The place of the value at a JSON pointer in the document of that index.
pub(crate) fn locate(text: &str, document: usize, pointer: &str) -> Option<Position> {
    let wanted: Vec<String> = pointer
        .split('/')
        .skip(1)
        .map(|s| s.replace("~1", "/").replace("~0", "~"))
        .collect();
    let mut seen = 0;
    let mut path: Vec<Step> = Vec::new();
    let mut parser = Parser::new_from_str(text);
    while let Some(Ok((event, span))) = parser.next_event() {
        match &event {
            Event::DocumentEnd => seen += 1,
            Event::StreamEnd => return None,
            _ if seen != document => {}
            Event::SequenceEnd | Event::MappingEnd => {
                path.pop();
                complete(&mut path);
            }
            Event::Scalar(..)
            | Event::Alias(_)
            | Event::SequenceStart(..)
            | Event::MappingStart(..) => {
                if let (Some(step @ Step::Key), Event::Scalar(key, ..)) = (path.last_mut(), &event)
                {
                    *step = Step::Value(key.clone().into_owned());
                    continue;
                }
                if is_at(&path, &wanted) {
                    return Some(position(&span));
                }
                match event {
                    Event::SequenceStart(..) => path.push(Step::Item(0)),
                    Event::MappingStart(..) => path.push(Step::Key),
                    _ => complete(&mut path),
                }
            }
            _ => {}
        }
    }
    None
}

/// Moves on within the innermost container, a value of it being complete.
fn complete(path: &mut [Step]) {
    match path.last_mut() {
        Some(Step::Item(index)) => *index += 1,
        Some(step @ Step::Value(_)) => *step = Step::Key,
        _ => {}
    }
}

fn is_at(path: &[Step], wanted: &[String]) -> bool {
    path.len() == wanted.len()
        && path.iter().zip(wanted).all(|(step, wanted)| match step {
            Step::Item(index) => index.to_string() == *wanted,
            Step::Value(key) => key == wanted,
            Step::Key => false,
        })
}
