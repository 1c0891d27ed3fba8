//! The parts of SARIF 2.1.0 that are read; the rest may be anything.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::json::or_default;

macro_rules! shapes {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $kind:ty),* $(,)? })+) => { $(
        $(#[$doc])*
        #[derive(Deserialize, Default)]
        #[serde(rename_all = "camelCase", default)]
        pub(super) struct $name {
            $(#[serde(deserialize_with = "or_default")] pub $field: $kind,)*
        }
    )+ };
}

shapes! {
    Tool { driver: Component, extensions: Vec<Component> }
    Component { name: String, version: Option<String>, semantic_version: Option<String>, rules: Vec<Rule> }
    Text { text: Option<String>, markdown: Option<String>, id: Option<String>, arguments: Vec<String> }
    Relationship { target: Reference }
    Reference { id: Option<String>, index: Option<i64>, tool_component: Option<ComponentReference> }
    ComponentReference { name: Option<String>, index: Option<i64> }
    Taxonomy { name: String }
    Origin { repository_uri: Option<String>, revision_id: Option<String>, revision_tag: Option<String> }
    Automation { id: Option<String>, guid: Option<String> }
    Artifact { location: FilePlace }
    FilePlace { uri: Option<String>, index: Option<i64> }
    Place { physical_location: Option<Physical>, logical_locations: Vec<Logical>, message: Option<Text> }
    Physical { artifact_location: FilePlace, region: Option<Region> }
    Region { start_line: Option<u32>, end_line: Option<u32> }
    Logical { name: Option<String>, fully_qualified_name: Option<String>, index: Option<i64>, kind: Option<String> }
    Stack { message: Option<Text>, frames: Vec<Frame> }
    Frame { location: Option<Place>, module: Option<String> }
    Flow { thread_flows: Vec<ThreadFlow> }
    ThreadFlow { locations: Vec<Passage> }
    Passage { location: Option<Place> }
    Fix { artifact_changes: Vec<Change> }
    Change { artifact_location: FilePlace, replacements: Vec<Replacement> }
    Replacement { deleted_region: Region, inserted_content: Option<Inserted> }
    Inserted { text: Option<String> }
    Suppression { status: Option<String> }
    Configuration { level: Option<String> }
}

/// A whole document.
#[derive(Deserialize)]
pub(super) struct Log {
    pub runs: Vec<Run>,
}

/// One run of a tool.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Run {
    pub tool: Tool,
    #[serde(default, deserialize_with = "or_default")]
    pub results: Vec<Outcome>,
    #[serde(default, deserialize_with = "or_default")]
    pub taxonomies: Vec<Taxonomy>,
    #[serde(default, deserialize_with = "or_default")]
    pub version_control_provenance: Vec<Origin>,
    #[serde(default, deserialize_with = "or_default")]
    pub automation_details: Option<Automation>,
    #[serde(default, deserialize_with = "or_default")]
    pub artifacts: Vec<Artifact>,
    #[serde(default, deserialize_with = "or_default")]
    pub logical_locations: Vec<Logical>,
    #[serde(default, deserialize_with = "or_default")]
    pub properties: Bag,
}

/// One result.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Outcome {
    pub message: Text,
    #[serde(default, deserialize_with = "or_default")]
    pub rule_id: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub rule_index: Option<i64>,
    #[serde(default, deserialize_with = "or_default")]
    pub rule: Option<Reference>,
    #[serde(default, deserialize_with = "or_default")]
    pub kind: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub level: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub guid: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub locations: Vec<Place>,
    #[serde(default, deserialize_with = "or_default")]
    pub related_locations: Vec<Place>,
    #[serde(default, deserialize_with = "or_default")]
    pub stacks: Vec<Stack>,
    #[serde(default, deserialize_with = "or_default")]
    pub code_flows: Vec<Flow>,
    #[serde(default, deserialize_with = "or_default")]
    pub fixes: Vec<Fix>,
    #[serde(default, deserialize_with = "or_default")]
    pub taxa: Vec<Reference>,
    #[serde(default, deserialize_with = "or_default")]
    pub suppressions: Vec<Suppression>,
    #[serde(default, deserialize_with = "or_default")]
    pub hosted_viewer_uri: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub work_item_uris: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub properties: Bag,
}

/// A rule of a tool.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rule {
    pub id: String,
    #[serde(default, deserialize_with = "or_default")]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub short_description: Option<Text>,
    #[serde(default, deserialize_with = "or_default")]
    pub full_description: Option<Text>,
    #[serde(default, deserialize_with = "or_default")]
    pub help: Option<Text>,
    #[serde(default, deserialize_with = "or_default")]
    pub help_uri: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub message_strings: BTreeMap<String, Text>,
    #[serde(default, deserialize_with = "or_default")]
    pub relationships: Vec<Relationship>,
    #[serde(default, deserialize_with = "or_default")]
    pub default_configuration: Option<Configuration>,
    #[serde(default, deserialize_with = "or_default")]
    pub properties: Bag,
}

/// A property bag: whatever a tool adds. Only well-typed values of known names count.
#[derive(Default)]
pub(super) struct Bag {
    pub tags: Vec<String>,
    pub security_severity: Option<Value>,
    pub model: Option<String>,
    pub model_version: Option<String>,
    pub harness: Option<String>,
    pub human_checked: Option<bool>,
    pub purl: Option<String>,
}

impl<'de> Deserialize<'de> for Bag {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut all = BTreeMap::<String, Value>::deserialize(deserializer)?;
        let tags = match all.remove("tags") {
            Some(Value::Array(tags)) => tags,
            _ => Vec::new(),
        };
        let text = |name: &str| all.get(name).and_then(Value::as_str).map(str::to_owned);
        Ok(Self {
            tags: tags.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            security_severity: all.get("security-severity").cloned(),
            model: text("model"),
            model_version: text("modelVersion"),
            harness: text("harness"),
            human_checked: all.get("humanChecked").and_then(Value::as_bool),
            purl: text("purl"),
        })
    }
}

impl Outcome {
    /// Whether the tool says that there is a problem and nobody has suppressed it.
    pub fn is_problem(&self) -> bool {
        let kind = self.kind.as_deref().unwrap_or("fail");
        // A suppression counts unless it is under review or was rejected (SARIF 2.1.0, 3.35.3).
        let counts = |one: &Suppression| !matches!(one.status.as_deref(), Some("underReview" | "rejected"));
        let suppressed = !self.suppressions.is_empty() && self.suppressions.iter().all(counts);
        matches!(kind, "fail" | "open" | "review") && !suppressed
    }
}

impl Text {
    /// The plain text, or else the Markdown.
    pub fn plain(&self) -> Option<&str> {
        self.text.as_deref().or(self.markdown.as_deref()).filter(|text| !text.trim().is_empty())
    }
}

impl Rule {
    /// What it is about, the shortest first.
    pub fn texts(&self) -> Vec<&str> {
        let texts = [&self.short_description, &self.full_description];
        let mut found: Vec<&str> = texts.into_iter().flatten().filter_map(Text::plain).collect();
        if found.is_empty() {
            found.extend(self.name.as_deref());
        }
        found
    }

    /// What to do about it.
    pub fn help_text(&self) -> Option<&str> {
        self.help.as_ref().and_then(Text::plain)
    }

    /// Level of its results that have none of their own.
    pub fn level(&self) -> Option<&str> {
        self.default_configuration.as_ref().and_then(|one| one.level.as_deref())
    }
}
