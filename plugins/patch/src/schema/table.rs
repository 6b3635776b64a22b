//! The table of the built-in kinds, written by `generate/`: sorted texts that are read in place.

use std::cmp::Ordering;

/// `APIVERSION KIND SCOPE REFERENCE`, sorted.
const KINDS: &str = include_str!("kinds.txt");
/// `NAME REFERENCE`, sorted.
const DEFINITIONS: &str = include_str!("definitions.txt");
/// A line for each type: `FIELD=REFERENCE` with spaces between. References are `@OFFSET` of a line,
/// `[+KEYS]` a list that is merged or `[-]` one that is not, with the reference of the elements.
const TYPES: &str = include_str!("types.txt");

/// What the table has of a kind.
pub(super) struct Kind {
    pub(super) namespaced: Option<bool>,
    /// Of its type; empty when its fields are not known.
    pub(super) reference: &'static str,
}

pub(super) fn kind(group: &str, version: &str, kind: &str) -> Option<Kind> {
    find(KINDS, |line| compare(line, group, version, kind)).and_then(read)
}

/// The reference of a type by its definition's name.
pub(super) fn definition(name: &str) -> Option<&'static str> {
    let line = find(DEFINITIONS, |line| {
        line.split_once(' ').map(|(known, _)| known.cmp(name))
    });
    line?.split_once(' ').map(|(_, reference)| reference)
}

/// The line of a sorted text that compares equal.
fn find(
    text: &'static str,
    compare: impl Fn(&'static str) -> Option<Ordering>,
) -> Option<&'static str> {
    let mut low = 0;
    let mut high = text.len();
    while low < high {
        let middle = usize::midpoint(low, high);
        let start = text.get(..middle)?.rfind('\n').map_or(0, |n| n + 1);
        let line = line(text, start)?;
        match compare(line)? {
            Ordering::Less => low = start + line.len() + 1,
            Ordering::Greater => high = start,
            Ordering::Equal => return Some(line),
        }
    }
    None
}

fn line(text: &'static str, start: usize) -> Option<&'static str> {
    text.get(start..)?.lines().next()
}

fn compare(line: &str, group: &str, version: &str, kind: &str) -> Option<Ordering> {
    let mut words = line.split(' ');
    let api_version = words.next()?.bytes();
    let separator = if group.is_empty() { "" } else { "/" };
    let wanted = group
        .bytes()
        .chain(separator.bytes())
        .chain(version.bytes());
    Some(
        api_version
            .cmp(wanted)
            .then_with(|| words.next().cmp(&Some(kind))),
    )
}

fn read(line: &'static str) -> Option<Kind> {
    let mut words = line.split(' ').skip(2);
    Some(Kind {
        namespaced: match words.next()? {
            "n" => Some(true),
            "c" => Some(false),
            _ => None,
        },
        reference: words.next()?,
    })
}

/// The fields of the type at a reference below which a list is merged, and their references.
pub(super) fn fields(
    reference: &str,
) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
    let offset = reference.strip_prefix('@');
    let offset = offset.and_then(|offset| usize::from_str_radix(offset, 16).ok());
    let line = offset.and_then(|offset| line(TYPES, offset));
    let fields = line.unwrap_or_default().split(' ');
    fields.filter_map(|field| field.split_once('='))
}
