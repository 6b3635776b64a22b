//! The pages in a real browser, over a control plane that is made up. Pictures are kept in the target folder.

mod control;
mod driver;
mod made;
mod pages;
