//! Is an object in step? The whole comparison, without a server.

use gantry_model::Diagnostic;
use serde::Serialize;
use serde_json::Value;

use crate::ignore::Ignore;
use crate::predict::{self, forget_last_applied};
use crate::structured::predict_apply;
use crate::{defaults, mask, normalize};

/// How to compare.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// What was applied last, if not what the live object's annotation says.
    pub last_applied: Option<&'a Value>,
    /// Compare by what this field manager owns, not by what was applied last.
    pub manager: Option<&'a str>,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// Whether an apply would change the live object. An object that is only live is not modified:
    /// whether it is to be pruned is another question.
    pub modified: bool,
    /// The live object as it would be after an apply.
    pub predicted: Option<Value>,
    /// The live object in the same form.
    pub normalized_live: Option<Value>,
    /// What could not be ignored.
    pub warnings: Vec<Diagnostic>,
}

/// Compares a live object with the desired one.
pub fn compare(
    live: Option<&Value>,
    desired: Option<&Value>,
    ignore: &Ignore,
    options: Options<'_>,
) -> Verdict {
    let (mut live, mut desired) = (live.cloned(), desired.cloned());
    let annotated = live.as_ref().and_then(predict::last_applied);
    if let (Some(live), Some(desired)) = (&mut live, &mut desired) {
        ignore.remove_trusted(live, desired);
    }
    let mut warnings = Vec::new();
    for object in [&mut live, &mut desired].into_iter().flatten() {
        normalize::normalize(object, ignore.aggregated_roles);
        warnings.extend(ignore.remove_from(object));
    }
    let (Some(live_object), Some(wanted)) = (&live, &desired) else {
        return Verdict {
            modified: desired.is_some(),
            predicted: desired,
            normalized_live: live,
            warnings,
        };
    };
    let (mut predicted, mut normalized) = match options.manager {
        Some(manager) => {
            let mut predicted = predict_apply(live_object, wanted, manager);
            let mut normalized = live_object.clone();
            forget_last_applied(&mut predicted);
            forget_last_applied(&mut normalized);
            (predicted, normalized)
        }
        None => {
            let last = options.last_applied.cloned().or(annotated);
            let last = last.map(|mut last| {
                normalize::written_differently(&mut last, ignore.aggregated_roles);
                warnings.extend(ignore.remove_from(&mut last));
                last
            });
            let predicted = predict::predict(live_object, wanted, last.as_ref());
            (predicted, live_object.clone())
        }
    };
    defaults::fill(&mut predicted);
    defaults::fill(&mut normalized);
    Verdict {
        modified: predicted != normalized,
        predicted: Some(predicted),
        normalized_live: Some(normalized),
        warnings,
    }
}

/// Compares a live object with what the server said, by dry run, that an apply makes of it.
pub fn compare_predicted(live: &Value, predicted: &Value, ignore: &Ignore) -> Verdict {
    let mut warnings = Vec::new();
    let mut shown = |object: &Value| {
        let mut object = object.clone();
        normalize::normalize(&mut object, ignore.aggregated_roles);
        warnings.extend(ignore.remove_from(&mut object));
        mask::presentable(&object)
    };
    let (mut live, mut predicted) = (live.clone(), predicted.clone());
    ignore.remove_trusted(&mut live, &mut predicted);
    let (live, predicted) = (shown(&live), shown(&predicted));
    Verdict {
        modified: live != predicted,
        predicted: Some(predicted),
        normalized_live: Some(live),
        warnings,
    }
}

#[cfg(test)]
mod tests;
