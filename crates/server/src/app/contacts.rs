//! How an organisation is reached outside the service, and who acts for it. Its own administrators say.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_core::access::{Act, Actor, Filter, Role, Scope};
use forewarn_core::aggregate::Category;
use forewarn_core::ids::OrgId;
use forewarn_core::party::{self, Command, Contacts, Organisation, QuietHours, Way, Webhook};
use forewarn_core::sharing::ContentLevel;
use forewarn_store::Query;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::walk::Pages;
use super::{App, AppError, Moment, Plan, UseCase};
use crate::outgoing::webhook;

/// How an organisation is reached. What is left out is taken away.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetContacts {
    /// Organisation.
    #[serde(skip)]
    pub org: String,
    /// Mail address of the first contact.
    #[serde(default)]
    pub mail: Option<String>,
    /// Mail address of the second contact, told when the first does not answer.
    #[serde(default)]
    pub second_mail: Option<String>,
    /// Whom to call, in the order in which to try; words for a person who dials.
    #[serde(default)]
    pub phones: Vec<String>,
    /// URL of a webhook (<https://www.standardwebhooks.com>).
    #[serde(default)]
    pub webhook: Option<String>,
    /// When messages that are not of the top tier wait.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub quiet: Option<QuietHours>,
    /// Which way is tried first: `webhook`, `mail` or `second-mail`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub preferred: Option<Way>,
    /// Draw a new signing secret for the webhook.
    #[serde(default)]
    pub new_secret: bool,
}

/// Answer to [`SetContacts`].
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ContactsDone {
    /// The webhook's signing secret, where a new one was drawn. It is shown this once.
    pub secret: Option<String>,
}

/// How an organisation is reached, for its own administrators.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ContactsView {
    /// Mail address of the first contact.
    pub mail: Option<String>,
    /// Mail address of the second contact.
    pub second_mail: Option<String>,
    /// Whom to call.
    pub phones: Vec<String>,
    /// URL of the webhook.
    pub webhook: Option<String>,
    /// Since when the webhook takes nothing.
    #[schema(value_type = Option<String>)]
    pub webhook_failing_since: Option<Timestamp>,
    /// Since when the webhook is not tried any more; setting the contacts again turns it on.
    #[schema(value_type = Option<String>)]
    pub webhook_disabled_at: Option<Timestamp>,
    /// When messages that are not of the top tier wait.
    #[schema(value_type = Option<Object>)]
    pub quiet: Option<QuietHours>,
    /// Which way is tried first.
    #[schema(value_type = Option<String>)]
    pub preferred: Option<Way>,
    /// Relays that act for it.
    pub delegates: Vec<DelegateView>,
}

/// A relay that acts for an organisation.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DelegateView {
    /// Id of the relay.
    pub relay: String,
    /// Its name.
    pub name: String,
    /// Up to which content level it reads.
    pub level: String,
}

/// Name a relay that acts for an organisation, or take that back.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "act", rename_all = "kebab-case", deny_unknown_fields)]
pub enum DelegateAct {
    /// The relay sees the organisation's notices and may acknowledge them and report on them.
    Name {
        /// Id of the relay.
        relay: String,
        /// Up to which level it reads: `existence`, `mitigation`, `detail` or `proof-of-concept`.
        #[schema(value_type = String)]
        level: ContentLevel,
    },
    /// From now on it does not.
    Remove {
        /// Id of the relay.
        relay: String,
    },
}

/// A [`DelegateAct`] of one organisation.
pub struct OnDelegates {
    /// Which organisation.
    pub org: String,
    /// What.
    pub act: DelegateAct,
}

impl SetContacts {
    fn contacts(&self, before: &Contacts, moment: &mut Moment<'_>) -> Contacts {
        let kept = before.webhook.as_ref().filter(|_| !self.new_secret);
        let webhook = self
            .webhook
            .clone()
            .map(|url| Webhook { secret: kept.map_or_else(|| moment.uuid(), |kept| kept.secret), url });
        Contacts {
            mail: self.mail.clone(),
            second_mail: self.second_mail.clone(),
            phones: self.phones.clone(),
            webhook,
            quiet: self.quiet.clone(),
            preferred: self.preferred,
        }
    }
}

