//! Makes any text fit to be a rejection's reason: a metric label, and an attribute of a dead letter.

use std::borrow::Cow;

/// A reason has at most so many characters.
pub const MAX_REASON_CHARS: usize = 64;
/// What a reason without a character is called.
const UNNAMED: &str = "unnamed";

/// Cuts the reason to 64 characters of `[a-z0-9-_.]`. Capitals become small, and others become `-`.
/// A reason that is valid comes back as it is, without an allocation.
pub(crate) fn valid(reason: Cow<'static, str>) -> Cow<'static, str> {
    if reason.is_empty() {
        return UNNAMED.into();
    }
    if reason.len() <= MAX_REASON_CHARS && reason.chars().all(is_valid) {
        return reason;
    }
    let small = reason.chars().take(MAX_REASON_CHARS).map(|character| character.to_ascii_lowercase());
    small.map(|character| if is_valid(character) { character } else { '-' }).collect::<String>().into()
}

fn is_valid(character: char) -> bool {
    matches!(character, 'a'..='z' | '0'..='9' | '-' | '_' | '.')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_valid_reason_stays_as_it_is_and_others_are_made_valid() {
        let made = |reason: &'static str| valid(reason.into());
        assert!(matches!(made("no-seat_4.2"), Cow::Borrowed("no-seat_4.2")));
        assert_eq!(made("No Seat: \u{e4}\n\"{}"), "no-seat-------");
        assert_eq!(made(""), "unnamed");
    }

    proptest! {
        #[test]
        fn any_text_becomes_a_short_reason_of_plain_characters(text in ".{0,200}") {
            let reason = valid(text.into());
            prop_assert!((1..=MAX_REASON_CHARS).contains(&reason.len()));
            prop_assert!(reason.chars().all(is_valid));
        }
    }
}
