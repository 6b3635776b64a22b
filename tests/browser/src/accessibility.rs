//! What keeps some readers out, as axe-core finds it.

use serde_json::Value;

use crate::Browser;

/// The width of a small phone.
const PHONE: (u32, u32) = (390, 844);
const DESK: (u32, u32) = (1440, 900);

/// What to look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    /// All that WCAG 2.2 A and AA say, and a program can see.
    All,
    /// What may be other in another theme.
    Colours,
}

impl Rules {
    fn chosen(self) -> &'static str {
        match self {
            Self::All => "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']",
            Self::Colours => "{ type: 'rule', values: ['color-contrast', 'link-in-text-block'] }",
        }
    }
}

const RUN: &str = "const done = arguments[0];
    axe.run(document, { runOnly: RULES, resultTypes: ['violations'] }).then((found) => done(found.violations.flatMap((one) =>
        one.nodes.map((node) => `${one.id}: ${one.help}: ${node.html.slice(0, 160)}`))), (error) => done([String(error)]));";

impl Browser {
    /// What axe-core finds wrong with the page; `axe` is its script.
    pub async fn barriers(&self, axe: &str, rules: Rules) -> Vec<String> {
        let is_there = self.script("return typeof axe === 'object'").await;
        if is_there != Value::Bool(true) {
            self.script(axe).await;
        }
        let found = self
            .script_async(&RUN.replace("RULES", rules.chosen()))
            .await;
        let found = found.as_array().cloned().unwrap_or_default();
        found.iter().map(ToString::to_string).collect()
    }

    /// What is wrong with a page light and dark, for axe-core if there is one, and on a phone.
    pub async fn looked_over(&self, address: &str, axe: Option<&str>) -> Vec<String> {
        let mut wrong = Vec::new();
        self.go(address).await;
        for (scheme, rules) in [("dark", Rules::Colours), ("light", Rules::All)] {
            let Some(axe) = axe else { break };
            self.prefer(scheme).await;
            let barriers = self.barriers(axe, rules).await;
            wrong.extend(barriers.iter().map(|b| format!("{address}, {scheme}: {b}")));
        }
        self.size(PHONE.0, PHONE.1, true).await;
        let too_wide = self
            .script("return document.documentElement.scrollWidth - innerWidth")
            .await;
        if too_wide.as_i64() != Some(0) {
            wrong.push(format!("{address}: {too_wide} pixels wider than a phone"));
        }
        self.size(DESK.0, DESK.1, false).await;
        let complaints = self.complaints().await;
        wrong.extend(complaints.iter().map(|c| format!("{address}: {c}")));
        wrong
    }
}
