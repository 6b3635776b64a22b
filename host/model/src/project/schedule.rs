//! When a sync window begins: five cron fields, in the grammar of robfig/cron, which Argo CD uses.

use std::fmt;

/// A name for five fields.
const NICKNAMES: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// One of the five fields.
struct Field {
    title: &'static str,
    min: u8,
    max: u8,
    names: &'static [&'static str],
}

const FIELDS: [Field; 5] = [
    field("minute", 0, 59, &[]),
    field("hour", 0, 23, &[]),
    field("day of the month", 1, 31, &[]),
    field("month", 1, 12, &MONTHS),
    field("day of the week", 0, 6, &DAYS),
];

const fn field(title: &'static str, min: u8, max: u8, names: &'static [&'static str]) -> Field {
    Field {
        title,
        min,
        max,
        names,
    }
}

/// A schedule that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    text: String,
    plain: String,
}

impl Schedule {
    /// Reads five fields with blanks between them, or a nickname such as `@daily`.
    ///
    /// # Errors
    /// What cannot be understood, as a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let trimmed = text.trim();
        if trimmed.starts_with("TZ=") || trimmed.starts_with("CRON_TZ=") {
            return Err("a time zone has a field of its own: timeZone".to_owned());
        }
        let lower = trimmed.to_lowercase();
        let fields = if trimmed.starts_with('@') {
            let known = NICKNAMES.iter().find(|(name, _)| *name == lower);
            let names: Vec<&str> = NICKNAMES.iter().map(|(name, _)| *name).collect();
            known
                .map(|(_, fields)| *fields)
                .ok_or_else(|| format!("of such names there are {}", names.join(", ")))?
        } else {
            lower.as_str()
        };
        let parts: Vec<&str> = fields.split_whitespace().collect();
        if parts.len() != FIELDS.len() {
            let found = parts.len();
            return Err(format!(
                "it has {found} fields, and a schedule has 5: minute, hour, day of the month, month, day of \
                 the week"
            ));
        }
        let plain = FIELDS.iter().zip(parts);
        let plain: Vec<String> = plain
            .map(|(field, part)| {
                let plain = field.plain(part);
                plain.map_err(|problem| format!("{}: {part:?} {problem}", field.title))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            text: text.to_owned(),
            plain: plain.join(" "),
        })
    }

    /// The same with nothing but `*` and lists of numbers, in which all dialects of cron agree.
    pub fn plain(&self) -> &str {
        &self.plain
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Field {
    fn plain(&self, text: &str) -> Result<String, String> {
        let mut wanted = [false; 60];
        let mut any = false;
        for part in text.split(',') {
            any |= self.mark(part, &mut wanted)?;
        }
        if any {
            return Ok("*".to_owned());
        }
        let numbers = wanted.iter().enumerate().filter(|(_, wanted)| **wanted);
        let numbers: Vec<String> = numbers.map(|(number, _)| number.to_string()).collect();
        Ok(numbers.join(","))
    }

    /// Marks the numbers of one range; true where it stands for all of them. That makes a difference: of
    /// two fields for days, one that stands for all does not count (`getRange` of robfig/cron).
    fn mark(&self, part: &str, wanted: &mut [bool; 60]) -> Result<bool, String> {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(number(step)?)),
            None => (part, None),
        };
        let (mut low, mut high, mut all) = (self.min, self.max, false);
        match range.split_once('-') {
            _ if matches!(range, "*" | "?") => all = step.is_none_or(|step| step <= 1),
            Some((first, last)) => (low, high) = (self.number(first)?, self.number(last)?),
            None => {
                low = self.number(range)?;
                high = if step.is_some() { self.max } else { low };
            }
        }
        if low < self.min || high > self.max {
            return Err(format!("is not within {} to {}", self.min, self.max));
        }
        if low > high {
            return Err("ends before it begins".to_owned());
        }
        let step = step.unwrap_or(1);
        if step == 0 {
            return Err("has a step of 0".to_owned());
        }
        for at in (low..=high).step_by(usize::from(step)) {
            if let Some(mark) = wanted.get_mut(usize::from(at)) {
                *mark = true;
            }
        }
        Ok(all)
    }

    fn number(&self, text: &str) -> Result<u8, String> {
        let named = self.names.iter().position(|name| *name == text);
        match named.and_then(|at| u8::try_from(at).ok()) {
            Some(at) => Ok(at.saturating_add(self.min)),
            None => number(text),
        }
    }
}

fn number(text: &str) -> Result<u8, String> {
    let digits = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let number = digits.then(|| text.parse().unwrap_or(u8::MAX));
    number.ok_or_else(|| "is no number, range or list".to_owned())
}

#[cfg(test)]
mod tests {
    use super::Schedule;

    #[test]
    fn schedules_are_read_as_by_argo_cd() {
        let minutes = "0,15,30,45 * * * *";
        let cases: &[(&str, Result<&str, &str>)] = &[
            ("* * * * *", Ok("* * * * *")),
            ("*/15 * * * *", Ok(minutes)),
            ("0/15 ? * * ?", Ok(minutes)),
            (" 10  1-3 * * *\t", Ok("10 1,2,3 * * *")),
            ("0 22 * * MON-fri", Ok("0 22 * * 1,2,3,4,5")),
            ("0 0 1 jan,JUN *", Ok("0 0 1 1,6 *")),
            ("0 0 */1 * 1", Ok("0 0 * * 1")),
            ("0 0 20/5 * 1", Ok("0 0 20,25,30 * 1")),
            ("0 0 1-10/4 * *", Ok("0 0 1,5,9 * *")),
            ("@daily", Ok("0 0 * * *")),
            ("@Hourly", Ok("0 * * * *")),
            ("@every 1h", Err("@yearly")),
            ("", Err("0 fields")),
            ("0 0 * * * *", Err("6 fields")),
            ("60 * * * *", Err("minute: \"60\" is not within 0 to 59")),
            ("999 * * * *", Err("within 0 to 59")),
            ("* * 0 * *", Err("day of the month: \"0\"")),
            ("* * * * 7", Err("within 0 to 6")),
            ("* * * 13 *", Err("month")),
            ("* * * * L", Err("no number")),
            ("* * * * 1#2", Err("no number")),
            ("5-1 * * * *", Err("ends before")),
            ("*/0 * * * *", Err("step of 0")),
            ("1,,2 * * * *", Err("no number")),
            ("+1 * * * *", Err("no number")),
            ("TZ=Asia/Tokyo 0 0 * * *", Err("timeZone")),
        ];
        for (text, expected) in cases {
            match (Schedule::parse(text), expected) {
                (Ok(schedule), Ok(plain)) => assert_eq!(schedule.plain(), *plain, "{text:?}"),
                (Err(problem), Err(words)) => {
                    assert!(problem.contains(words), "{text:?}: {problem}");
                }
                (found, _) => panic!("{text:?}: {found:?}"),
            }
        }
    }
}
