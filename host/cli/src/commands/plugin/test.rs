//! `gantry plugin test`: a plugin over case folders.

use serde::Serialize;

use crate::Outcome;
use crate::args::{Global, TestArgs, TestFormat};
use crate::cases::{self, Case, Verdict};
use crate::failure::Failure;
use crate::output::Output;
use crate::subject::Subject;

/// One case, in the shape that scripts read.
#[derive(Serialize)]
struct Row {
    case: String,
    result: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    message: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    detail: String,
}

pub(crate) fn run(global: &Global, args: &TestArgs, output: &Output) -> Result<Outcome, Failure> {
    let cases = cases::find(&args.directory)?;
    let subject = Subject::load(global, args.plugin.as_deref())?;
    let mut rows = Vec::new();
    for case in &cases {
        let row = run_case(&subject, case, args.bless);
        if args.output == TestFormat::Text {
            tell(&row, output)?;
        }
        rows.push(row);
    }
    let failed = rows.iter().filter(|row| row.result == "failed").count();
    match args.output {
        TestFormat::Json => output.json(&rows)?,
        TestFormat::Text => {
            let passed = rows.len() - failed;
            output.print(&format!("\n{passed} passed, {failed} failed\n"))?;
        }
    }
    Ok(if failed == 0 {
        Outcome::Good
    } else {
        Outcome::NotGood
    })
}

/// A case that cannot be read has failed: the others go on.
fn run_case(subject: &Subject, case: &Case, bless: bool) -> Row {
    let input = case.input(subject.kind);
    let verdict = input.and_then(|input| {
        let judged = case.judge(&input.run(subject), bless);
        judged.map_err(|problem| vec![problem])
    });
    let (result, message, detail) = match verdict {
        Ok(Verdict::Passed) => ("passed", String::new(), String::new()),
        Ok(Verdict::Blessed) => ("blessed", String::new(), String::new()),
        Ok(Verdict::Failed { message, detail }) => ("failed", message, detail),
        Err(problems) => {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            (
                "failed",
                "the case cannot be used".to_owned(),
                lines.join("\n"),
            )
        }
    };
    Row {
        case: case.name.clone(),
        result,
        message,
        detail,
    }
}

fn tell(row: &Row, output: &Output) -> Result<(), Failure> {
    let case = &row.case;
    match row.result {
        "passed" => output.print(&format!("ok        {case}\n")),
        "blessed" => output.print(&format!("blessed   {case}\n")),
        _ => {
            output.print(&format!("FAILED    {case}: {}\n", row.message))?;
            output.diff(&row.detail)
        }
    }
}
