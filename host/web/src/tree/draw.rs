//! The tree, drawn: a list of lists, whose lines the style draws.

use gantry_model::limits;
use maud::{Markup, html};
use serde_json::Value;

use super::fold::{self, Fold};
use super::{DEPTH_MAX, Filter, Forest, Node};
use crate::application::Named;
use crate::icons::{health, icon, of_kind, sync};
use crate::json::text;
use crate::layout::outside;
use crate::time::age;
use crate::visit::Guest;

pub(super) struct Drawing<'a> {
    pub(super) guest: &'a Guest,
    pub(super) named: &'a Named,
    pub(super) forest: &'a Forest<'a>,
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
    let has_orphans = forest.nodes().any(|node| node.is_orphan);
    html! {
        div .tree-scroll tabindex="0" role="region" aria-label="Tree of objects" {
            ul .tree data-tree {
                li {
                    div .node.root {
                        span .kind { (icon("apps")) "Application" }
                        span .name { (text(app, "/metadata/name")) }
                        span .marks { (health(text(app, "/status/health/status"))) (sync(text(app, "/status/sync/status"))) }
                    }
                    @if has_waves || has_orphans { (drawing.waves(has_waves)) } @else { (drawing.level(&forest.roots, "", 0)) }
                }
            }
        }
    }
}

impl Drawing<'_> {
    /// The managed objects wave by wave, then what nobody manages, then what belongs to no application.
    fn waves(&self, has_waves: bool) -> Markup {
        let mut waves: Vec<(String, Vec<usize>)> = Vec::new();
        for root in &self.forest.roots {
            let node = self.forest.node(*root);
            let wave = node.wave.filter(|_| node.is_managed());
            let name = match wave {
                _ if node.is_orphan => "orphaned".to_owned(),
                _ if !has_waves => "managed".to_owned(),
                Some(wave) => format!("wave {wave}"),
                None => "others".to_owned(),
            };
            match waves.last_mut() {
                Some((known, roots)) if *known == name => roots.push(*root),
                _ => waves.push((name, vec![*root])),
            }
        }
        html! {
            ul {
                @for (name, roots) in &waves {
                    @if roots.iter().any(|root| self.shown[*root]) {
                        li .wave {
                            span .wave-name { (name) }
                            (self.level(roots, name, 0))
                        }
                    }
                }
            }
        }
    }

    /// Objects beside each other, below what has that name. Many of one kind are folded into one, but for those
    /// that something is wrong with.
    fn level(&self, places: &[usize], below: &str, depth: usize) -> Markup {
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
                    @if run.len() > limits::TREE_SIBLINGS_MAX { (self.many(run, below, depth)) }
                    @else { @for place in run { (self.branch(*place, depth)) } }
                }
            }
        }
    }

    fn many(&self, run: &[usize], below: &str, depth: usize) -> Markup {
        let kind = self.forest.node(run[0]).kind;
        let (bad, good): (Vec<usize>, Vec<usize>) = run
            .iter()
            .partition(|place| self.forest.node(**place).is_trouble());
        let alone = bad.len().min(limits::TREE_SIBLINGS_MAX);
        let rest: Vec<usize> = bad[alone..].iter().chain(&good).copied().collect();
        let fold = Fold::new(self.guest, self.named, kind, below);
        let drawn = rest.len().min(limits::TREE_UNFOLDED_MAX);
        html! {
            @for place in &bad[..alone] { (self.branch(*place, depth)) }
            @if !rest.is_empty() {
                li .folded {
                    (fold::node(self, &fold, &rest, alone > 0))
                    @if fold.is_open {
                        ul {
                            @for place in &rest[..drawn] { (self.branch(*place, depth)) }
                            @if drawn < rest.len() { li { (fold::left_out(self, kind, rest.len() - drawn)) } }
                        }
                    }
                }
            }
        }
    }

    fn branch(&self, place: usize, depth: usize) -> Markup {
        let node = self.forest.node(place);
        html! {
            li {
                (self.node(node))
                @if !node.children.is_empty() {
                    (self.level(&node.children, &format!("{}/{}/{}", node.kind, node.namespace, node.name), depth + 1))
                }
            }
        }
    }

    fn node(&self, node: &Node<'_>) -> Markup {
        html! {
            div class={ "node" @if node.is_bad() { " trouble" } @if node.is_managed() { " managed" } @if node.is_orphan { " orphan" } } data-health=[node.health] data-sync=[node.sync] {
                span .kind { (icon(of_kind(node.kind))) (node.kind)
                    @if node.is_hook { span .chip { "hook" } }
                }
                a .name.cover href=(node.place(self.named)) title={ (node.namespace) "/" (node.name) @if !node.message.is_empty() { ": " (node.message) } } { (node.name) }
                span .marks {
                    @if let Some(status) = node.health { (health(status)) }
                    @if let Some(status) = node.sync { (sync(status)) }
                    @if node.prune { span .chip.warn { "prune" } }
                    // Which node it runs on is on its own page.
                    @for (name, value) in node.info.iter().filter(|(name, _)| *name != "Node") { span .chip title=(name) { (value) } }
                    @for url in node.urls.iter().take(1) { span .over { (outside(url, "")) } }
                    @if let Some(place) = node.application() {
                        a .over href=(place) title="Open the application" aria-label={ "Open the application " (node.name) } { (icon("apps")) }
                    }
                    span .age { (age(node.created, self.guest.visit.now)) }
                }
            }
        }
    }
}
