//! The program's own private PostgreSQL.
