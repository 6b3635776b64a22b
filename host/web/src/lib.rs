//! The web pages: HTML made from what the API answers. No I/O of its own, no script but the small ones that lie
//! beside it.
