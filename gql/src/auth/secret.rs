//! The secrets of tokens: `lz_<id>_<random>`. The random part has 256 bits, so a plain fast hash is
//! enough to keep it.

use subtle::ConstantTimeEq;

use super::{Issued, TokenError};

const PREFIX: &str = "lz_";
const ID_BYTES: usize = 5;
const RANDOM_BYTES: usize = 32;

pub(super) fn make() -> Result<Issued, TokenError> {
    let id = random_hex::<ID_BYTES>()?;
    let secret = format!("{PREFIX}{id}_{}", random_hex::<RANDOM_BYTES>()?);
    Ok(Issued { id, secret })
}

/// The id that stands in a secret.
pub(super) fn id_of(secret: &str) -> Option<&str> {
    secret.strip_prefix(PREFIX)?.split_once('_').map(|(id, _)| id)
}

pub(super) fn hash(secret: &str) -> String {
    blake3::hash(secret.as_bytes()).to_hex().to_string()
}

/// Whether the hash is that of the secret, in a time that tells nothing of where they differ.
pub(super) fn matches(secret: &str, hash_of_it: &str) -> bool {
    hash(secret).as_bytes().ct_eq(hash_of_it.as_bytes()).into()
}

fn random_hex<const BYTES: usize>() -> Result<String, TokenError> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|error| TokenError::Random(error.to_string()))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_names_its_token_and_matches_only_its_own_hash() {
        let (one, other) = (make().unwrap(), make().unwrap());
        assert_eq!(id_of(&one.secret), Some(one.id.as_str()));
        assert_eq!(one.secret.len(), 3 + 10 + 1 + 64);
        assert!(matches(&one.secret, &hash(&one.secret)));
        assert!(!matches(&one.secret, &hash(&other.secret)));
        assert!(!matches(&one.secret, ""));
        assert_eq!(id_of("Bearer"), None);
    }
}
