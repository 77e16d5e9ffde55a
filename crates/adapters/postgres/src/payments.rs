//! The ports of the `payments` domain on PostgreSQL.
