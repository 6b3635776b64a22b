//! A reader who has no mouse.

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use serde_json::Value;

use crate::Browser;

/// Presses after which what was wanted cannot be reached by Tab.
const TABS_MAX: usize = 120;

/// A key, by the code that WebDriver has for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// To the next element.
    Tab,
    /// Follows a link, presses a button, sends a form.
    Enter,
    /// Closes what lies over the page.
    Escape,
    /// Ticks a box.
    Space,
}

impl Key {
    fn code(self) -> char {
        match self {
            Self::Tab => '\u{e004}',
            Self::Enter => '\u{e007}',
            Self::Escape => '\u{e00c}',
            Self::Space => ' ',
        }
    }
}

impl Browser {
    /// Presses a key, wherever the focus is.
    pub async fn press(&self, key: Key) {
        self.keys(&[key.code()]).await;
    }

    /// Types a text, wherever the focus is.
    pub async fn typed(&self, text: &str) {
        self.keys(&text.chars().collect::<Vec<_>>()).await;
    }

    async fn keys(&self, codes: &[char]) {
        let mut keys = KeyActions::new("keyboard".to_owned());
        for value in codes.iter().copied() {
            keys = keys
                .then(KeyAction::Down { value })
                .then(KeyAction::Up { value });
        }
        self.client.perform_actions(keys).await.expect("a keyboard");
    }

    /// Presses Tab until an element has the focus, which must be seen on the way there.
    pub async fn tab_to(&self, css: &str) {
        let words = Value::from(css);
        let script = format!(
            "const at = document.activeElement;
             const ring = (one) => one && (getComputedStyle(one).outlineStyle !== 'none' || ring(one.closest('.search, .tile') === one ? null : one.closest('.search, .tile')));
             const name = at.outerHTML.slice(0, 120);
             return [at.matches({words}), at.tabIndex < 0 || Boolean(ring(at)), name]"
        );
        for _ in 0..TABS_MAX {
            let at = self.script(&script).await;
            assert_eq!(at[1], true, "the focus is not seen: {}", at[2]);
            if at[0] == true {
                return;
            }
            self.press(Key::Tab).await;
        }
        unreachable!("Tab does not lead to {css}");
    }
}
