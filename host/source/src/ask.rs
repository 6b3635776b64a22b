//! What to ask a server for, as refspecs.

use gix::ObjectId;

/// How much to ask for.
pub(crate) enum Ask {
    /// These refs or this commit, without history.
    Tips(Vec<String>),
    /// The names of all tags.
    Tags,
    /// Where all branches, tags and HEAD point, and refs by their full names.
    Refs(Vec<String>),
    /// Every branch and tag with its history: for what only history can answer.
    Everything,
}

const EVERYTHING: [&str; 2] = [
    "+refs/heads/*:refs/gantry/heads/*",
    "+refs/tags/*:refs/gantry/tags/*",
];

impl Ask {
    /// What to fetch. Each tip gets a ref of its own, named by its hash since names like `a` and
    /// `a/b` cannot both be refs: what is kept makes the next fetch small.
    pub(crate) fn refspecs(&self) -> gix::Result<Vec<gix::refspec::RefSpec>> {
        let specs = match self {
            Self::Tips(names) => {
                // Without any ref in it, a server would list all that it has.
                let is_ids = names.iter().all(|name| id(name).is_some());
                let none = is_ids.then(|| "+refs/gantry/none:refs/gantry/none".to_owned());
                let tips = names.iter().map(|name| match id(name) {
                    Some(id) => format!("+{id}:refs/gantry/commit/{id}"),
                    None => format!("+{name}:refs/gantry/tip/{}", hex(name)),
                });
                tips.chain(none)
            }
            Self::Tags => return Ok(vec![parse("+refs/tags/*:refs/gantry/tags/*")?]),
            Self::Refs(others) => {
                let others = others.iter();
                let others = others.map(|name| format!("+{name}:refs/gantry/tip/{}", hex(name)));
                let own = EVERYTHING.into_iter().chain(["+HEAD:refs/gantry/head"]);
                let specs = own.map(str::to_owned).chain(others);
                return specs.map(|spec| parse(&spec)).collect();
            }
            Self::Everything => return EVERYTHING.iter().map(|spec| parse(spec)).collect(),
        };
        specs.map(|spec| parse(&spec)).collect()
    }
}

fn parse(spec: &str) -> gix::Result<gix::refspec::RefSpec> {
    let parsed = gix::refspec::parse(spec.into(), gix::refspec::parse::Operation::Fetch)?;
    Ok(parsed.to_owned())
}

fn id(name: &str) -> Option<ObjectId> {
    ObjectId::from_hex(name.as_bytes()).ok()
}

fn hex(name: &str) -> String {
    name.bytes().map(|byte| format!("{byte:02x}")).collect()
}
