//! How words and dates are spelt in a line.

use std::fmt::Display;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{Deserializer, Visitor};
use serde::ser::Serializer;
use serde_with::{DeserializeAs, SerializeAs};

use crate::model::Confidence;

/// Written as it prints, read as it parses: kinds, predicates, dates.
pub(super) struct Word;

/// Written in small letters, read in any case: statuses, modalities, comparators.
pub(super) struct Small;

/// A number from 0 to 1.
pub(super) struct Share;

/// A number that is written without a fraction where it has none.
pub(super) struct Figure;

impl<T: Display> SerializeAs<T> for Word {
    fn serialize_as<S: Serializer>(word: &T, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(word)
    }
}

impl<T: Display> SerializeAs<T> for Small {
    fn serialize_as<S: Serializer>(word: &T, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&word.to_string().to_ascii_lowercase())
    }
}

impl<'de, T: FromStr<Err: Display>> DeserializeAs<'de, T> for Word {
    fn deserialize_as<D: Deserializer<'de>>(input: D) -> Result<T, D::Error> {
        input.deserialize_str(Parsed(PhantomData))
    }
}

impl<'de, T: FromStr<Err: Display>> DeserializeAs<'de, T> for Small {
    fn deserialize_as<D: Deserializer<'de>>(input: D) -> Result<T, D::Error> {
        input.deserialize_str(Parsed(PhantomData))
    }
}

struct Parsed<T>(PhantomData<T>);

impl<T: FromStr<Err: Display>> Visitor<'_> for Parsed<T> {
    type Value = T;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

impl SerializeAs<Confidence> for Share {
    fn serialize_as<S: Serializer>(share: &Confidence, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_f64(share.value())
    }
}

impl<'de> DeserializeAs<'de, Confidence> for Share {
    fn deserialize_as<D: Deserializer<'de>>(input: D) -> Result<Confidence, D::Error> {
        let number = <f64 as serde::Deserialize>::deserialize(input)?;
        Confidence::new(number).map_err(serde::de::Error::custom)
    }
}

/// Up to here every whole number has a form of its own.
const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;

impl SerializeAs<f64> for Figure {
    fn serialize_as<S: Serializer>(figure: &f64, out: S) -> Result<S::Ok, S::Error> {
        let negative_zero = *figure == 0.0 && figure.is_sign_negative();
        if figure.fract() == 0.0 && figure.abs() < LARGEST_EXACT && !negative_zero {
            #[expect(clippy::cast_possible_truncation, reason = "whole and within i64")]
            let whole = *figure as i64;
            out.serialize_i64(whole)
        } else {
            out.serialize_f64(*figure)
        }
    }
}

impl<'de> DeserializeAs<'de, f64> for Figure {
    fn deserialize_as<D: Deserializer<'de>>(input: D) -> Result<f64, D::Error> {
        <f64 as serde::Deserialize>::deserialize(input)
    }
}
