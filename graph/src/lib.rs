//! The domain: what is claimed, what follows from it, and what one may ask.

pub mod decide;
pub mod event;
pub mod export;
pub mod extract;
pub mod interchange;
pub mod ledger;
pub mod model;
pub mod name_index;
pub mod query;
pub mod state;
pub mod view;
