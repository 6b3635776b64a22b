//! The parts of jq that an expression may use, all of which count their steps.
//!
//! jaq has no limit of its own, and a thread that does not end cannot be stopped. So each call, each
//! output of a path and each stage of a pipe, in the expression and in jq's library, is made to pass
//! `tick`. Recursion is left to the library, whose functions call themselves last, which takes no
//! stack.

use gantry_model::limits::{
    JQ_BRACKETS_MAX, JQ_DEPTH_MAX, JQ_EXPRESSION_MAX_BYTES, JQ_STEP_WORK, JQ_TOKENS_MAX,
};
use jaq_core::load::lex::{Lexer, StrPart, Tok, Token};
use jaq_core::load::parse::{BinaryOp, Def, Parser, Term};
use jaq_core::native::{Fun, bome, run, unary, v};
use jaq_core::ops::Math;
use jaq_core::path::{Part, Path};
use jaq_core::{Error, Exn, Native, ValR};
use jaq_json::Val;

use super::{Data, Run, delete, value};

/// What would make a result hang on more than the object, or end the whole process.
const IMPURE: &[&str] = &[
    "debug",
    "debug_empty",
    "env",
    "halt",
    "halt_error",
    "localtime",
    "now",
    "stderr",
    "stderr_empty",
    "strflocaltime",
];

/// Parses an expression.
pub(super) fn parse(code: &str) -> Result<Term<&str>, String> {
    if code.len() > JQ_EXPRESSION_MAX_BYTES {
        return Err(format!("it is longer than {JQ_EXPRESSION_MAX_BYTES} bytes"));
    }
    if brackets(code) > JQ_BRACKETS_MAX {
        return Err(format!(
            "it has more than {JQ_BRACKETS_MAX} brackets in one another"
        ));
    }
    let tokens = Lexer::new(code).lex().map_err(|errors| {
        let place = errors.first().map_or("", |(_, rest)| *rest);
        format!("it cannot be read at `{}`", head(place))
    })?;
    if count(&tokens) > JQ_TOKENS_MAX {
        return Err(format!("it has more than {JQ_TOKENS_MAX} words and signs"));
    }
    let parsed = Parser::new(&tokens).parse(|parser| parser.term());
    let term = parsed.map_err(|errors| {
        let token = errors.first().and_then(|(_, token)| *token);
        token.map_or_else(
            || "it ends too early".to_owned(),
            |token| format!("`{}` is not expected here", head(token.as_str())),
        )
    })?;
    let mut refused = None;
    let term = walk(term, &mut |term| refused = refused.or(refusal(term)));
    refused.map_or(Ok(term), |what| {
        Err(format!("{what} is not supported here"))
    })
}

/// Words and signs, those in brackets and texts included.
fn count(tokens: &[Token<&str>]) -> usize {
    let below = tokens.iter().map(|Token(_, token)| match token {
        Tok::Block(inner) => count(inner),
        Tok::Str(parts) => {
            let parts = parts.iter().map(|part| match part {
                StrPart::Term(Token(_, Tok::Block(inner))) => count(inner),
                _ => 1,
            });
            parts.sum()
        }
        _ => 0,
    });
    tokens.len() + below.sum::<usize>()
}

/// Brackets within brackets, those in texts included.
fn brackets(code: &str) -> usize {
    let (mut open, mut most) = (0_usize, 0);
    for c in code.chars() {
        match c {
            '(' | '[' | '{' => open += 1,
            ')' | ']' | '}' => open = open.saturating_sub(1),
            _ => {}
        }
        most = most.max(open);
    }
    most
}

fn head(text: &str) -> String {
    text.chars().take(20).collect()
}

/// What no path needs and what could eat the memory or the stack.
fn refusal(term: &Term<&str>) -> Option<&'static str> {
    match term {
        Term::Def(..) => Some("a definition (`def`)"),
        Term::Fold(..) => Some("a loop (`reduce`, `foreach`)"),
        Term::BinOp(_, BinaryOp::Math(Math::Mul) | BinaryOp::UpdateMath(Math::Mul), _) => {
            Some("multiplication")
        }
        _ => None,
    }
}

/// jq's library, without what is impure; each of its steps counts.
pub(super) fn library<'s>() -> impl Iterator<Item = Def<&'s str>> {
    // Deleting is done at once for all paths: one by one, each would shift the places of the next.
    let own = "def del(f): delete_paths([path(f)]); def delpaths($p): delete_paths($p);";
    let own = jaq_core::load::parse(own, |parser| parser.defs());
    jaq_core::defs()
        .chain(jaq_std::defs())
        .chain(jaq_json::defs())
        .filter(|def| !IMPURE.contains(&def.name) && !matches!(def.name, "del" | "delpaths"))
        .chain(own.unwrap_or_default())
        .map(|def| -> Def<&'s str> { walk_def(def, &mut |_| {}) })
}

/// The functions that are not written in jq.
pub(super) fn functions() -> impl Iterator<Item = Fun<Data>> {
    let all = jaq_core::funs::<Data>()
        .chain(jaq_std::funs())
        .chain(jaq_json::funs());
    let ticking: Native<Data> = Native::new(|cv| bome(tick(cv.0.data(), cv.1)))
        .with_paths(|cv| {
            let (value, path) = cv.1;
            let ticked = tick(cv.0.data(), value).map(|value| (value, path));
            Box::new(std::iter::once(ticked.map_err(Exn::from)))
        })
        .with_update(|cv, update| match tick(cv.0.data(), cv.1) {
            Ok(value) => update(value),
            Err(error) => bome(Err(error)),
        });
    let delete = run(("delete_paths", v(1), |cv| {
        unary(cv, |value, paths| delete::paths(value, &paths))
    }));
    // The library's reader has no bound for brackets in brackets.
    let read = run(("fromjson", v(0), |cv| bome(value::read(&cv.1))));
    all.filter(|(name, ..)| !IMPURE.contains(name) && *name != "fromjson")
        .chain([("tick", v(0), ticking), delete, read])
}

/// Lets a value pass whose cost is still allowed. All of it counts: a value that is made of one other
/// many times over takes no room, and yet for ever to write down.
fn tick(run: &Run<'_>, value: Val) -> ValR<Val> {
    let mut left = run.work.get().saturating_sub(JQ_STEP_WORK);
    let weighed = weigh(&value, 0, &mut left);
    run.work.set(left);
    match weighed {
        Ok(()) => Ok(value),
        Err(problem) => Err(Error::str(problem)),
    }
}

fn weigh(value: &Val, depth: usize, left: &mut u64) -> Result<(), &'static str> {
    let size = match value {
        Val::TStr(text) | Val::BStr(text) => text.len() as u64,
        _ => 1,
    };
    *left = left.saturating_sub(size);
    if *left == 0 {
        return Err("it takes too much work");
    }
    if depth > JQ_DEPTH_MAX {
        return Err("it nests values too deeply");
    }
    match value {
        Val::Arr(items) => items
            .iter()
            .try_for_each(|item| weigh(item, depth + 1, left)),
        Val::Obj(map) => map
            .values()
            .try_for_each(|value| weigh(value, depth + 1, left)),
        _ => Ok(()),
    }
}

