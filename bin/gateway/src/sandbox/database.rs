//! Where the sandbox keeps its data: in a private cluster of its own, or on the server it was told of.

use super::Failure;
use crate::config::Reader;
use postgres::cluster::{Cluster, ClusterSettings};
use std::path::Path;

/// The sandbox's PostgreSQL.
pub(super) enum Database {
    /// Started with the sandbox and stopped with it.
    Private(Cluster),
    /// `DATABASE_URL`, and who owns its schema.
    Given { url: String, owner_url: String },
}

impl Database {
    /// What `DATABASE_URL` names, or a cluster in `folder`.
    pub(super) async fn open(reader: &mut Reader, folder: &Path) -> Result<Self, Failure> {
        let Some(url) = reader.text("DATABASE_URL") else {
            let cluster = Cluster::start(ClusterSettings::kept(folder.join("postgresql"))).await?;
            return Ok(Self::Private(cluster));
        };
        let owner_url = reader.text("DATABASE_OWNER_URL").unwrap_or_else(|| url.clone());
        Ok(Self::Given { url, owner_url })
    }

    /// The address of the database, with its schema up to date.
    pub(super) async fn migrated(&self) -> Result<String, Failure> {
        match self {
            Self::Private(cluster) => {
                let url = cluster.ensure_database("aarokya").await?;
                migrations::apply(&url).await?;
                Ok(url)
            }
            Self::Given { url, owner_url } => {
                migrations::apply(owner_url).await?;
                Ok(url.clone())
            }
        }
    }

    /// Stops what was started.
    pub(super) async fn close(self) -> Result<(), Failure> {
        match self {
            Self::Private(cluster) => Ok(cluster.stop().await?),
            Self::Given { .. } => Ok(()),
        }
    }
}
