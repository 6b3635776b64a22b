//! `gantry app get`.

use std::time::SystemTime;

use gantry_model::Diagnostic;

use super::Desk;
use super::fields::Which;
use super::shown::shown;
use super::text;
use crate::Outcome;
use crate::args::app::{GetArgs, StateFormat};
use crate::failure::Failure;
use gantry_api::app::View;

impl Desk<'_> {
    pub(super) async fn get(&self, args: &GetArgs) -> Result<Outcome, Failure> {
        let name = self.apps.name(&args.app.name, &args.app.namespace)?;
        let found = self
            .refreshed(&name, args.refresh, args.patience.timeout)
            .await?;
        let Some(object) = found else {
            return Ok(Outcome::NotGood);
        };
        let chosen = chosen(View(object.value()), args)?;
        match args.output {
            StateFormat::Json => self.output.json(&*shown(&object))?,
            StateFormat::Yaml => self.output.yaml(&*shown(&object))?,
            StateFormat::Wide => {
                let objects = text::objects(View(object.value()));
                let head = head(View(object.value()), args, &chosen, objects);
                self.output.print(&head)?;
            }
            StateFormat::Tree => {
                let tree = self.tree(&object).await?;
                let head = head(View(object.value()), args, &chosen, tree);
                self.output.print(&head)?;
            }
        }
        Ok(Outcome::Good)
    }
}

/// The sources whose parameters are shown.
fn chosen<'a>(app: View<'a>, args: &GetArgs) -> Result<Vec<View<'a>>, Diagnostic> {
    let which = Which {
        position: args.source_position,
        name: args.source_name.as_deref(),
    };
    let all = app.sources();
    let several = app.list("/spec/sources");
    if several.is_empty() {
        which.only()?;
        let is_it = |name: &str| all.iter().any(|source| source.text("/name") == name);
        if let Some(name) = which.name.filter(|name| !is_it(name)) {
            let message = format!("the application's only source is not named {name}");
            return Err(Diagnostic::error("source", message));
        }
        return Ok(all);
    }
    if which.position.is_none() && which.name.is_none() {
        return Ok(all);
    }
    Ok(vec![View(&several[which.index(several)?])])
}

fn head(app: View<'_>, args: &GetArgs, chosen: &[View<'_>], below: String) -> String {
    let operation = match args.show_operation {
        true => text::operation(app, SystemTime::now()),
        false => String::new(),
    };
    let parameters = match args.show_params {
        true => text::parameters(chosen),
        false => String::new(),
    };
    text::joined([
        text::summary(app),
        text::condition_table(app),
        operation,
        parameters,
        below,
    ])
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use serde_json::{Value, json};

    use super::chosen;
    use crate::args::app::GetArgs;
    use gantry_api::app::View;

    #[derive(Parser)]
    struct Get {
        #[command(flatten)]
        args: GetArgs,
    }

    /// The charts of the sources that are shown.
    fn shown(app: &Value, flags: &str) -> Result<String, String> {
        let words = ["get", "shop", "--show-params"].into_iter();
        let words = words.chain(flags.split_whitespace());
        let args = Get::try_parse_from(words).map_err(|error| error.to_string())?;
        let found = chosen(View(app), &args.args).map_err(|error| error.message)?;
        Ok(found.iter().map(|source| source.text("/chart")).collect())
    }

    #[test]
    fn parameters_are_of_the_source_that_is_meant() {
        let one = json!({"spec": {"source": {"chart": "a", "name": "first"}}});
        let two = json!({"spec": {"sources": [{"chart": "a"}, {"chart": "b", "name": "second"}]}});
        for (app, flags, expected) in [
            (&one, "", Ok("a")),
            (&one, "--source-position 1", Ok("a")),
            (&one, "--source-name first", Ok("a")),
            (&one, "--source-position 2", Err("one source")),
            (&one, "--source-name second", Err("not named second")),
            (&two, "", Ok("ab")),
            (&two, "--source-position 2", Ok("b")),
            (&two, "--source-name second", Ok("b")),
            (&two, "--source-position 0", Err("no such source")),
            (&two, "--source-position 3", Err("no such source")),
            (&two, "--source-name third", Err("no such source")),
            (
                &two,
                "--source-name second --source-position 2",
                Err("cannot be used"),
            ),
        ] {
            match (shown(app, flags), expected) {
                (Err(error), Err(part)) => assert!(error.contains(part), "{flags}: {error}"),
                (found, expected) => assert_eq!(found.ok().as_deref(), expected.ok(), "{flags}"),
            }
        }
    }
}
