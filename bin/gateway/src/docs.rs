//! The contract, served: the OpenAPI document and a page to read and try it, which needs no network.

pub mod openapi;
pub mod page;
