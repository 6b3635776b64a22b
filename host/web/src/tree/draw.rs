//! The tree, drawn: a list of lists, whose lines the style draws.

use gantry_model::limits;
use maud::{Markup, html};
use serde_json::Value;

use super::{DEPTH_MAX, Filter, Forest, Node};
use crate::application::Named;
use crate::icons::{health, icon, of_kind, sync};
use crate::json::text;
use crate::layout::outside;
use crate::time::age;
use crate::visit::Guest;

struct Drawing<'a> {
    guest: &'a Guest,
    named: &'a Named,
    forest: &'a Forest<'a>,
    shown: Vec<bool>,
}

/// The whole tree, from the application on.
pub(crate) fn draw(
    guest: &Guest,
    named: &Named,
    app: &Value,
    forest: &Forest<'_>,
    filter: &Filter<'_>,
) -> Markup {
    let drawing = Drawing {
        guest,
        named,
        forest,
        shown: forest.shown(filter),
    };
    let waves: Vec<i64> = forest
        .roots
        .iter()
        .filter_map(|root| forest.node(*root).wave)
        .collect();
    let has_waves = waves.iter().any(|wave| *wave != waves[0]);
    html! {
        div .tree-scroll tabindex="0" role="region" aria-label="Tree of objects" {
            ul .tree data-tree {
                li {
                    div .node.root {
                        span .kind { (icon("apps")) "Application" }
                        span .name { (text(app, "/metadata/name")) }
                        span .marks { (health(text(app, "/status/health/status"))) (sync(text(app, "/status/sync/status"))) }
                    }
                    @if has_waves { (drawing.waves()) } @else { (drawing.level(&forest.roots, 0)) }
                }
            }
        }
    }
}

impl Drawing<'_> {
    /// The managed objects wave by wave, and then what nobody manages.
    fn waves(&self) -> Markup {
        let mut waves: Vec<(Option<i64>, Vec<usize>)> = Vec::new();
        for root in &self.forest.roots {
            let node = self.forest.node(*root);
            let wave = node.wave.filter(|_| node.is_managed());
            match waves.last_mut() {
                Some((known, roots)) if *known == wave => roots.push(*root),
                _ => waves.push((wave, vec![*root])),
            }
        }
        html! {
            ul {
                @for (wave, roots) in &waves {
                    @if roots.iter().any(|root| self.shown[*root]) {
                        li .wave {
                            span .wave-name { @match wave { Some(wave) => { "wave " (wave) }, None => "others" } }
                            (self.level(roots, 0))
                        }
                    }
                }
            }
        }
    }

    /// Objects beside each other. Many of one kind are folded into one, open where something is wrong.
    fn level(&self, places: &[usize], depth: usize) -> Markup {
        let shown: Vec<usize> = places
            .iter()
            .copied()
            .filter(|place| self.shown[*place])
            .collect();
        if shown.is_empty() || depth > DEPTH_MAX {
            return html! {};
        }
        let mut runs: Vec<Vec<usize>> = Vec::new();
        for place in shown {
            let is_same = |run: &Vec<usize>| {
                let (a, b) = (self.forest.node(run[0]), self.forest.node(place));
                (a.group, a.kind) == (b.group, b.kind)
            };
            match runs.last_mut() {
                Some(run) if is_same(run) => run.push(place),
                _ => runs.push(vec![place]),
            }
        }
        html! {
            ul {
                @for run in &runs {
                    @if run.len() > limits::TREE_SIBLINGS_MAX { (self.folded(run, depth)) }
                    @else { @for place in run { (self.branch(*place, depth)) } }
                }
            }
        }
    }

    fn folded(&self, run: &[usize], depth: usize) -> Markup {
        let first = self.forest.node(run[0]);
        let (bad, good): (Vec<usize>, Vec<usize>) = run
            .iter()
            .partition(|place| self.forest.node(**place).is_trouble());
        html! {
            @for place in bad.iter().take(limits::TREE_SIBLINGS_MAX) { (self.branch(*place, depth)) }
            @let rest: Vec<usize> = bad.iter().skip(limits::TREE_SIBLINGS_MAX).chain(&good).copied().collect();
            @if !rest.is_empty() {
                li .folded {
                    details id={ "fold-" (first.kind) "-" (first.namespace) "-" (first.name) } {
                        summary .node {
                            span .kind { (icon(of_kind(first.kind))) (first.kind) }
                            span .name { (rest.len()) @if !bad.is_empty() { " more" } " × " (first.kind) }
                            span .marks { (self.counts(&rest)) }
                        }
                        ul { @for place in &rest { (self.branch(*place, depth)) } }
                    }
                }
            }
        }
    }

    fn counts(&self, places: &[usize]) -> Markup {
        let count = |wanted: &str| {
            places
                .iter()
                .filter(|place| self.forest.node(**place).health == Some(wanted))
                .count()
        };
        html! {
            @for status in ["Healthy", "Progressing", "Degraded", "Suspended", "Missing"] {
                @let found = count(status);
                @if found > 0 { span .counted { (health(status)) (found) } }
            }
        }
    }

    fn branch(&self, place: usize, depth: usize) -> Markup {
        let node = self.forest.node(place);
        html! {
            li {
                (self.node(node))
                (self.level(&node.children, depth + 1))
            }
        }
    }

    fn node(&self, node: &Node<'_>) -> Markup {
        let is_bad = node.is_trouble();
        html! {
            div class={ "node" @if is_bad { " trouble" } @if node.is_managed() { " managed" } } data-health=[node.health] data-sync=[node.sync] {
                span .kind { (icon(of_kind(node.kind))) (node.kind)
                    @if node.is_hook { span .chip { "hook" } }
                }
                a .name.cover href=(node.place(self.named)) title={ (node.namespace) "/" (node.name) @if !node.message.is_empty() { ": " (node.message) } } { (node.name) }
                span .marks {
                    @if let Some(status) = node.health { (health(status)) }
                    @if let Some(status) = node.sync { (sync(status)) }
                    @if node.prune { span .chip.warn { "prune" } }
                    @for (name, value) in &node.info { span .chip title=(name) { (value) } }
                    @for url in node.urls.iter().take(1) { span .over { (outside(url, "")) } }
                    span .age { (age(node.created, self.guest.visit.now)) }
                }
            }
        }
    }
}
