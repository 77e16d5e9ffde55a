//! The ports of the `identity` domain on PostgreSQL.
