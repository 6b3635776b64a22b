//! Paths to fields, as diagnostics write them: `spec.sources[0].repoURL`,
//! `metadata.annotations[example.org/owner]`.

/// Appends a key: `.name`, or `[name]` where the name would not read well after a dot.
pub(crate) fn push_key(path: &mut String, key: &str) {
    if key.is_empty() || key.contains(['.', '[', ']']) {
        path.push('[');
        path.push_str(key);
        path.push(']');
        return;
    }
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(key);
}

/// Appends an index: `[0]`.
pub(crate) fn push_index(path: &mut String, index: usize) {
    path.push_str(&format!("[{index}]"));
}

/// Turns the path of a diagnostic into a JSON pointer (RFC 6901), with which the place in a file
/// can be looked up: `spec.sources[0].repoURL` becomes `/spec/sources/0/repoURL`.
pub fn field_pointer(field: &str) -> String {
    let mut pointer = String::new();
    let mut rest = field;
    while !rest.is_empty() {
        let (key, after) = match rest.strip_prefix('[') {
            Some(inner) => bracketed(inner),
            None => {
                let name = rest.strip_prefix('.').unwrap_or(rest);
                name.split_at(name.find(['.', '[']).unwrap_or(name.len()))
            }
        };
        pointer.push('/');
        pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
        rest = after;
    }
    pointer
}

/// Splits after the bracket that closes: the first one that another segment or the end follows.
fn bracketed(inner: &str) -> (&str, &str) {
    let closes = |at: &usize| matches!(inner.as_bytes().get(at + 1), None | Some(b'.' | b'['));
    let mut brackets = inner.match_indices(']').map(|(at, _)| at);
    match brackets.find(closes) {
        Some(at) => (&inner[..at], &inner[at + 1..]),
        None => (inner, ""),
    }
}
