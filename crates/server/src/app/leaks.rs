//! From whose copy of a notice a leaked text may come.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_core::Refusal;
use forewarn_core::access::{Act, Visible};
use forewarn_core::case::{Case, Command, Consent};
use forewarn_core::marks::{self, LARGEST_TEXT, MarkKey, Origin, Source, Suspect, Trace};
use forewarn_core::notice::Notice;
use forewarn_core::sharing::ContentLevel;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::{App, AppError, Call, Moment, Plan, Reply, UseCase};

/// Most sources that an answer lists.
const MOST_LISTED: usize = 25;

/// A leaked text.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TraceText {
    /// The text as it was found, at most 512 KiB.
    pub text: String,
}

/// What a leaked text shows. It is evidence and no proof.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TraceView {
    /// SHA-256 of the text, as the case's history has it, lower-case hex.
    pub sha256: String,
    /// Sources it was compared with: copies that could be read, and drafts.
    pub compared: usize,
    /// The likeliest ones, the first one first; at most 25.
    pub suspects: Vec<SuspectView>,
    /// Share of belief that it comes from none of them, 0 to 1.
    pub unknown: f64,
    /// How many of the other sources must be expected to agree as well as the first one by chance.
    pub by_chance: f64,
    /// Marks that the text does not carry any more: `sentence-spaces`, `unbroken-spaces`.
    pub lost: Vec<String>,
    /// What it comes to: `points-to-one`, `mixed` (from several copies, perhaps), `narrows` or `says-nothing`.
    pub reading: String,
}

/// A source of the text.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SuspectView {
    /// `copy`, or `draft` for the text without marks that coordinators and vendors read.
    pub kind: String,
    /// Who read the copy, by name; nobody for a draft.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reader: Option<String>,
    /// Id of that organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org: Option<String>,
    /// Id of the notice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
    /// Marks that agree.
    pub agree: usize,
    /// Marks that could be read.
    pub read: usize,
    /// Whether the reference of this copy is in the text.
    pub referenced: bool,
    /// Power of ten by which the text is likelier if it comes from here than if its marks are chance.
    pub weight: f64,
    /// Share of belief when all sources were equally likely before, 0 to 1.
    pub share: f64,
}

/// Notes that a text was compared.
struct NoteTrace {
    case: String,
    command: Command,
    answer: TraceView,
}

impl UseCase for NoteTrace {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let case = app.visible::<Case>(&self.case, moment.actor, Act::SeeCase).await?;
        let events = forewarn_core::case::decide(&case, self.command.clone(), &moment.facts())?;
        let mut plan = Plan::answer(200, &self.answer)?;
        plan.append::<Case>(moment, &self.case, case.version(), events)?;
        Ok(plan)
    }
}

impl App {
    /// The key of the marks in this instance's notices.
    pub(super) fn mark_key(&self) -> MarkKey {
        MarkKey::of(&self.settings.log_key)
    }

    /// Compares a leaked text with every copy of the case's notices that somebody could read, and records that this was
    /// done. The text itself is not kept.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when the case is not there or not visible, [`Refusal::Forbidden`] for its other parties,
    /// [`AppError::Invalid`] for a text that is empty or too long.
    pub async fn trace_text(&self, call: &Call, case: String, asked: TraceText) -> Result<Reply, AppError> {
        let visible = self.visible::<Case>(&case, &call.actor, Act::SeeCase).await?;
        if !visible.may(Act::SeeParties) {
            return Err(Refusal::Forbidden("only the case's coordinators trace a text").into());
        }
        if asked.text.trim().is_empty() || asked.text.len() > LARGEST_TEXT {
            let message = "give the text as it was found, at most 512 KiB".into();
            return Err(AppError::Invalid { place: "/text".into(), message });
        }
        let sources = self.sources(&visible).await?;
        let sha256 = hex::encode(Sha256::digest(asked.text.as_bytes()));
        let copies = u32::try_from(sources.len()).unwrap_or(u32::MAX);
        // A long text against thousands of copies takes a while.
        let found = tokio::task::spawn_blocking(move || marks::trace(&asked.text, &sources));
        let found = found.await.map_err(|_| AppError::Internal("a text could not be compared"))?;
        let answer = self.trace_view(sha256.clone(), found).await?;
        self.execute(call, &NoteTrace { case, command: Command::NoteTrace { sha256, copies }, answer }).await
    }

