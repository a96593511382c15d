//! What proves that somebody may change something.

use std::fmt;

use subtle::ConstantTimeEq;

/// A secret that shows itself to nobody, and takes as long to compare whatever it is given.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// `None` where `text` is blank.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// Whether `offered` is this token.
    pub(super) fn is(&self, offered: &str) -> bool {
        self.0.as_bytes().ct_eq(offered.as_bytes()).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_by_all_of_its_letters_and_never_shown() {
        let token = Token::new(" open sesame\n").unwrap();
        assert!(token.is("open sesame"));
        for wrong in ["", "open", "open sesame!", "Open sesame"] {
            assert!(!token.is(wrong), "{wrong}");
        }
        assert_eq!((format!("{token:?}").as_str(), Token::new(" \n").is_none()), ("Token", true));
    }
}
