//! The shape of the code, held by tests: who may depend on whom, and how long a file may be.

mod edges;

mod sizes;
