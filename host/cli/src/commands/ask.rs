//! A question before something that cannot be taken back.

use std::io::{BufRead, IsTerminal, Write};

use gantry_model::Diagnostic;

use crate::failure::Failure;

/// Asks on the terminal. Without one, nobody can say yes: that is an error, which says what is `undone` and
/// what would `help`.
pub(super) fn is_yes(question: &str, undone: &str, help: &str) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        let message = format!("{undone}: there is no terminal to ask on");
        return Err(Diagnostic::error("unconfirmed", message).help(help).into());
    }
    let mut stderr = std::io::stderr();
    write!(stderr, "{question} [y/N] ")?;
    stderr.flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
