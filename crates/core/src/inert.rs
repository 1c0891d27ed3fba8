//! Text of others, fit to be shown.

use std::borrow::Cow;

use serde_json::Value;

/// The same text with U+FFFD for what would act on a screen rather than be read: control characters other than tab and
/// end of line (a terminal takes some for commands), and those that change the direction of what stands around (UAX #9;
/// "Trojan Source", CVE-2021-42574). Marks of direction that only name their own place stay, as Arabic and Hebrew text
/// needs them.
pub fn inert(text: &str) -> Cow<'_, str> {
    if text.chars().any(acts) {
        Cow::Owned(text.chars().map(|c| if acts(c) { '\u{fffd}' } else { c }).collect())
    } else {
        Cow::Borrowed(text)
    }
}

fn acts(c: char) -> bool {
    let control = c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    control || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

/// Every text of a JSON value made [`inert`]. The depth is that of the value, which its parser has bounded.
pub fn inert_value(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Cow::Owned(shown) = inert(text) {
                *text = shown;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(inert_value),
        Value::Object(members) => members.values_mut().for_each(inert_value),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_replaced_and_what_is_read_stays() {
        for (given, shown) in [
            ("plain\ttext\r\n", "plain\ttext\r\n"),
            ("a\u{1b}]0;title\u{7}b", "a\u{fffd}]0;title\u{fffd}b"),
            ("\u{9b}2J", "\u{fffd}2J"),
            ("allow \u{202e}ton od\u{202c}", "allow \u{fffd}ton od\u{fffd}"),
            ("\u{2066}x\u{2069}", "\u{fffd}x\u{fffd}"),
            ("\u{200f}שלום\u{200e} 👩\u{200d}🔧 é", "\u{200f}שלום\u{200e} 👩\u{200d}🔧 é"),
            ("\0", "\u{fffd}"),
        ] {
            assert_eq!(inert(given), shown);
        }
        let mut value = serde_json::json!({ "a": ["\u{1b}[2J", 1, { "b": "\u{202e}" }] });
        inert_value(&mut value);
        assert_eq!(value, serde_json::json!({ "a": ["\u{fffd}[2J", 1, { "b": "\u{fffd}" }] }));
    }
}
