//! `delpaths`, all paths at once.

use jaq_core::{Error, ValR};
use jaq_json::{Num, Val};

/// Takes the values at the paths out of a value. What is not there is no error, as in jq.
pub(super) fn paths(mut value: Val, paths: &Val) -> ValR<Val> {
    let Val::Arr(paths) = paths else {
        return Err(Error::str("paths must be an array"));
    };
    let mut paths: Vec<&Vec<Val>> = paths
        .iter()
        .filter_map(|path| match path {
            Val::Arr(path) => Some(path.as_ref()),
            _ => None,
        })
        .collect();
    // The last of a list go first: their places hold then.
    paths.sort();
    for path in paths.into_iter().rev() {
        value = delete(value, path)?;
    }
    Ok(value)
}

fn delete(value: Val, path: &[Val]) -> ValR<Val> {
    let Some((first, rest)) = path.split_first() else {
        return Ok(Val::Null);
    };
    match (value, first) {
        (Val::Null, _) => Ok(Val::Null),
        (Val::Obj(mut map), Val::TStr(_) | Val::BStr(_)) => {
            let own = std::rc::Rc::make_mut(&mut map);
            if rest.is_empty() {
                own.shift_remove(first);
            } else if let Some(below) = own.get_mut(first) {
                *below = delete(std::mem::take(below), rest)?;
            }
            Ok(Val::Obj(map))
        }
        (Val::Arr(mut items), Val::Num(number)) => {
            let own = std::rc::Rc::make_mut(&mut items);
            let is_before = number
                .as_isize()
                .is_some_and(|n| n < 0 && n.unsigned_abs() > own.len());
            let place = place(number, own.len());
            if is_before || place >= own.len() {
                return Ok(Val::Arr(items));
            }
            if rest.is_empty() {
                own.remove(place);
            } else if let Some(below) = own.get_mut(place) {
                *below = delete(std::mem::take(below), rest)?;
            }
            Ok(Val::Arr(items))
        }
        (value, Val::Obj(range)) => slice(value, range, rest),
        (value, step) => Err(Error::str(format_args!("cannot delete {step} of {value}"))),
    }
}

/// `.[1:3]` is a path step of its own.
fn slice(value: Val, range: &jaq_json::Map, rest: &[Val]) -> ValR<Val> {
    let Val::Arr(mut items) = value else {
        return Err(Error::str(format_args!("cannot take a part of {value}")));
    };
    if !rest.is_empty() {
        return Err(Error::str("a part of a list has no fields"));
    }
    let length = items.len();
    let bound = |name: &str, none: usize| match range.get(&Val::from(name.to_owned())) {
        Some(Val::Num(number)) => place(number, length),
        _ => none,
    };
    let (start, end) = (bound("start", 0), bound("end", length));
    if start < end {
        std::rc::Rc::make_mut(&mut items).drain(start..end);
    }
    Ok(Val::Arr(items))
}

/// A place in a list, or just behind it; negative ones count from the end.
fn place(number: &Num, length: usize) -> usize {
    let number = number.as_isize().unwrap_or(isize::MAX);
    let place = if number < 0 {
        length.saturating_sub(number.unsigned_abs())
    } else {
        number.unsigned_abs()
    };
    place.min(length)
}
