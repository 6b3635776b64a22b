//! The keys and values of a generator: env files, literals and files, in this order (`api/kv`).

use crate::arguments::GeneratorArguments;
use crate::loader::Loader;
use crate::outside::Outside;
use crate::path::base_name;
use crate::problem::{Problem, Result};

/// A value may be any bytes: it comes from a file.
pub(crate) type Pairs = Vec<(String, Vec<u8>)>;

/// Reads all pairs; a key stands only once.
pub(crate) fn load(
    arguments: &GeneratorArguments,
    loader: &Loader<'_>,
    outside: &dyn Outside,
) -> Result<Pairs> {
    let mut pairs = Pairs::new();
    for path in &arguments.envs {
        let content = loader.read_or_download(path, outside)?;
        lines(&content, &loader.told(path), &mut pairs)?;
    }
    for literal in &arguments.literals {
        pairs.push(self::literal(literal)?);
    }
    for source in &arguments.files {
        let (key, path) = file_source(source)?;
        let content = loader.read_or_download(path, outside)?;
        pairs.push((key.to_owned(), content));
    }
    let name = &arguments.name;
    pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
    match pairs.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        None => Ok(pairs),
        Some(pair) => Err(refuse(format!(
            "{name} illegally repeats the key `{}`",
            pair[0].0
        ))),
    }
}

/// `key=value` lines; empty ones and comments do not count.
fn lines(content: &[u8], told: &str, pairs: &mut Pairs) -> Result<()> {
    for (index, line) in content.split(|byte| *byte == b'\n').enumerate() {
        let number = u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let Ok(line) = std::str::from_utf8(line) else {
            let problem = refuse(format!("line {number} has invalid utf8 bytes"));
            return Err(problem.at(told, number, 1));
        };
        let line = if index == 0 {
            line.strip_prefix('\u{feff}').unwrap_or(line)
        } else {
            line
        };
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        if !key.is_empty() {
            pairs.push((key.to_owned(), value.into()));
        }
    }
    Ok(())
}

fn literal(source: &str) -> Result<(String, Vec<u8>)> {
    match source.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), unquoted(value).into())),
        _ => {
            let message = format!("invalid literal source {source}, expected key=value");
            Err(refuse(message))
        }
    }
}

/// A value without the quotes around it.
fn unquoted(value: &str) -> &str {
    let inner = |quote| value.strip_prefix(quote)?.strip_suffix(quote);
    inner('"').or_else(|| inner('\'')).unwrap_or(value)
}

/// `[key=]path`.
fn file_source(source: &str) -> Result<(&str, &str)> {
    let what = match source.split_once('=') {
        None => return Ok((base_name(source), source)),
        Some((_, path)) if path.contains('=') => "key name or file path contains '='",
        Some(("", _)) => "missing key name for file path",
        Some((_, "")) => "missing file path for key name",
        Some(pair) => return Ok(pair),
    };
    Err(refuse(format!("source {source:?}: {what}")).help("write `path`, or `key=path`"))
}

fn refuse(message: String) -> Problem {
    Problem::new("generator", message)
}

#[cfg(test)]
mod tests {
    use super::{Pairs, file_source, lines, literal};

    #[test]
    fn env_files_are_read_line_by_line() {
        let mut pairs = Pairs::new();
        let content = "\u{feff}a=1\r\n  b= x =y \n\n# c=2\n  # d\ne\n=f\ng=\"q\"";
        lines(content.as_bytes(), "env", &mut pairs).unwrap();
        let text: Vec<_> = pairs
            .iter()
            .map(|(key, value)| format!("{key}:{}", String::from_utf8_lossy(value)))
            .collect();
        assert_eq!(text, ["a:1", "b: x =y ", "e:", "g:\"q\""]);
        let error = lines(b"a=1\nb=\xff", "env", &mut pairs).unwrap_err();
        assert!(error.message().contains("line 2"));
    }

    #[test]
    fn literals_lose_the_quotes_around_the_value() {
        for (source, key, value) in [
            ("a=b", "a", "b"),
            ("a=\"b c\"", "a", "b c"),
            ("a='b'", "a", "b"),
            ("a=\"b", "a", "\"b"),
            ("a=\"", "a", "\""),
            ("a=b=c", "a", "b=c"),
            ("a=", "a", ""),
        ] {
            assert_eq!(literal(source).unwrap(), (key.to_owned(), value.into()));
        }
        assert!(literal("a").is_err() && literal("=a").is_err());
    }

    #[test]
    fn files_are_named_by_key_or_by_themselves() {
        assert_eq!(file_source("a/b.txt").unwrap(), ("b.txt", "a/b.txt"));
        assert_eq!(file_source("k=a/b.txt").unwrap(), ("k", "a/b.txt"));
        for source in ["=a", "a=", "a=b=c"] {
            assert!(file_source(source).is_err(), "{source}");
        }
    }
}
