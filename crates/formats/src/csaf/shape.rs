//! Texts that the schema of CSAF 2.0 wants in a certain form.

/// One line that neither starts nor ends in white space once trimmed, whatever a reader takes for a line end.
pub(super) fn is_line(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}'))
}

/// A CVE id: a year of four digits, a number of four or more.
pub(super) fn is_cve(text: &str) -> bool {
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    text.strip_prefix("CVE-")
        .and_then(|rest| rest.split_once('-'))
        .is_some_and(|(year, number)| year.len() == 4 && digits(year) && number.len() >= 4 && digits(number))
}

/// A language tag (BCP 47) of language, script and region, which is all that an advisory needs.
pub(super) fn is_language(text: &str) -> bool {
    let letters = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphabetic());
    let mut parts = text.split('-').peekable();
    let language = parts.next().is_some_and(|part| matches!(part.len(), 2 | 3) && letters(part));
    parts.next_if(|part| part.len() == 4 && letters(part));
    parts.next_if(|part| {
        let number = part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit());
        number || (part.len() == 2 && letters(part))
    });
    language && parts.next().is_none()
}

/// An absolute `http` or `https` address as RFC 3986 writes it, the host by name or IPv4 number.
pub(super) fn is_address(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else {
        return false;
    };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
    let label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?%".contains(&byte);
    let (before, fragment) = path.split_once('#').unwrap_or((path, ""));
    host.split('.').all(label)
        && port.bytes().all(|byte| byte.is_ascii_digit())
        && before.bytes().chain(fragment.bytes()).all(allowed)
        && path
            .split('%')
            .skip(1)
            .all(|rest| rest.len() >= 2 && rest.bytes().take(2).all(|byte| byte.is_ascii_hexdigit()))
}
