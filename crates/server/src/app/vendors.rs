//! How a vendor takes part and how it is reached, said by itself or written down by a coordinator.

use forewarn_core::access::Act;
use forewarn_core::party::{self, Command, Organisation, SecurityContact, VendorMode};
use forewarn_formats::security_txt;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::views::CaseView;
use super::{App, AppError, Moment, Plan, UseCase};

/// Say how a vendor takes part.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetVendorMode {
    /// Organisation.
    #[serde(skip)]
    pub org: String,
    /// `verified-only`, `firehose`, `public-only` or `none`.
    #[schema(value_type = String)]
    pub mode: VendorMode,
}

/// Write down what an organisation's security.txt says.
pub struct SetSecurityTxt {
    org: String,
    contact: SecurityContact,
    passed_over: Vec<String>,
}

/// Answer to a security.txt that was handed in.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SecurityTxtDone {
    /// Contacts, the preferred one first.
    pub contacts: Vec<String>,
    /// Until when they are used.
    #[schema(value_type = String)]
    pub expires: jiff::Timestamp,
    /// The address that mails go to while the organisation sets no contact of its own here; `null` when there is none.
    pub mail: Option<String>,
    /// Lines that could not be used.
    pub passed_over: Vec<String>,
}

impl SetSecurityTxt {
    /// Reads the file.
    ///
    /// # Errors
    /// [`AppError::Invalid`] with the line.
    pub fn read(org: String, bytes: &[u8]) -> Result<Self, AppError> {
        let read = security_txt::read(bytes)?;
        let passed_over = read.passed_over.iter().map(ToString::to_string).collect();
        Ok(Self { org, contact: read.contact, passed_over })
    }
}

impl UseCase for SetVendorMode {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let org = app.visible::<Organisation>(&self.org, moment.actor, Act::SeeOrganisation).await?;
        let events = party::decide(&org, Command::SetVendorMode { mode: self.mode }, &moment.facts())?;
        let mut plan = Plan::answer(200, &serde_json::json!({ "mode": self.mode }))?;
        plan.append::<Organisation>(moment, &self.org, org.version(), events)?;
        Ok(plan)
    }
}

impl UseCase for SetSecurityTxt {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let org = app.visible::<Organisation>(&self.org, moment.actor, Act::SeeOrganisation).await?;
        let contact = self.contact.clone();
        let done = SecurityTxtDone {
            contacts: contact.contacts.clone(),
            expires: contact.expires,
            mail: contact.mail(moment.now).map(str::to_owned),
            passed_over: self.passed_over.clone(),
        };
        let events = party::decide(&org, Command::SetSecurityContact { contact }, &moment.facts())?;
        let mut plan = Plan::answer(200, &done)?;
        if let Some(id) = org.id {
            app.ask_again(moment, &mut plan, id).await?;
        }
        plan.append::<Organisation>(moment, &self.org, org.version(), events)?;
        Ok(plan)
    }
}

impl App {
    /// Adds to each vendor that the reader sees as a coordinator how it takes part, and how it is reached by hand.
    pub(super) async fn show_contacts(&self, view: &mut CaseView) -> Result<(), AppError> {
        let now = self.ambient.now();
        let Some(parties) = view.parties.as_mut() else { return Ok(()) };
        for vendor in &mut parties.vendors {
            let Ok(id) = vendor.org.id.parse() else { continue };
            let Some(org) = self.organisation(id).await? else { continue };
            vendor.mode = Some(org.profile.vendor_mode.as_str().to_owned());
            let Some(contact) = org.security_contact else { continue };
            vendor.contact_is_stale = !contact.holds(now);
            vendor.contacts = contact.contacts;
        }
        Ok(())
    }
}
