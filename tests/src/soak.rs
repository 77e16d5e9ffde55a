//! Whether a program that works for long stays as it is: one real gateway at half of what it can bear, looked at every
//! few seconds.

mod load;
mod samples;

pub use samples::{Report, Sample};

use crate::harness::Site;
use load::{Load, UNDER_WAY_MAX};
use samples::look_at;
use std::time::{Duration, Instant};

/// How often the program and its database are looked at.
const LOOKED_AT_EVERY: Duration = Duration::from_secs(5);

/// How long it is asked for as much as it can do, to know how much that is.
const CALIBRATED_FOR: Duration = Duration::from_secs(10);

/// How many ask at once for that: enough to keep it busy.
const CROWD: usize = 8;

/// How long to work, and how hard.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// For so many minutes.
    pub minutes: u64,
    /// So many people.
    pub people: usize,
    /// So many requests a second; half of what it can bear if not said.
    pub rate: Option<u64>,
}

/// Lets a program work and looks at it.
///
/// # Panics
/// When what stands around the program cannot be made.
pub async fn run(plan: Plan) -> Report {
    let site = Site::prepare(|settings| settings).await;
    let program = site.serve(&[]).await;
    let load = Load::prepare(&site, &program, plan.people).await;
    let bears = load.as_much_as_it_can(CROWD, CALIBRATED_FOR).await;
    // Sooner or later the disk lets everybody wait, and what so many hold at once is then kept for the next time. Seen
    // beforehand, it does not look like growth.
    load.as_much_as_it_can(UNDER_WAY_MAX, CALIBRATED_FOR).await;
    let rate = plan.rate.unwrap_or(bears / 2).max(1);
    load.forget();
    let ends = Instant::now() + Duration::from_secs(plan.minutes.saturating_mul(60));
    let looking = async {
        let (begun, mut samples) = (Instant::now(), Vec::new());
        let mut pauses = tokio::time::interval(LOOKED_AT_EVERY);
        while Instant::now() < ends {
            pauses.tick().await;
            samples.push(look_at(&site, &program, begun.elapsed(), load.under_way_most()).await);
        }
        samples
    };
    let (samples, ()) = futures::join!(looking, load.at_a_rate(rate, ends));
    let answers = load.answers();
    assert!(program.terminate().await.success(), "the program ends as it should");
    site.stop().await;
    Report { plan, bears, rate, samples, answers }
}
