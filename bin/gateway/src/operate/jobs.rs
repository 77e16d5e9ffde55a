//! Jobs that were given up.

use super::{Failure, Told};
use postgres::Postgres;

/// How many are listed.
const JOBS_SHOWN_MAX: u32 = 100;

/// Lists jobs that were given up, newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn buried_jobs(postgres: &Postgres) -> Result<Told, Failure> {
    let jobs = postgres.buried_jobs(JOBS_SHOWN_MAX).await?;
    let lines = jobs.into_iter().map(|job| {
        let reason = job.last_error.unwrap_or_default();
        format!("{:>10}  {:<8} {} tries  {reason}", job.id, job.kind, job.attempts)
    });
    let shown_max = usize::try_from(JOBS_SHOWN_MAX)?;
    Ok(Told::list(lines.collect(), "no job was given up", shown_max))
}

/// Gives a job its tries back.
///
/// # Errors
/// When the database fails.
pub async fn requeue_job(postgres: &Postgres, id: i64) -> Result<Told, Failure> {
    Ok(if postgres.requeue_job(id).await? {
        Told::done(format!("job {id} will be tried again"))
    } else {
        Told::not_done(format!("there is no job {id}: `aarokya jobs buried` lists those that were given up"))
    })
}
