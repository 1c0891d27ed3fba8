//! How much a source may still submit, as counted in the store.

use forewarn_core::ids::OrgId;
use forewarn_core::quota::{self, Window};
use forewarn_store::Count;

use super::{App, AppError, Moment, Plan};

/// What one intake may take, and has taken.
pub(super) struct Allowance {
    windows: [Window; 2],
    left: u64,
    taken: u64,
    retry_after: u64,
}

impl Allowance {
    /// Seconds to wait, when nothing is left.
    pub fn exhausted(&self) -> Option<u64> {
        (self.left == 0).then_some(self.retry_after)
    }

    /// One finding was taken in.
    pub fn take(&mut self) {
        self.left = self.left.saturating_sub(1);
        self.taken += 1;
    }

    /// Puts what was taken into the same commit, which fails when somebody else took it meanwhile.
    pub fn count(self, plan: &mut Plan) {
        if self.taken == 0 {
            return;
        }
        for Window { counter, start, most, .. } in self.windows {
            plan.count(Count { name: counter, start, add: self.taken, most });
        }
    }
}

impl App {
    /// What `source` may take now.
    pub(super) async fn allowance(&self, moment: &Moment<'_>, source: OrgId) -> Result<Allowance, AppError> {
        let windows = quota::windows(&moment.policy.profile.intake, source, moment.now);
        let [day, burst] = &windows;
        let used = [
            self.store.counted(&day.counter, day.start).await?,
            self.store.counted(&burst.counter, burst.start).await?,
        ];
        let left = quota::left(&windows, used);
        // What is taken here fills the window that has the least room, unless another was full before.
        let filled = [used[0].saturating_add(left), used[1].saturating_add(left)];
        let retry_after = quota::retry_after(&windows, filled, moment.now);
        Ok(Allowance { windows, left, taken: 0, retry_after })
    }
}
