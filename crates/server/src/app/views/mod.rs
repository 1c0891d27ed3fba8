//! What readers are shown: the visible part of a thing, cut by the access table.

mod cases;
mod findings;
mod notices;
mod parties;
mod plan;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use forewarn_core::access::{Act, Actor, Filter, Visible, filter};
use forewarn_core::reading::Readable;
use forewarn_store::{Position, Query};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub use cases::{
    CaseDetail, CaseParties, CaseView, CheckView, DutyView, EmbargoView, ExtensionView, FindingLink, Named,
    ReleaseView, TriggerView, UnaskedView, ValidationView, VendorView, WaveView,
};
pub(crate) use findings::affected_lines;
pub use findings::{AttachmentView, FindingView, ProvenanceView};
pub use notices::{AttemptView, NoticeView, RecipientView, SealedView};
pub use parties::{InventoryView, OrganisationView, PrincipalView};
pub use plan::{AlarmView, GateView, PlanView, StepView};

use super::{App, AppError, guard};

/// Most items of one page.
pub const LARGEST_PAGE: u32 = 200;

/// Which part of a list.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageRequest {
    /// At most so many items, 1 to 200; 50 when left out.
    #[serde(default)]
    pub limit: Option<u32>,
    /// `next` of the page before.
    #[serde(default)]
    pub after: Option<String>,
    /// Only items in this state.
    #[serde(default)]
    pub state: Option<String>,
}

/// A page of a list, newest first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page begins; `null` on the last.
    pub next: Option<String>,
}

/// A cursor names the last item shown, which the reader has seen; it carries no count.
fn cursor(position: &Position) -> String {
    URL_SAFE_NO_PAD.encode(format!("{} {}", position.sort_at, position.id))
}

fn position(cursor: &str) -> Option<Position> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let (sort_at, id) = text.split_once(' ')?;
    Some(Position { sort_at: sort_at.parse().ok()?, id: id.to_owned() })
}

/// What a list is cut to, beside what its reader may see.
pub(super) struct Within<'a> {
    /// Whose things.
    pub filter: Filter,
    /// In which states; all for none.
    pub states: &'a [&'a str],
}

impl App {
    /// A page of the things of one kind that `actor` may see.
    pub(super) async fn page<A: Readable, V>(
        &self,
        actor: &Actor,
        act: Act,
        page: &PageRequest,
        key: Option<(String, String)>,
        view: impl Fn(&Visible<A>) -> V,
    ) -> Result<Page<V>, AppError> {
        let states: Vec<&str> = page.state.as_deref().into_iter().collect();
        self.page_of(actor, act, Within { filter: filter(actor, act), states: &states }, page, key, view)
            .await
    }

    /// A page of the things of one kind that `actor` may see and that are within what is asked for.
    pub(super) async fn page_of<A: Readable, V>(
        &self,
        actor: &Actor,
        act: Act,
        within: Within<'_>,
        page: &PageRequest,
        key: Option<(String, String)>,
        view: impl Fn(&Visible<A>) -> V,
    ) -> Result<Page<V>, AppError> {
        let limit = page.limit.unwrap_or(50);
        if !(1..=LARGEST_PAGE).contains(&limit) {
            return Err(invalid("limit", "must be from 1 to 200"));
        }
        let after = match &page.after {
            None => None,
            Some(text) => {
                Some(position(text).ok_or_else(|| invalid("after", "is not a cursor of this list"))?)
            }
        };
        let mut query = Query::new(A::CATEGORY, within.filter, limit + 1);
        query.after = after;
        query.key = key;
        query.states = within.states.iter().map(|state| (*state).to_owned()).collect();
        let mut documents = self.store.list(&query).await?;
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = documents.len() > wanted;
        documents.truncate(wanted);
        let next = documents.last().filter(|_| more).map(|d| cursor(&Position::of(d)));
        let mut items = Vec::with_capacity(documents.len());
        for document in &documents {
            items.extend(guard::<A>(document)?.see(actor, act).map(|visible| view(&visible)));
        }
        Ok(Page { items, next })
    }
}

fn invalid(place: &str, message: &str) -> AppError {
    AppError::Invalid { place: place.into(), message: message.into() }
}

/// A moment in milliseconds as a timestamp.
pub(super) fn moment(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH)
}