fn pipe<'s>(left: Term<&'s str>, right: Term<&'s str>) -> Term<&'s str> {
    Term::BinOp(Box::new(left), BinaryOp::Pipe(None), Box::new(right))
}

fn ticks<'s>() -> Term<&'s str> {
    Term::Call("tick", Vec::new())
}

fn walk_def<'s>(def: Def<&'s str>, see: &mut impl FnMut(&Term<&'s str>)) -> Def<&'s str> {
    Def {
        body: walk(def.body, see),
        ..def
    }
}

/// Puts ticks into a term; shows each part of it.
fn walk<'s>(term: Term<&'s str>, see: &mut impl FnMut(&Term<&'s str>)) -> Term<&'s str> {
    see(&term);
    let boxed = |term: Box<Term<&'s str>>, see: &mut _| Box::new(walk(*term, see));
    match term {
        Term::Id | Term::Num(_) | Term::Break(_) | Term::Var(_) => term,
        Term::Recurse => pipe(Term::Recurse, ticks()),
        Term::Str(format, parts) => {
            let parts = parts.into_iter().map(|part| match part {
                StrPart::Term(term) => StrPart::Term(walk(term, see)),
                other => other,
            });
            Term::Str(format, parts.collect())
        }
        Term::Arr(inner) => Term::Arr(inner.map(|inner| boxed(inner, see))),
        Term::Obj(entries) => {
            let entries = entries.into_iter();
            let entries = entries.map(|(k, v)| (walk(k, see), v.map(|v| walk(v, see))));
            Term::Obj(entries.collect())
        }
        Term::Neg(inner) => Term::Neg(boxed(inner, see)),
        Term::BinOp(left, operator, right) => {
            operation(boxed(left, see), operator, boxed(right, see))
        }
        Term::Label(name, inner) => Term::Label(name, boxed(inner, see)),
        Term::Fold(name, source, pattern, args) => {
            let source = Box::new(pipe(walk(*source, see), ticks()));
            let args = args.into_iter().map(|arg| pipe(ticks(), walk(arg, see)));
            Term::Fold(name, source, pattern, args.collect())
        }
        Term::TryCatch(inner, catch) => {
            let inner = boxed(inner, see);
            Term::TryCatch(inner, catch.map(|catch| boxed(catch, see)))
        }
        Term::IfThenElse(branches, otherwise) => {
            let branches = branches.into_iter();
            let branches = branches
                .map(|(c, t)| (walk(c, see), walk(t, see)))
                .collect();
            Term::IfThenElse(branches, otherwise.map(|inner| boxed(inner, see)))
        }
        Term::Def(defs, inner) => {
            let defs = defs.into_iter().map(|def| walk_def(def, see)).collect();
            Term::Def(defs, boxed(inner, see))
        }
        Term::Call(name, args) => {
            let args = args.into_iter().map(|arg| walk(arg, see)).collect();
            call(name, args)
        }
        Term::Path(inner, Path(parts)) => {
            let mut part = |term| walk(term, see);
            let parts = parts.into_iter().map(|(step, optional)| {
                let step = match step {
                    Part::Index(index) => Part::Index(part(index)),
                    Part::Range(from, to) => Part::Range(from.map(&mut part), to.map(&mut part)),
                };
                (step, optional)
            });
            let parts = parts.collect();
            pipe(Term::Path(boxed(inner, see), Path(parts)), ticks())
        }
    }
}

fn operation<'s>(
    left: Box<Term<&'s str>>,
    operator: BinaryOp<&'s str>,
    right: Box<Term<&'s str>>,
) -> Term<&'s str> {
    match operator {
        BinaryOp::Pipe(_) => Term::BinOp(left, operator, Box::new(pipe(ticks(), *right))),
        BinaryOp::Math(_) => pipe(Term::BinOp(left, operator, right), ticks()),
        other => Term::BinOp(left, other, right),
    }
}

/// A call stays the last of what it is in, so that recursion takes no stack; of those that are no
/// definitions, only `range` makes more values than it is given.
fn call<'s>(name: &'s str, args: Vec<Term<&'s str>>) -> Term<&'s str> {
    let call = Term::Call(name, args);
    if name == "range" {
        pipe(call, ticks())
    } else {
        pipe(ticks(), call)
    }
}
