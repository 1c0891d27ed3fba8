//! Names of functions, made alike across compilers, languages and tools.

use super::hash::Name;

/// Longest name read, in bytes: a demangled template can be very long, and a mangled one can unfold.
const LONGEST: usize = 2048;

/// The function a name stands for: `ns::Reader<int>::read(char const*) const [clone .isra.0]` is `reader`, `read`.
pub(super) fn function(name: &str) -> Option<Name> {
    let parts = parts(name);
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    Name::of(&parts)
}

/// The name's parts from the outside in, in lower case, without arguments, templates, closures and clone suffixes.
pub(super) fn parts(name: &str) -> Vec<String> {
    let name = name.trim();
    if name.is_empty() || name.len() > LONGEST {
        return Vec::new();
    }
    let plain = demangled(name);
    let mut plain = plain.as_str();
    // A Go path's dots and slashes are not part of the function: `github.com/a/b.(*T).F`.
    if let Some((head, tail)) = plain.rsplit_once('/')
        && !head.contains(['(', '<', ' '])
    {
        plain = tail;
    }
    let bare = if plain.contains('(') {
        bare(&plain.replace("(anonymous namespace)", "").replace("operator()", "operator_call"))
    } else {
        bare(plain)
    };
    let bare = without_suffix(&bare);
    let word = bare.rsplit(char::is_whitespace).next().unwrap_or(bare);
    let word = word.trim_start_matches(['*', '&', '~']);
    let mut parts: Vec<String> =
        word.split([':', '.', '#', '$']).filter(|part| is_name(part)).map(str::to_lowercase).collect();
    // One name with nothing but closures and clones around it.
    if parts.len() > 2 {
        parts.drain(..parts.len() - 2);
    }
    parts
}

/// What compilers add: numbers, clone suffixes, closures.
fn is_name(part: &str) -> bool {
    const ADDED: &[&str] =
        &["isra", "part", "constprop", "cold", "llvm", "lto_priv", "lambda", "closure", "clone"];
    let numbered =
        part.strip_prefix("func").is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    let hash = part.len() == 17 && part.starts_with('h') && part[1..].bytes().all(|b| b.is_ascii_hexdigit());
    !part.is_empty()
        && !part.bytes().all(|b| b.is_ascii_digit() || b == b'_')
        && !ADDED.contains(&part)
        && !numbered
        && !hash
}

fn demangled(name: &str) -> String {
    if name.starts_with("_Z") || name.starts_with("__Z") {
        // The old Rust scheme is a C++ name with a hash at its end.
        if let Ok(rust) = rustc_demangle::try_demangle(name) {
            return format!("{rust:#}");
        }
        let options = cpp_demangle::DemangleOptions::new().no_params().no_return_type().recursion_limit(64);
        let symbol = cpp_demangle::Symbol::new(name).ok();
        return symbol
            .and_then(|s| s.demangle_with_options(&options).ok())
            .unwrap_or_else(|| name.to_owned());
    }
    match rustc_demangle::try_demangle(name) {
        Ok(rust) => format!("{rust:#}"),
        Err(_) => name.to_owned(),
    }
}

/// The text outside of brackets. A bracket at the start, as in Rust's `<Reader as Read>::read` and Go's `(*T).F`,
/// is the type itself.
fn bare(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut depth = 0_u32;
    let mut keep_inner = false;
    for (at, c) in name.char_indices() {
        match c {
            '<' | '(' | '[' | '{' => {
                let operator = out.ends_with("operator") || out.ends_with("operator<");
                if operator && c == '<' {
                    out.push('<');
                    continue;
                }
                let receiver = c == '(' && out.ends_with('.');
                if depth == 0 && ((at == 0 && c == '<') || receiver) {
                    keep_inner = true;
                }
                depth += 1;
            }
            '>' | ')' | ']' | '}' => {
                depth = depth.saturating_sub(1);
                keep_inner &= depth > 0;
            }
            ' ' if keep_inner => keep_inner = false,
            '*' | '&' if keep_inner => {}
            _ if depth == 0 || (keep_inner && depth == 1) => out.push(c),
            _ => {}
        }
    }
    out
}

/// Java and GDB write arguments after a space, C++ writes qualifiers.
fn without_suffix(name: &str) -> &str {
    let mut name = name;
    for suffix in [" const", " volatile", " noexcept", "@plt"] {
        name = name.trim_end().trim_end_matches(suffix);
    }
    name.split_once("@@").map_or(name, |(head, _)| head).trim()
}
