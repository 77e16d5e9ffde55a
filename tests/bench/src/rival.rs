//! A rival in the same run, on the same database server and machine: better-auth, behind a small server of its own.

use crate::{
    Failure,
    load::{Counted, Kind, Load},
    plan::Plan,
    sample::Measured,
    site::Site,
    startup,
};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
};
use tests::harness::program::free_address;
use tokio::process::{Child, Command};

/// The most it is given to do a second: more than it can.
const SIGN_INS_A_SECOND_MAX: u32 = 1_000;

/// Whom its readers are.
const READERS: u32 = 64;

/// A running rival.
pub struct Rival {
    child: Child,
    address: SocketAddr,
}

impl Rival {
    /// Starts it if the plan asks for it, over a database of its own.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start(plan: &Plan, site: &Site) -> Result<Option<Self>, Failure> {
        let Some(folder) = &plan.rivals else { return Ok(None) };
        let address = free_address();
        // Its client knows the server's socket by a parameter, not by an escaped host.
        let database = site.foreign_database("rival").await?;
        let (socket, name) = database
            .strip_prefix("postgres://")
            .and_then(|rest| rest.split_once('@'))
            .and_then(|(user, rest)| Some((user, rest.split_once(':')?.0)))
            .map(|(user, socket)| (socket.to_owned(), user.to_owned()))
            .ok_or("an address of another form")?;
        let url = format!("postgres://{name}@/rival?host={socket}&port=5432");
        let mut command = Command::new("node");
        command.arg("server.mjs").arg(address.port().to_string()).arg(&url).current_dir(folder);
        command.env("NODE_ENV", "production").stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.kill_on_drop(true).spawn()?;
        startup::answers(address, "/api/auth/ok").await?;
        Ok(Some(Self { child, address }))
    }

    /// Measures it once.
    ///
    /// # Errors
    /// When it cannot be measured.
    pub async fn round(&self, plan: &Plan, site: &Site, measured: &mut Measured) -> Result<(), Failure> {
        let pid = self.child.id().and_then(|id| i32::try_from(id).ok());
        let counted = Counted { server: pid, ..site.counted() };
        let many = plan.sign_ins_a_second.min(SIGN_INS_A_SECOND_MAX).saturating_mul(plan.seconds);
        let load = |kind, file: PathBuf| Load {
            url: format!("http://{}", self.address),
            kind,
            file,
            clients: plan.clients,
            lasting: plan.lasting(),
            pause: None,
            refused: false,
        };
        let file = self.prepare(site, "codes", many).await?;
        let verify = Kind::Post("/api/auth/phone-number/verify");
        measured.add("better-auth verify", load(verify, file).run(counted).await?);
        let file = self.prepare(site, "sessions", READERS).await?;
        measured.add("better-auth session read", load(Kind::Get, file).run(counted).await?);
        Ok(())
    }

    async fn prepare(&self, site: &Site, what: &str, many: u32) -> Result<PathBuf, Failure> {
        let file = site.file(&format!("rival-{what}.txt"));
        let path = format!("/prepare/{what}?many={many}&file={}", file.display());
        startup::answers(self.address, &path).await?;
        if Path::is_file(&file) { Ok(file) } else { Err("the rival prepared nothing".into()) }
    }
}
