//! A progress bar for work that takes longer than one waits for.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How long nothing is shown.
const PATIENCE: Duration = Duration::from_secs(1);

/// Progress on standard error, from one second on, where that is a terminal.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn new(what: &'static str, total: usize) -> Self {
        let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("{msg} [{bar:40}] {pos}/{len} {eta}") {
            bar.set_style(style);
        }
        Self(bar.with_message(what))
    }

    /// One more is done.
    pub(crate) fn step(&self) {
        self.skip(1);
    }

    /// So many more are done.
    pub(crate) fn skip(&self, count: usize) {
        self.0.inc(count as u64);
        self.glance();
    }

    /// Shows how far it is, once it has taken long.
    pub(crate) fn glance(&self) {
        if self.0.is_hidden() && self.0.elapsed() > PATIENCE {
            // It stays hidden where standard error is no terminal.
            self.0.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.0.tick();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
