//! What of `argocd`'s words there is not: a word that goes lost, and one that comes, is to be said in `missing.txt`.

use clap::{Command, CommandFactory};

use super::Cli;

/// The verbs of Argo CD 3.2's client, each with its flags, from its `--help`.
const VERBS: &str = include_str!("argocd/verbs.txt");
/// Those that there are not here, in the same form; a verb alone is missing as a whole.
const MISSING: &str = include_str!("argocd/missing.txt");

#[test]
fn every_word_of_argocd_is_known_or_known_to_be_missing() {
    let mut cli = Cli::command();
    cli.build();
    let found: String = VERBS
        .lines()
        .filter_map(|line| missing(&cli, line))
        .collect();
    assert_eq!(found, MISSING, "what is missing is:\n{found}");
}

/// What of one line there is not.
fn missing(cli: &Command, line: &str) -> Option<String> {
    let (verb, flags) = line.split_once(':')?;
    let words = verb.split(' ');
    let Some(command) = words.into_iter().try_fold(cli, Command::find_subcommand) else {
        return Some(format!("{verb}\n"));
    };
    let flags = flags.split_whitespace();
    let absent: Vec<&str> = flags.filter(|flag| !has(command, flag)).collect();
    (!absent.is_empty()).then(|| format!("{verb}: {}\n", absent.join(" ")))
}

fn has(command: &Command, flag: &str) -> bool {
    command.get_arguments().any(|argument| {
        let aliases = argument.get_all_aliases().unwrap_or_default();
        argument.get_long() == Some(flag) || aliases.contains(&flag)
    })
}
