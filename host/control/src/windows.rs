//! Sync windows at a moment: what a project lets its applications do now, and when that changes.
//!
//! As Argo CD has it (`SyncWindows.CanSync`): a window is open when its schedule began it less than its
//! duration ago, by the clock of its time zone as that is set now.

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use gantry_model::Diagnostic;
use gantry_model::application::Application;
use gantry_model::project::{ProjectRules, SyncWindow, WindowKind};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

/// The windows of one project, ready to be asked.
#[derive(Clone, Debug, Default)]
pub struct Windows {
    windows: Vec<Window>,
}

#[derive(Clone, Debug)]
struct Window {
    window: SyncWindow,
    cron: Cron,
    zone: TimeZone,
    duration: SignedDuration,
}

/// What windows say of an application at a moment.
#[derive(Clone, Debug, Default)]
pub struct WindowState {
    /// Whether a person may sync it.
    pub can_sync_manually: bool,
    /// Whether it may be synced by itself.
    pub can_sync_automatically: bool,
    /// The windows about it that are open, in the project's order.
    pub active: Vec<SyncWindow>,
    /// All windows about it, in the project's order.
    pub assigned: Vec<SyncWindow>,
    /// When a window about it opens or closes next, or a clock is set; none where there is no window.
    pub next_change: Option<Timestamp>,
}

/// Who wants to sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// A person.
    Manual,
    /// The control plane.
    Automatic,
}

impl Windows {
    /// Makes a project's windows ready.
    ///
    /// # Errors
    /// A time zone that does not exist, or a schedule of which nothing is ever due.
    pub fn of(rules: &ProjectRules) -> Result<Self, Diagnostic> {
        let windows = rules.windows.iter().enumerate().map(|(index, window)| {
            Window::of(window).map_err(|(field, problem)| {
                let project = &rules.name;
                let message =
                    format!("project {project}: a sync window's {field} cannot be read: {problem}");
                Diagnostic::error("bad-sync-window", message)
                    .field(format!("spec.syncWindows[{index}].{field}"))
            })
        });
        let windows = windows.collect::<Result<_, _>>()?;
        Ok(Self { windows })
    }

    /// Which of them are open, in the project's order.
    pub fn open(&self, now: Timestamp) -> Vec<bool> {
        self.windows.iter().map(|w| w.is_open(now)).collect()
    }

    /// What they say of an application.
    pub fn state(&self, now: Timestamp, application: &Application) -> WindowState {
        let about = self.about(application);
        let active = about.iter().filter(|window| window.is_open(now));
        let changes = about.iter().filter_map(|window| window.next_change(now));
        WindowState {
            can_sync_manually: may_begin(&about, now, Wish::Manual),
            can_sync_automatically: may_begin(&about, now, Wish::Automatic),
            active: active.map(|window| window.window.clone()).collect(),
            assigned: about.iter().map(|window| window.window.clone()).collect(),
            next_change: changes.min(),
        }
    }

    /// Whether a sync that began at a moment may go on: as one that begins now, or if it might begin then
    /// and all windows that keep it back now have `syncOverrun` (as of Argo CD 3.4).
    pub fn may_go_on(
        &self,
        now: Timestamp,
        began: Timestamp,
        application: &Application,
        wish: Wish,
    ) -> bool {
        let about = self.about(application);
        if may_begin(&about, now, wish) {
            return true;
        }
        let of_kind = |kind, open| {
            let found = about.iter().copied();
            found.filter(move |w: &&Window| w.window.kind == kind && w.is_open(now) == open)
        };
        let mut denying = of_kind(WindowKind::Deny, true).peekable();
        let overruns = if denying.peek().is_some() {
            denying.all(|window| window.window.sync_overrun)
        } else {
            of_kind(WindowKind::Allow, false).all(|window| window.window.sync_overrun)
        };
        overruns && may_begin(&about, began, wish)
    }

    fn about(&self, application: &Application) -> Vec<&Window> {
        let windows = self.windows.iter();
        windows
            .filter(|window| window.window.is_about(application))
            .collect()
    }
}

/// Whether a sync may begin: an open window that denies goes first, then one that allows; without either,
/// windows that would allow and are closed keep it back.
fn may_begin(windows: &[&Window], now: Timestamp, wish: Wish) -> bool {
    let of = |kind, open| {
        let found = windows.iter().copied();
        found.filter(move |w: &&Window| w.window.kind == kind && w.is_open(now) == open)
    };
    let by_hand =
        |kind, open| wish == Wish::Manual && of(kind, open).all(|window| window.window.manual_sync);
    if of(WindowKind::Deny, true).next().is_some() {
        return by_hand(WindowKind::Deny, true);
    }
    of(WindowKind::Allow, true).next().is_some()
        || of(WindowKind::Allow, false).next().is_none()
        || by_hand(WindowKind::Allow, false)
}

impl Window {
    fn of(window: &SyncWindow) -> Result<Self, (&'static str, String)> {
        let name = match window.time_zone.as_str() {
            "" => "UTC",
            name => name,
        };
        let zone = TimeZone::get(name).map_err(|_| {
            let problem = format!("{name:?} is no IANA time zone such as Europe/Berlin");
            ("timeZone", problem)
        })?;
        let parser = CronParser::builder();
        let parser = parser.seconds(Seconds::Disallowed).year(Year::Disallowed);
        let never = || {
            (
                "schedule",
                format!("{:?} is never due", window.schedule.to_string()),
            )
        };
        let cron = parser.build().parse(window.schedule.plain());
        let cron = cron.map_err(|error| ("schedule", error.to_string()))?;
        let duration = SignedDuration::try_from(window.duration);
        let window = Self {
            duration: duration.map_err(|error| ("duration", error.to_string()))?,
            window: window.clone(),
            cron,
            zone,
        };
        let some_day = Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC);
        let due = window.cron.find_next_occurrence(&some_day, true);
        due.map(|_| window).map_err(|_| never())
    }

    /// The clock of the window's time zone, as it is set now.
    fn clock(&self, now: Timestamp) -> Zoned {
        now.to_zoned(TimeZone::fixed(self.zone.to_offset(now)))
    }

    /// When it closes, if it is open.
    fn closes(&self, now: Timestamp) -> Option<Timestamp> {
        let opened = self.cron.find_previous_occurrence(&self.clock(now), true);
        let closes = opened.ok()?.timestamp().checked_add(self.duration).ok()?;
        (closes > now).then_some(closes)
    }

    fn is_open(&self, now: Timestamp) -> bool {
        self.closes(now).is_some()
    }

    fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        let opens = || {
            let next = self.cron.find_next_occurrence(&self.clock(now), false);
            next.ok().map(|next| next.timestamp())
        };
        let clock_is_set = self.zone.following(now).next().map(|set| set.timestamp());
        let change = self.closes(now).or_else(opens);
        change.into_iter().chain(clock_is_set).min()
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test stops at a broken case")]
mod tests;
