//! The order of every scheme is a total order, whatever is written, and reading never panics.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod shared;

use std::cmp::Ordering;

use forewarn_exposure::{Scheme, Version};
use proptest::prelude::*;
use proptest::sample::select;
use shared::versions::texts;

/// Three readable versions of one scheme.
fn three() -> impl Strategy<Value = [(String, Version); 3]> {
    select(Scheme::ALL).prop_flat_map(|scheme| {
        let readable = texts(scheme).prop_filter_map("not a version", move |text| {
            scheme.parse(&text).ok().map(|version| (text, version))
        });
        prop::array::uniform3(readable)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn order_is_total([(_, a), (_, b), (_, c)] in three()) {
        prop_assert_eq!(a.cmp(&a), Ordering::Equal);
        prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
        prop_assert_eq!(a.partial_cmp(&b), Some(a.cmp(&b)));
        prop_assert_eq!(a == b, a.cmp(&b) == Ordering::Equal);
        if a <= b && b <= c {
            prop_assert!(a <= c);
            prop_assert_eq!(a == c, a == b && b == c);
        }
        if a == b {
            prop_assert_eq!(a.cmp(&c), b.cmp(&c));
        }
    }

    /// Lines of versions are intervals of the order, as `Version::comparable` promises.
    #[test]
    fn lines_are_neighbours([(_, a), (_, b), (_, c)] in three()) {
        prop_assert!(a.comparable(&a));
        prop_assert_eq!(a.comparable(&b), b.comparable(&a));
        if a.comparable(&b) {
            prop_assert_eq!(a.comparable(&c), b.comparable(&c));
            if a <= c && c <= b {
                prop_assert!(c.comparable(&a));
            }
        }
    }

    /// Two versions differ somewhere just when they are not the same, and the place shows two different things.
    #[test]
    fn what_decides_is_named([(_, a), (_, b), _] in three()) {
        let difference = a.difference(&b);
        prop_assert_eq!(difference.is_none(), a == b);
        if let Some(difference) = difference {
            prop_assert!(difference.left != difference.right);
            let back = b.difference(&a).unwrap();
            prop_assert_eq!((back.place, back.left, back.right), (difference.place, difference.right, difference.left));
        }
    }

    /// White space around a version says nothing; neither does case, in schemes that fold it.
    #[test]
    fn writing_does_not_matter([(text, version), _, _] in three()) {
        let scheme = version.scheme();
        prop_assert_eq!(scheme.parse(&format!(" {text}\t")).unwrap(), version.clone());
        if matches!(scheme, Scheme::Pep440 | Scheme::Maven | Scheme::Generic | Scheme::NuGet) {
            prop_assert_eq!(scheme.parse(&text.to_uppercase()).unwrap(), version);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>(), version_like in "[0-9a-zA-Z.+~:_ -]{0,40}") {
        for scheme in Scheme::ALL {
            for text in [&text, &version_like] {
                match scheme.parse(text) {
                    Ok(version) => prop_assert_eq!(scheme.compare(text, text), Ok(version.cmp(&version))),
                    Err(problem) => prop_assert!(!problem.to_string().is_empty()),
                }
            }
        }
    }
}

/// The versions that the strategies make are mostly readable, so that the laws are tested on something.
#[test]
fn strategies_make_versions() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for scheme in Scheme::ALL.iter().copied() {
        let strategy = texts(scheme);
        let read = (0..1_000)
            .filter(|_| {
                let text = strategy.new_tree(&mut runner).unwrap().current();
                scheme.parse(&text).is_ok()
            })
            .count();
        println!("{scheme}: {read} of 1000 are read");
        assert!(read > 700, "{scheme}: only {read} of 1000 are read");
    }
}
