//! A worker by hand, turn by turn: a home in a file, clusters in memory.

mod authors;
mod deletion;
mod followed;
mod handed;
mod passed_on;
mod refreshed;
mod remade;
mod spoke;
mod uncertain;
mod used;
mod world;
