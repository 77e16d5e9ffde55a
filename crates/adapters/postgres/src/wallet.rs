//! The ports of the `wallet` domain on PostgreSQL.
