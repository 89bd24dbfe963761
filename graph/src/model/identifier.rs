//! Identifiers from outside, with their check characters.

use thiserror::Error;

use super::vocabulary::vocabulary;

vocabulary! {
    /// Which register an identifier belongs to.
    IdentifierScheme, "identifier scheme", {
        /// Unified social credit code 统一社会信用代码 (GB 32100-2015).
        Uscc = "USCC",
        /// Legal entity identifier (ISO 17442).
        Lei = "LEI",
        /// Stock code, with or without its exchange.
        StockCode = "STOCK_CODE",
        /// Industry code (GB/T 4754).
        Gbt4754 = "GBT4754",
        /// Administrative division code (GB/T 2260).
        Gbt2260 = "GBT2260",
        /// Wikidata item.
        Wikidata = "WIKIDATA",
        /// Any other register.
        Other = "OTHER",
    }
}

impl IdentifierScheme {
    /// Whether the register gives each identifier to one entity only. (An industry code is shared.)
    pub const fn is_given_once(self) -> bool {
        match self {
            Self::Uscc | Self::Lei | Self::StockCode | Self::Gbt2260 | Self::Wikidata => true,
            Self::Gbt4754 | Self::Other => false,
        }
    }

    /// Whether the register also gives an entity one identifier only, so that identifier and entity
    /// stand for each other. (Shares are listed at several exchanges, and the same digits mean
    /// other shares at another one; a place's code changes when districts are redrawn.)
    pub const fn is_strong(self) -> bool {
        matches!(self, Self::Uscc | Self::Lei | Self::Wikidata)
    }
}

/// A checked identifier.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier {
    scheme: IdentifierScheme,
    value: String,
}

/// An identifier that its scheme does not allow.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{value}` is no {scheme} identifier: {why}")]
pub struct IdentifierError {
    /// The scheme it was given for.
    pub scheme: IdentifierScheme,
    /// The value as given.
    pub value: String,
    /// What is wrong with it.
    pub why: &'static str,
}

impl Identifier {
    /// Checks length, alphabet and check characters.
    ///
    /// # Errors
    /// [`IdentifierError`] that says what is wrong.
    pub fn new(scheme: IdentifierScheme, value: &str) -> Result<Self, IdentifierError> {
        let value = value.trim().to_ascii_uppercase();
        let wrong = match scheme {
            IdentifierScheme::Uscc => uscc_fault(&value),
            IdentifierScheme::Lei => lei_fault(&value),
            IdentifierScheme::Gbt2260 => {
                let fits =
                    matches!(value.len(), 6 | 9 | 12) && value.bytes().all(|b| b.is_ascii_digit());
                (!fits).then_some("it has 6, 9 or 12 digits")
            }
            IdentifierScheme::Wikidata => {
                let fits = value
                    .strip_prefix('Q')
                    .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
                (!fits).then_some("it is Q and digits")
            }
            IdentifierScheme::StockCode | IdentifierScheme::Gbt4754 | IdentifierScheme::Other => {
                (value.is_empty() || value.len() > 64).then_some("it has 1 to 64 characters")
            }
        };
        match wrong {
            None => Ok(Self { scheme, value }),
            Some(why) => Err(IdentifierError { scheme, value, why }),
        }
    }

    /// The scheme.
    pub fn scheme(&self) -> IdentifierScheme {
        self.scheme
    }

    /// The value, in upper case.
    pub fn value(&self) -> &str {
        &self.value
    }
}

/// The 31 symbols of GB 32100-2015, in the order of their values.
const USCC_SYMBOLS: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// GB 32100-2015: weights are the powers of 3 modulo 31; the check symbol makes the sum divisible.
fn uscc_fault(value: &str) -> Option<&'static str> {
    let symbols: Option<Vec<usize>> =
        value.bytes().map(|b| USCC_SYMBOLS.iter().position(|s| *s == b)).collect();
    let Some(symbols) = symbols.filter(|s| s.len() == 18) else {
        return Some("it has 18 characters out of 0-9 and A-Y without I, O, S, V, Z");
    };
    let mut weight = 1;
    let mut sum = 0;
    for symbol in &symbols[..17] {
        sum += symbol * weight;
        weight = weight * 3 % 31;
    }
    ((31 - sum % 31) % 31 != symbols[17])
        .then_some("its check character does not fit (GB 32100-2015)")
}

/// ISO 17442: 20 characters, ISO 7064 MOD 97-10 over digits and letters (A = 10 … Z = 35).
fn lei_fault(value: &str) -> Option<&'static str> {
    if value.len() != 20 || !value.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Some("it has 20 letters and digits");
    }
    let rest = value.chars().filter_map(|c| c.to_digit(36)).fold(0u32, |rest, digit| {
        let shift = if digit < 10 { 10 } else { 100 };
        (rest * shift + digit) % 97
    });
    (rest != 1).then_some("its check digits do not fit (ISO 17442)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_number_of_the_standard_checks_and_its_neighbours_do_not() {
        assert!(Identifier::new(IdentifierScheme::Uscc, "91350100M000100Y43").is_ok());
        assert!(Identifier::new(IdentifierScheme::Uscc, "91350100M000100Y44").is_err());
        assert!(Identifier::new(IdentifierScheme::Uscc, "91350100M000100I43").is_err());
        assert!(Identifier::new(IdentifierScheme::Uscc, "9135").is_err());
    }

    #[test]
    fn legal_entity_identifiers_are_checked_modulo_97() {
        assert!(Identifier::new(IdentifierScheme::Lei, "5493001KJTIIGC8Y1R12").is_ok());
        assert!(Identifier::new(IdentifierScheme::Lei, "5493001KJTIIGC8Y1R13").is_err());
    }
}
