//! Findings, cases, notices.

use axum::Json;
use axum::extract::{Path, State};

use crate::app::views::{AlarmView, CaseView, FindingView, Page, PageRequest, PlanView};
use crate::app::{
    CaseAct, CaseDone, Evidence, ExposureView, FindingAct, NoticeStatus, OnCase, OnFinding, OpenCase,
    ProposalView, ReadView, Reply, SettleReading, Timeline, ToSign, TraceText, TraceView,
};
use crate::http::command::{Asked, Caller, Query};
use crate::http::{Problem, Shared};

/// Findings I may see, newest first.
#[utoipa::path(get, path = "/api/v1/findings", tag = "findings", params(PageRequest),
    responses((status = 200, body = Page<FindingView>)))]
pub async fn findings(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<FindingView>>, Problem> {
    Ok(Json(app.findings(&actor, &page).await?))
}

/// One finding.
#[utoipa::path(get, path = "/api/v1/findings/{id}", tag = "findings", params(("id" = String, Path)),
    responses((status = 200, body = FindingView), (status = 404, body = Problem)))]
pub async fn finding(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Json<FindingView>, Problem> {
    Ok(Json(app.finding(&actor, &id).await?))
}

/// Act on a finding.
#[utoipa::path(post, path = "/api/v1/findings/{id}/acts", tag = "findings", params(("id" = String, Path)),
    request_body = FindingAct, responses((status = 200), (status = 409, body = Problem)))]
pub async fn finding_act(
    State(app): State<Shared>,
    Path(id): Path<String>,
    asked: Asked<FindingAct>,
) -> Result<Reply, Problem> {
    Ok(app.execute(&asked.call, &OnFinding { id, act: asked.command }).await?)
}

/// Pairs of findings that may have one root cause, with the reasons; for a coordinator to accept or reject by an act on
/// the later finding.
#[utoipa::path(get, path = "/api/v1/proposals", tag = "findings", params(PageRequest),
    responses((status = 200, body = Page<ProposalView>)))]
pub async fn proposals(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<ProposalView>>, Problem> {
    Ok(Json(app.proposals(&actor, &page).await?))
}

/// Cases I may see, newest first.
#[utoipa::path(get, path = "/api/v1/cases", tag = "cases", params(PageRequest),
    responses((status = 200, body = Page<CaseView>)))]
pub async fn list(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<CaseView>>, Problem> {
    Ok(Json(app.cases(&actor, &page).await?))
}

/// Open a case from a finding.
#[utoipa::path(post, path = "/api/v1/cases", tag = "cases", request_body = OpenCase,
    responses((status = 201, body = CaseDone), (status = 404, body = Problem)))]
pub async fn open(State(app): State<Shared>, asked: Asked<OpenCase>) -> Result<Reply, Problem> {
    Ok(app.execute(&asked.call, &asked.command).await?)
}

/// One case, as far as I may see it.
#[utoipa::path(get, path = "/api/v1/cases/{id}", tag = "cases", params(("id" = String, Path)),
    responses((status = 200, body = CaseView), (status = 404, body = Problem)))]
