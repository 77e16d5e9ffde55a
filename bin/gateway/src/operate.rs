//! What operators do from the command line, beside serving.

use crate::{
    config::{Config, DatabaseConfig, Reader, VARIABLES},
    serve::environment,
    spec, wire,
};
use kernel::Env;
use postgres::Postgres;
use std::process::ExitCode;

type Outcome = Result<ExitCode, Box<dyn std::error::Error + Send + Sync>>;

/// Brings the schema up to date.
///
/// # Errors
/// When the database cannot be reached or refuses a step.
pub async fn migrate() -> Outcome {
    let mut reader = Reader::new(environment());
    let owner = reader.text("DATABASE_OWNER_URL");
    let database = DatabaseConfig::read(&mut reader);
    let database = reader.finish(database)?;
    migrations::apply(&owner.unwrap_or(database.direct_url)).await?;
    say("the schema is up to date");
    Ok(ExitCode::SUCCESS)
}

/// Recomputes every balance from its postings.
///
/// # Errors
/// When the database cannot be read.
pub async fn ledger_check() -> Outcome {
    let report = open().await?.ledger_audit().check().await?;
    say(&report.to_string());
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Prints the OpenAPI document.
///
/// # Errors
/// When it cannot be written as JSON, which no document of ours is.
pub fn spec() -> Outcome {
    say(&serde_json::to_string_pretty(&spec::document())?);
    Ok(ExitCode::SUCCESS)
}

/// Prints every variable that is read.
///
/// # Errors
/// None.
pub fn variables() -> Outcome {
    for variable in VARIABLES {
        let default = match variable.default {
            None => "must be set".to_owned(),
            Some("") => "off unless set".to_owned(),
            Some(default) => format!("default {default}"),
        };
        say(&format!("{:<28} {} ({default})", variable.name, variable.meaning));
    }
    Ok(ExitCode::SUCCESS)
}

async fn open() -> Result<Postgres, Box<dyn std::error::Error + Send + Sync>> {
    let config = Config::read(Reader::new(environment()))?;
    Ok(wire::open_postgres(&config, &Env::system()).await?)
}

#[expect(clippy::print_stdout, reason = "the command line speaks to a person")]
fn say(text: &str) {
    println!("{text}");
}