impl UseCase for SetContacts {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let org = app.visible::<Organisation>(&self.org, moment.actor, Act::SeeContacts).await?;
        if let Some(url) = &self.webhook {
            check_url(url)?;
        }
        let contacts = self.contacts(&org.contacts, moment);
        let fresh = contacts.webhook.as_ref().map(|hook| hook.secret);
        let fresh =
            fresh.filter(|fresh| org.contacts.webhook.as_ref().is_none_or(|old| old.secret != *fresh));
        let secret = fresh.map(|name| webhook::written(&webhook::secret(&app.settings.log_key, name)));
        let events = party::decide(&org, Command::SetContacts { contacts }, &moment.facts())?;
        let mut plan = Plan::answer(200, &ContactsDone { secret })?;
        plan.remember(&ContactsDone { secret: None })?;
        if let Some(id) = org.id {
            app.ask_again(moment, &mut plan, id).await?;
        }
        plan.append::<Organisation>(moment, &self.org, org.version(), events)?;
        Ok(plan)
    }
}

fn check_url(text: &str) -> Result<(), AppError> {
    let url = url::Url::parse(text).ok();
    let bare = url.is_some_and(|url| url.username().is_empty() && url.password().is_none() && url.has_host());
    if bare {
        return Ok(());
    }
    let message = "give an https URL with a host and without user and password";
    Err(AppError::Invalid { place: "/webhook".into(), message: message.into() })
}

impl UseCase for OnDelegates {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let org = app.visible::<Organisation>(&self.org, moment.actor, Act::SeeContacts).await?;
        let id = |text: &str| {
            text.parse::<OrgId>()
                .map_err(|_| AppError::Invalid { place: "/relay".into(), message: "is not an id".into() })
        };
        let command = match &self.act {
            DelegateAct::Name { relay, level } => {
                let relay = app.organisation(id(relay)?).await?.unwrap_or_default();
                Command::NameDelegate { relay: Box::new(relay), level: *level }
            }
            DelegateAct::Remove { relay } => Command::RemoveDelegate { relay: id(relay)? },
        };
        let events = party::decide(&org, command, &moment.facts())?;
        let mut plan = Plan::answer(200, &serde_json::json!({}))?;
        plan.append::<Organisation>(moment, &self.org, org.version(), events)?;
        Ok(plan)
    }
}

impl App {
    /// How an organisation is reached.
    ///
    /// # Errors
    /// [`forewarn_core::Refusal::NotFound`] when it is not there or not the actor's own.
    pub async fn contacts(&self, actor: &Actor, id: &str) -> Result<ContactsView, AppError> {
        let org = self.visible::<Organisation>(id, actor, Act::SeeContacts).await?;
        let mut delegates = Vec::with_capacity(org.delegates.len());
        for (relay, level) in &org.delegates {
            delegates.push(DelegateView {
                relay: relay.to_string(),
                name: self.name_of(&relay.to_string()).await?,
                level: level.as_str().to_owned(),
            });
        }
        let Contacts { mail, second_mail, phones, webhook, quiet, preferred } = org.contacts.clone();
        Ok(ContactsView {
            mail,
            second_mail,
            phones,
            webhook: webhook.map(|webhook| webhook.url),
            webhook_failing_since: org.webhook.failing_since,
            webhook_disabled_at: org.webhook.disabled_at,
            quiet,
            preferred,
            delegates,
        })
    }

    /// For whom a relay's member acts: asked anew for each request, so that what is taken back is gone at once.
    pub(super) async fn acts_for(
        &self,
        org: OrgId,
        roles: &BTreeSet<Role>,
        scopes: &BTreeSet<Scope>,
    ) -> Result<BTreeMap<OrgId, ContentLevel>, AppError> {
        if !roles.contains(&Role::Relay) || !scopes.contains(&Scope::Notices) {
            return Ok(BTreeMap::new());
        }
        let mut query = Query::new(Category::Organisation, Filter::Everything, 500);
        query.key = Some(("delegate".into(), org.to_string()));
        let mut named = BTreeMap::new();
        let mut pages = Pages::new(query);
        while let Some(page) = pages.next(self.store.as_ref()).await? {
            for document in page {
                let operator: Organisation = serde_json::from_slice(&document.doc)
                    .map_err(|_| AppError::Internal("organisation shape"))?;
                if let (Some(id), Some(level)) = (operator.id, operator.delegates.get(&org)) {
                    named.insert(id, *level);
                }
            }
        }
        Ok(named)
    }
}
