//! The values that elements have for the keys of their list, as texts.

/// One element's values, in the order of the keys; empty where it has none.
pub(super) type Texts = Vec<String>;

/// The keys that any element has a value for; all keys when none has.
pub(super) fn used_keys<'k>(all: &[Texts], keys: &[&'k str]) -> Vec<&'k str> {
    let used = |i: usize| {
        all.iter()
            .any(|values| values.get(i).is_some_and(|v| !v.is_empty()))
    };
    let numbered = keys.iter().enumerate();
    let valid: Vec<&str> = numbered
        .filter(|(i, _)| used(*i))
        .map(|(_, key)| *key)
        .collect();
    if valid.is_empty() {
        keys.to_vec()
    } else {
        valid
    }
}

/// The values of the keys that are in use.
pub(super) fn valid_values(used: &[&str], keys: &[&str], values: &[String]) -> Texts {
    let pairs = keys.iter().zip(values);
    let valid = pairs.filter(|(key, _)| used.contains(key));
    valid.map(|(_, value)| value.clone()).collect()
}

/// Gives elements that are one the same values: one key is equal, and others differ only by being
/// there (two `containerPort: 80`, one of them with a protocol).
pub(super) fn merge_values(all: &mut [Texts]) {
    for i in 0..all.len() {
        // Compared as it was before this round, whatever the round makes of it.
        let Some(a) = all.get(i).cloned() else {
            continue;
        };
        for j in 0..all.len() {
            let Some(both) = all.get(j).and_then(|b| matched(&a, b)) else {
                continue;
            };
            if let Some(slot) = all.get_mut(i) {
                slot.clone_from(&both);
            }
            if let Some(slot) = all.get_mut(j) {
                *slot = both;
            }
        }
    }
}

fn matched(a: &[String], b: &[String]) -> Option<Texts> {
    let mut common = false;
    let mut both = Vec::with_capacity(a.len());
    for (a, b) in a.iter().zip(b) {
        common |= a == b;
        if a != b && !a.is_empty() && !b.is_empty() {
            return None;
        }
        both.push(if a.is_empty() { b } else { a }.clone());
    }
    common.then_some(both)
}
