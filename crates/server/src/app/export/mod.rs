//! Everything of one kind that somebody may see, as NDJSON or CSV, page by page.

mod rows;
mod sheet;

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use forewarn_core::Refusal;
use forewarn_core::access::{Act, Actor, Filter, filter};
use futures_util::{Stream, StreamExt, stream};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub use rows::NoticeRow;
use rows::Source;

use super::walk::Walk;
use super::{App, AppError};

/// What is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportKind {
    /// Findings, with their reports in NDJSON.
    Findings,
    /// Cases.
    Cases,
    /// One's own notices, without content, and how the notices of one's cases fare.
    Notices,
    /// Inventories, without their components.
    Inventories,
}

impl ExportKind {
    /// Name as in the route.
    pub fn as_str(self) -> &'static str {
        match self {
            ExportKind::Findings => "findings",
            ExportKind::Cases => "cases",
            ExportKind::Notices => "notices",
            ExportKind::Inventories => "inventories",
        }
    }

    fn columns(self) -> &'static [&'static str] {
        match self {
            ExportKind::Findings => rows::FINDING_COLUMNS,
            ExportKind::Cases => rows::CASE_COLUMNS,
            ExportKind::Notices => rows::NOTICE_COLUMNS,
            ExportKind::Inventories => rows::INVENTORY_COLUMNS,
        }
    }

    fn sources(self, actor: &Actor) -> VecDeque<Source> {
        match self {
            ExportKind::Findings => [Source::Findings(Walk::new(actor, Act::SeeFinding))].into(),
            ExportKind::Cases => [Source::Cases(Walk::new(actor, Act::SeeCase))].into(),
            ExportKind::Notices => [
                Source::Own(Walk::new(actor, Act::SeeNotice)),
                Source::Followed(Walk::new(actor, Act::FollowNotice)),
            ]
            .into(),
            ExportKind::Inventories => [Source::Inventories(Walk::new(actor, Act::SeeInventory))].into(),
        }
    }

    fn acts(self) -> &'static [Act] {
        match self {
            ExportKind::Findings => &[Act::SeeFinding],
            ExportKind::Cases => &[Act::SeeCase],
            ExportKind::Notices => &[Act::SeeNotice, Act::FollowNotice],
            ExportKind::Inventories => &[Act::SeeInventory],
        }
    }
}

/// In which form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// One JSON document a line.
    #[default]
    Ndjson,
    /// Comma-separated values (RFC 4180) with a header line, safe to open in a spreadsheet.
    Csv,
}

/// How an export is asked for.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExportRequest {
    /// `ndjson`, also when left out, or `csv`.
    #[serde(default)]
    #[param(inline)]
    pub format: Format,
}

/// An export that was begun.
struct Begun {
    app: Arc<App>,
    format: Format,
    sources: VecDeque<Source>,
}

impl Begun {
    /// The next part; `None` at the end.
    async fn part(&mut self) -> Result<Option<Bytes>, AppError> {
        while let Some(source) = self.sources.front_mut() {
            match source.page(&self.app).await? {
                Some(lines) => return written(self.format, &lines).map(Some),
                None => {
                    self.sources.pop_front();
                }
            }
        }
        Ok(None)
    }
}

fn written(format: Format, lines: &[rows::Line]) -> Result<Bytes, AppError> {
    match format {
        Format::Ndjson => {
            let mut text = Vec::new();
            for line in lines {
                text.extend(&line.json);
                text.push(b'\n');
            }
            Ok(text.into())
        }
        Format::Csv => sheet::write(lines.iter().map(|line| line.cells.iter().map(String::as_str))),
    }
}

impl App {
    /// Everything of a kind that `actor` may see, oldest first, a part at a time. The first part is made at once, so
    /// that a store that does not answer is an error and not a short answer.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] when the actor's roles and scopes never show any, or when the store does not answer.
    pub async fn export(
        self: &Arc<Self>,
        actor: &Actor,
        kind: ExportKind,
        format: Format,
    ) -> Result<impl Stream<Item = Result<Bytes, AppError>> + Send + use<>, AppError> {
        if kind.acts().iter().all(|act| filter(actor, *act) == Filter::Nothing) {
            let text = "your role, or the scope of this credential, does not allow this";
            return Err(Refusal::Forbidden(text).into());
        }
        let mut begun = Begun { app: Arc::clone(self), format, sources: kind.sources(actor) };
        let mut first = match format {
            Format::Csv => sheet::write([kind.columns().iter().copied()])?.to_vec(),
            Format::Ndjson => Vec::new(),
        };
        first.extend(begun.part().await?.unwrap_or_default());
        let rest = stream::try_unfold(begun, |mut begun| async {
            Ok::<_, AppError>(begun.part().await?.map(|part| (part, begun)))
        });
        let rest = rest.inspect(|part| {
            if part.is_err() {
                tracing::error!("an export ended early");
            }
        });
        Ok(stream::iter([Ok(Bytes::from(first))]).chain(rest))
    }
}
