//! The domain: what is claimed, what follows from it, and what one may ask.

pub mod extract;
pub mod interchange;
pub mod model;