    /// Every text that the leaked one may come from.
    async fn sources(&self, case: &Visible<Case>) -> Result<Vec<Source>, AppError> {
        let id = case.id.ok_or(Refusal::NotFound)?.to_string();
        let mut sources = Vec::new();
        let mut drafts = BTreeSet::new();
        for document in self.all_notices(&id).await? {
            let notice: Notice =
                serde_json::from_slice(&document.doc).map_err(|_| AppError::Internal("notice shape"))?;
            let consented = matches!(notice.consent, Consent::Signatory | Consent::Lapsed);
            let (Some(number), Some(org), Some(wave), true) = (notice.id, notice.org, notice.wave, consented)
            else {
                continue;
            };
            let Some(content) = case.text_of(wave) else { continue };
            let revision = case.waves.get(&wave).map_or(0, |wave| wave.revision);
            let mut levels = BTreeMap::from([(org, content.level)]);
            let delegates = self.organisation(org).await?.map(|org| org.delegates).unwrap_or_default();
            levels.extend(delegates);
            for relay in notice.acknowledged_by.into_iter().chain(notice.reported_by) {
                levels.entry(relay).or_insert(content.level);
            }
            for (reader, level) in levels {
                let marks = Some(self.mark_key().copy(number, reader));
                let told = up_to(&content, level);
                sources.push(Source {
                    origin: Origin::Copy { notice: number, reader },
                    content: told,
                    marks,
                });
            }
            if drafts.insert(revision) {
                sources.push(Source { origin: Origin::Draft { revision }, content, marks: None });
            }
        }
        Ok(sources)
    }

    async fn trace_view(&self, sha256: String, found: Trace) -> Result<TraceView, AppError> {
        let compared = found.suspects.len();
        let reading = found.reading().as_str().to_owned();
        let lost = [(found.lost.gaps, "sentence-spaces"), (found.lost.unbroken, "unbroken-spaces")];
        let lost = lost.into_iter().filter(|(lost, _)| *lost).map(|(_, name)| name.to_owned()).collect();
        let mut suspects = Vec::new();
        for suspect in found.suspects.into_iter().take(MOST_LISTED) {
            suspects.push(self.suspect_view(suspect).await?);
        }
        let (unknown, by_chance) = (found.unknown, found.by_chance);
        Ok(TraceView { sha256, compared, suspects, unknown, by_chance, lost, reading })
    }

    async fn suspect_view(&self, suspect: Suspect) -> Result<SuspectView, AppError> {
        let Suspect { origin, agree, read, referenced, weight, share } = suspect;
        let (kind, notice, org) = match origin {
            Origin::Draft { .. } => ("draft", None, None),
            Origin::Copy { notice, reader } => ("copy", Some(notice.to_string()), Some(reader.to_string())),
        };
        let reader = match &org {
            Some(org) => Some(self.name_of(org).await?),
            None => None,
        };
        Ok(SuspectView { kind: kind.into(), reader, org, notice, agree, read, referenced, weight, share })
    }
}

fn up_to(content: &forewarn_core::case::Content, level: ContentLevel) -> forewarn_core::case::Content {
    let mut told = content.clone();
    told.level = told.level.min(level);
    told.mitigation = told.mitigation.filter(|_| told.level >= ContentLevel::Mitigation);
    told.detail = told.detail.filter(|_| told.level >= ContentLevel::Detail);
    told
}
