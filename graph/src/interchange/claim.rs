//! Lines of claims: one statement each, with what is said about it.

use serde::{Deserialize, Serialize};
use serde_with::{DefaultOnNull, serde_as};

use super::document::EvidenceLine;
use super::qualifiers::QualifiersLine;
use super::word::{Figure, Share, Small, Word};
use super::{DEFAULT_ASSERTER, LineError};
use crate::model::{
    ClaimStatus, Comparator, Confidence, EntityKind, FuzzyDate, IdentifierScheme, Modality, Period,
    Predicate, Role, RoleBasis,
};

/// How a line names an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntityRef<'a> {
    /// By its id in the file.
    Id(&'a str),
    /// By its id in the file or, if the file has no such id, as the entity of this kind and name.
    IdOrName(EntityKind, &'a str),
}

/// What is said about a claim beside its statement. What is left out has a default.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct About {
    /// Its id in the file, for later reviews and retractions.
    pub id: Option<String>,
    /// How sure its author is; certain unless said.
    pub confidence: Option<Confidence>,
    /// Proposed or accepted; accepted unless said.
    pub status: Option<ClaimStatus>,
    /// A person, or an extractor with its version; [`DEFAULT_ASSERTER`] unless said.
    pub asserted_by: Option<String>,
    /// The words that say so.
    pub evidence: Option<EvidenceLine>,
}

impl About {
    /// How sure its author is.
    pub fn confidence(&self) -> Confidence {
        self.confidence.unwrap_or(Confidence::CERTAIN)
    }

    /// Where the claim stands when its line is read.
    ///
    /// # Errors
    /// [`LineError::Status`] for what only a later review or retraction line can say.
    pub fn status(&self) -> Result<ClaimStatus, LineError> {
        match self.status.unwrap_or(ClaimStatus::Accepted) {
            status @ (ClaimStatus::Proposed | ClaimStatus::Accepted) => Ok(status),
            ClaimStatus::Rejected => Err(LineError::Status("rejected")),
            ClaimStatus::Retracted => Err(LineError::Status("retracted")),
        }
    }

    /// Who asserts it.
    pub fn asserted_by(&self) -> &str {
        self.asserted_by.as_deref().unwrap_or(DEFAULT_ASSERTER)
    }
}

/// Declares a claim line: its own fields, and those that every claim line has.
macro_rules! claim_line {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)+ }) => {
        #[serde_as]
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        $(#[$meta])*
        pub struct $name {
            /// Its id in the file, for later reviews and retractions.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub id: Option<String>,
            $($(#[$field_meta])* pub $field: $type,)+
            /// How sure its author is; certain unless said.
            #[serde_as(as = "Option<Share>")]
            #[serde(skip_serializing_if = "Option::is_none")]
            pub confidence: Option<Confidence>,
            /// Proposed or accepted; accepted unless said.
            #[serde_as(as = "Option<Small>")]
            #[serde(skip_serializing_if = "Option::is_none")]
            pub status: Option<ClaimStatus>,
            /// Who asserts it; [`DEFAULT_ASSERTER`] unless said.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub asserted_by: Option<String>,
            /// The words that say so.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub evidence: Option<EvidenceLine>,
        }

        impl $name {
            pub(super) fn into_about(self) -> About {
                let Self { id, confidence, status, asserted_by, evidence, .. } = self;
                About { id, confidence, status, asserted_by, evidence }
            }
        }
    };
}

claim_line! {
    /// A relation of two entities.
    RelationLine {
        /// Which relation.
        #[serde_as(as = "Word")]
        predicate: Predicate,
        /// Its first end, by id.
        source: String,
        /// Its second end, by id.
        target: String,
        /// What narrows it.
        #[serde_as(as = "DefaultOnNull")]
        #[serde(default, skip_serializing_if = "QualifiersLine::is_empty")]
        qualifiers: QualifiersLine,
        /// Since when.
        #[serde_as(as = "Option<Word>")]
        #[serde(skip_serializing_if = "Option::is_none")]
        valid_from: Option<FuzzyDate>,
        /// Until when: the first moment after.
        #[serde_as(as = "Option<Word>")]
        #[serde(skip_serializing_if = "Option::is_none")]
        valid_to: Option<FuzzyDate>,
        /// Whether it is a plan; actual unless said.
        #[serde_as(as = "Option<Small>")]
        #[serde(skip_serializing_if = "Option::is_none")]
        modality: Option<Modality>,
    }
}

claim_line! {
    /// Another name of an entity.
    AliasLine {
        /// Who is called so, by id.
        entity: String,
        /// The name.
        text: String,
    }
}

claim_line! {
    /// A role of a firm.
    RoleLine {
        /// Who holds it, by id.
        entity: String,
        /// Which role.
        #[serde_as(as = "Word")]
        role: Role,
        /// By an authority, or by a writer; described by a writer unless said.
        #[serde_as(as = "Option<Small>")]
        #[serde(skip_serializing_if = "Option::is_none")]
        basis: Option<RoleBasis>,
        /// Since when.
        #[serde_as(as = "Option<Word>")]
        #[serde(skip_serializing_if = "Option::is_none")]
        valid_from: Option<FuzzyDate>,
        /// Until when: the first moment after.
        #[serde_as(as = "Option<Word>")]
        #[serde(skip_serializing_if = "Option::is_none")]
        valid_to: Option<FuzzyDate>,
    }
}

claim_line! {
    /// An identifier from outside.
    IdentifierLine {
        /// Whose it is, by id.
        entity: String,
        /// The register.
        #[serde_as(as = "Small")]
        scheme: IdentifierScheme,
        /// The identifier.
        value: String,
    }
}

claim_line! {
    /// A short description.
    SummaryLine {
        /// Of whom, by id.
        entity: String,
        /// The description.
        text: String,
    }
}

claim_line! {
    /// A figure.
    ObservationLine {
        /// Whom it is about, by id.
        subject: String,
        /// A short noun phrase.
        metric: String,
        /// The value in base units.
        #[serde_as(as = "Figure")]
        value: f64,
        /// The upper value of a range.
        #[serde_as(as = "Option<Figure>")]
        #[serde(skip_serializing_if = "Option::is_none")]
        value_max: Option<f64>,
        /// The unit.
        unit: String,
        /// How the words bound it; exact unless said.
        #[serde_as(as = "Option<Small>")]
        #[serde(skip_serializing_if = "Option::is_none")]
        comparator: Option<Comparator>,
        /// What time it speaks of.
        #[serde_as(as = "Option<Word>")]
        #[serde(skip_serializing_if = "Option::is_none")]
        period: Option<Period>,
        /// Whether it is a plan; actual unless said.
        #[serde_as(as = "Option<Small>")]
        #[serde(skip_serializing_if = "Option::is_none")]
        modality: Option<Modality>,
    }
}