pub async fn show(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Json<CaseView>, Problem> {
    Ok(Json(app.case(&actor, &id).await?))
}

/// Act on a case.
#[utoipa::path(post, path = "/api/v1/cases/{id}/acts", tag = "cases", params(("id" = String, Path)),
    request_body = CaseAct,
    responses((status = 200, body = CaseDone), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn act(
    State(app): State<Shared>,
    Path(id): Path<String>,
    asked: Asked<CaseAct>,
) -> Result<Reply, Problem> {
    Ok(app.execute(&asked.call, &OnCase { id, act: asked.command }).await?)
}

/// What I am asked to sign, to send with an approval.
#[utoipa::path(post, path = "/api/v1/cases/{id}/statements", tag = "cases", params(("id" = String, Path)),
    request_body = ToSign,
    responses((status = 200, body = Object), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn statement(
    State(app): State<Shared>,
    Path(case): Path<String>,
    asked: Asked<ToSign>,
) -> Result<Reply, Problem> {
    Ok(app.execute(&asked.call, &ToSign { case, ..asked.command }).await?)
}

/// Who runs what a case affects.
#[utoipa::path(get, path = "/api/v1/cases/{id}/exposure", tag = "cases", params(("id" = String, Path)),
    responses((status = 200, body = ExposureView), (status = 404, body = Problem)))]
pub async fn exposure(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Json<ExposureView>, Problem> {
    Ok(Json(app.case_exposure(&actor, &id).await?))
}

/// From whose copy of a notice a leaked text may come; the case's coordinators ask.
#[utoipa::path(post, path = "/api/v1/cases/{id}/traces", tag = "cases", params(("id" = String, Path)),
    request_body = TraceText,
    responses((status = 200, body = TraceView), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
pub async fn trace(
    State(app): State<Shared>,
    Path(id): Path<String>,
    asked: Asked<TraceText>,
) -> Result<Reply, Problem> {
    Ok(app.trace_text(&asked.call, id, asked.command).await?)
}

/// What is still before a case, and who is waited for.
#[utoipa::path(get, path = "/api/v1/cases/{id}/plan", tag = "cases", params(("id" = String, Path)),
    responses((status = 200, body = PlanView), (status = 404, body = Problem)))]
pub async fn plan(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Json<PlanView>, Problem> {
    Ok(Json(app.case_plan(&actor, &id).await?))
}

/// Cases in which something waits for too long, newest first.
#[utoipa::path(get, path = "/api/v1/alarms", tag = "cases", params(PageRequest),
    responses((status = 200, body = Page<AlarmView>)))]
pub async fn alarms(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<AlarmView>>, Problem> {
    Ok(Json(app.alarms(&actor, &page).await?))
}

/// How the notices of a case fare.
#[utoipa::path(get, path = "/api/v1/cases/{id}/notices", tag = "cases", params(("id" = String, Path), PageRequest),
    responses((status = 200, body = Page<NoticeStatus>), (status = 404, body = Problem)))]
pub async fn notices(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<NoticeStatus>>, Problem> {
    Ok(Json(app.notices_of_case(&actor, &id, &page).await?))
}

/// Who read a case and what belongs to it, newest first: for its coordinators all, for its finders what concerns their
/// report.
#[utoipa::path(get, path = "/api/v1/cases/{id}/reads", tag = "cases", params(("id" = String, Path), PageRequest),
    responses((status = 200, body = Page<ReadView>), (status = 404, body = Problem)))]
pub async fn reads(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<ReadView>>, Problem> {
    Ok(Json(app.case_reads(&actor, &id, &page).await?))
}

/// Who read a finding, newest first.
#[utoipa::path(get, path = "/api/v1/findings/{id}/reads", tag = "findings", params(("id" = String, Path), PageRequest),
    responses((status = 200, body = Page<ReadView>), (status = 404, body = Problem)))]
pub async fn finding_reads(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<ReadView>>, Problem> {
    Ok(Json(app.finding_reads(&actor, &id, &page).await?))
}

/// Say what came of an alarm about a member who reads more than is usual.
#[utoipa::path(post, path = "/api/v1/reading-alarms/{id}/settlement", tag = "cases", params(("id" = String, Path)),
    request_body = SettleReading,
    responses((status = 200), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn settle_reading(
    State(app): State<Shared>,
    Path(id): Path<String>,
    asked: Asked<SettleReading>,
) -> Result<Reply, Problem> {
    Ok(app.execute(&asked.call, &SettleReading { id, ..asked.command }).await?)
}

/// The timeline of a case, with each event's place in the log.
#[utoipa::path(get, path = "/api/v1/cases/{id}/timeline", tag = "cases", params(("id" = String, Path)),
    responses((status = 200, body = Timeline), (status = 404, body = Problem)))]
pub async fn timeline(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Json<Timeline>, Problem> {
    Ok(Json(app.timeline(&actor, &id).await?))
}

/// The events of a case with proofs, to be checked offline.
#[utoipa::path(get, path = "/api/v1/cases/{id}/evidence", tag = "cases", params(("id" = String, Path)),
    responses((status = 200, body = Evidence), (status = 404, body = Problem)))]
pub async fn evidence(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Json<Evidence>, Problem> {
    Ok(Json(app.evidence(&actor, &id).await?))
}
