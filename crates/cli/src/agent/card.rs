//! The action card of a notice, for people: what, where, what to do now, by when. As text and as a page.

use forewarn_core::inert::inert;
use forewarn_core::sharing::ExposureLine;
use maud::{DOCTYPE, Markup, html};

use super::folder::{Folder, Profile};
use super::open::{Opened, open};
use super::{folder, now};
use crate::bad_input::BadInput;
use crate::offline_match::{Held, Hit};

/// What a card is made of.
pub struct Card<'a> {
    /// Who the agent is.
    pub profile: &'a Profile,
    /// The notice.
    pub opened: &'a Opened,
    /// What was looked at.
    pub held: &'a Held,
    /// Where it is on one's own machines.
    pub hits: &'a [Hit],
}

struct Part {
    heading: &'static str,
    lines: Vec<String>,
}

/// Text from others, as it may be shown.
fn plain(text: &str) -> String {
    inert(text).into_owned()
}

fn text_lines(text: &str) -> Vec<String> {
    plain(text).lines().map(str::to_owned).collect()
}

impl Card<'_> {
    fn title(&self) -> String {
        let text = &self.opened.text;
        let title = text.content.as_ref().and_then(|content| content.title.as_deref());
        plain(title.unwrap_or("A vulnerability in software that you run"))
    }

    fn embargo(&self) -> String {
        match &self.opened.text.embargo {
            Some(embargo) if embargo.state == "public" => "PUBLIC: the embargo is over".into(),
            Some(embargo) => format!(
                "EMBARGOED until {}, TLP:{}. Do not pass this on.",
                plain(&embargo.release_local),
                plain(&embargo.tlp)
            ),
            None => "EMBARGOED. Do not pass this on.".into(),
        }
    }

    fn places(&self) -> Vec<String> {
        let hit = |hit: &Hit| {
            let version = hit.version.as_deref().unwrap_or("version not known");
            plain(&format!(
                "{}: {} {version} (affected: {}; {})",
                hit.inventory,
                hit.component,
                hit.range,
                hit.confidence.as_str()
            ))
        };
        let mut lines: Vec<String> = self.hits.iter().map(hit).collect();
        if lines.is_empty() {
            lines.push(format!(
                "Nothing was found in the {} inventories with {} components that this agent looked at.",
                self.held.inventories(),
                self.held.components()
            ));
        }
        let pushed = |line: &ExposureLine| {
            let version = line.version.as_deref().unwrap_or("version not known");
            plain(&format!("in the inventory that you pushed, {}: {} {version}", line.asset, line.component))
        };
        lines.extend(self.opened.text.exposure.iter().map(pushed));
        lines
    }

    fn to_do(&self) -> Vec<String> {
        let Some(content) = &self.opened.text.content else {
            return vec![
                "Accept the embargo terms first, on the service's page or with `forewarn notices terms`. A person has to \
                 do that."
                    .into(),
            ];
        };
        let mut lines = match &content.mitigation {
            Some(words) => text_lines(words),
            None => vec!["You are told that this exists. Instructions follow in a later notice.".into()],
        };
        if !content.fixed_in.is_empty() {
            lines.push(plain(&format!("Fixed in: {}", content.fixed_in.join(", "))));
        }
        lines
    }

    fn parts(&self) -> Vec<Part> {
        let text = &self.opened.text;
        let due = text.due_at.map(|due| format!("Acknowledge by {due}."));
        let release = text.embargo.as_ref().filter(|embargo| embargo.state != "public");
        let release =
            release.map(|embargo| format!("Be done before it is public: {}.", plain(&embargo.release_local)));
        let urgent = text.urgent.then(|| "Urgent: do it now.".to_owned());
        let mut parts = vec![
            Part { heading: "Where on your machines", lines: self.places() },
            Part { heading: "What to do now", lines: self.to_do() },
            Part { heading: "By when", lines: urgent.into_iter().chain(due).chain(release).collect() },
        ];
        if let Some(detail) = text.content.as_ref().and_then(|content| content.detail.as_deref()) {
            parts.push(Part { heading: "What it is", lines: text_lines(detail) });
        }
        let content = text.content.as_ref();
        if let Some((handling, reference)) =
            content.and_then(|content| content.handling.as_ref().zip(content.reference.as_ref()))
        {
            let mut lines = text_lines(handling);
            lines.push(plain(&format!("Reference of this copy: {reference}")));
            parts.push(Part { heading: "Handling", lines });
        }
        let Opened { attested, approved_at, approved_by, log_size, .. } = self.opened;
        parts.push(Part {
            heading: "How this was checked",
            lines: vec![
                format!(
                    "Signed by the clearinghouse for {}, revision {}.",
                    plain(&text.recipient),
                    attested.revision
                ),
                format!("Approved {approved_at} by {}.", plain(approved_by)),
                format!("Approval and notice are in the log of {log_size} entries."),
            ],
        });
        parts
    }

    /// As text.
    pub fn text(&self) -> String {
        let text = &self.opened.text;
        let mut out = format!(
            "{}\n\n{}\nReference {} for {}\n",
            self.embargo(),
            self.title(),
            plain(&text.number),
            plain(&self.profile.name)
        );
        for Part { heading, lines } in self.parts() {
            out.push_str(&format!("\n{}\n", heading.to_uppercase()));
            lines.iter().for_each(|line| out.push_str(&format!("  {line}\n")));
        }
        out
    }

    /// As a page, which loads nothing from anywhere.
    pub fn page(&self) -> String {
        let text = &self.opened.text;
        let part = |Part { heading, lines }: Part| -> Markup {
            html! { section { h2 { (heading) } @for line in &lines { p { (line) } } } }
        };
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (self.title()) }
                    style { "body{font:1rem/1.5 sans-serif;max-width:45rem;margin:2rem auto;padding:0 1rem}p{margin:.3rem 0}.e{font-weight:bold}" }
                }
                body {
                    p .e { (self.embargo()) }
                    h1 { (self.title()) }
                    p { "Reference " (text.number) " for " (self.profile.name) }
                    @for one in self.parts() { (part(one)) }
                }
            }
        }
        .into_string()
    }

    /// Writes both into the folder.
    pub fn write(&self, into: &Folder) -> anyhow::Result<std::path::PathBuf> {
        let path = into.card(&self.opened.text.number, &self.opened.attested.notice)?;
        let text = path.with_extension("txt");
        folder::write(&text, self.text().as_bytes())?;
        folder::write(&path.with_extension("html"), self.page().as_bytes())?;
        Ok(text)
    }
}

/// Prints everything that a notice says, how it is triggered too, which no card has.
///
/// # Errors
/// When it was not fetched, or does not prove right.
pub fn show(folder: &Folder, notice: &str) -> anyhow::Result<()> {
    let file = folder.sealed(notice)?;
    let file = file.ok_or_else(|| BadInput::new("this notice was not fetched; see forewarn agent status"))?;
    let device = folder.device()?;
    let opened = open(&folder.profile, &[&device], (notice, 0), &file, now())?;
    let (held, _) = Held::local(&[], &crate::inventory::ReadingArguments::default(), vec![]);
    print!("{}", Card { profile: &folder.profile, opened: &opened, held: &held, hits: &[] }.text());
    if let Some(proof) = opened.text.content.as_ref().and_then(|content| content.proof_of_concept.as_deref())
    {
        println!("\nHOW IT IS TRIGGERED");
        text_lines(proof).iter().for_each(|line| println!("  {line}"));
    }
    Ok(())
}
