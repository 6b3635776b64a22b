//! What to ask a server for, as refspecs.

use gix::ObjectId;

/// How much to ask for.
pub(crate) enum Ask {
    /// These refs or this commit, without history.
    Tips(Vec<String>),
    /// The names of all tags.
    Tags,
    /// Every branch and tag with its history: for what only history can answer.
    Everything,
}

impl Ask {
    /// What to fetch. Each tip gets a ref of its own, named by its hash since names like `a` and
    /// `a/b` cannot both be refs: what is kept makes the next fetch small.
    pub(crate) fn refspecs(&self) -> gix::Result<Vec<gix::refspec::RefSpec>> {
        let specs = match self {
            Self::Tips(names) => {
                names
                    .iter()
                    .map(|name| match ObjectId::from_hex(name.as_bytes()) {
                        Ok(id) => format!("+{id}:refs/gantry/commit/{id}"),
                        Err(_) => format!("+{name}:refs/gantry/tip/{}", hex(name)),
                    })
            }
            Self::Tags => return Ok(vec![parse("+refs/tags/*:refs/gantry/tags/*")?]),
            Self::Everything => {
                return [
                    "+refs/heads/*:refs/gantry/heads/*",
                    "+refs/tags/*:refs/gantry/tags/*",
                ]
                .iter()
                .map(|spec| parse(spec))
                .collect();
            }
        };
        specs.map(|spec| parse(&spec)).collect()
    }
}

fn parse(spec: &str) -> gix::Result<gix::refspec::RefSpec> {
    let parsed = gix::refspec::parse(spec.into(), gix::refspec::parse::Operation::Fetch)?;
    Ok(parsed.to_owned())
}

fn hex(name: &str) -> String {
    name.bytes().map(|byte| format!("{byte:02x}")).collect()
}
