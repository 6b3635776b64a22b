//! Whether an operation that runs may go on when sync windows open and close.

use std::fmt;
use std::sync::Arc;

use gantry_model::application::Application;
use jiff::Timestamp;

use crate::clock;
use crate::shared::Shared;
use crate::windows::Wish;

/// Of one operation.
#[derive(Clone)]
pub(crate) struct Overrun {
    shared: Arc<Shared>,
    application: Application,
    began: Timestamp,
    wish: Wish,
}

impl Overrun {
    /// Of an operation that began at that time.
    pub(crate) fn new(
        shared: Arc<Shared>,
        application: Application,
        started_at: &str,
        wish: Wish,
    ) -> Self {
        let began = clock::parse(started_at).and_then(|time| Timestamp::try_from(time).ok());
        Self {
            shared,
            application,
            began: began.unwrap_or_else(Timestamp::now),
            wish,
        }
    }

    /// Whether the project's windows, as they are now, let it go on. Rules that cannot be read keep it back.
    pub(crate) fn may_go_on(&self) -> bool {
        let windows = self.shared.windows_of(&self.application);
        windows.is_ok_and(|windows| {
            windows.is_none_or(|windows| {
                windows.may_go_on(Timestamp::now(), self.began, &self.application, self.wish)
            })
        })
    }
}

impl fmt::Debug for Overrun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Overrun({:?} since {})", self.wish, self.began)
    }
}
