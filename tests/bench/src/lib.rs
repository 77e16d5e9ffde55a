//! How fast the program is, against floors that are measured in the same run: `make bench`.
//!
//! Begin at [`run`]: it prepares a [`site::Site`], goes through the [`rounds`] and writes the [`report`].
#![expect(clippy::float_arithmetic, reason = "rates and ratios; no money is counted here")]

pub mod credit;
pub mod floors;
pub mod load;
pub mod pgbench;
pub mod plan;
pub mod plot;
pub mod prepare;
pub mod processes;
pub mod queue;
pub mod report;
pub mod rival;
pub mod rounds;
pub mod sample;
pub mod site;
pub mod startup;
pub mod targets;

use plan::Plan;
use report::Report;
use std::path::Path;

/// What went wrong; a bench has no more to say than that.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Measures everything and writes `report.json`, `report.md` and `report.svg` to `folder`.
///
/// # Errors
/// When a part could not be started or measured.
pub async fn run(plan: &Plan, folder: &Path) -> Result<Report, Failure> {
    let machine = report::Machine::look();
    let mut ledger = sample::Measured::default();
    let site = site::Site::start(plan).await?;
    let facts = rounds::all(plan, &site, &mut ledger).await;
    let server = site.database_version().await;
    site.stop().await;
    let report = Report {
        machine: report::Machine { database: server?, ..machine },
        plan: plan.clone(),
        rows: targets::rows(&ledger, &facts?),
        measured: ledger.medians(),
        unexpected: ledger.unexpected(),
    };
    report.write(folder)?;
    Ok(report)
}
