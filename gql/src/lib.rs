//! gql
