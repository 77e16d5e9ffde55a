//! `aarokya-partners`: the simulators as a program of their own, for a gateway that runs elsewhere.

use std::{io::Write, net::SocketAddr, sync::Arc};

use axum::Router;
use clap::Parser;
use kernel::MovableClock;
use partners::{Listen, Partner, Simulators, SimulatorsConfig};
use tokio::net::TcpListener;
use url::Url;

/// Simulators of Juspay, Twilio, ValueFirst and Narayana Health Insurance. No money moves and no message leaves this machine.
#[derive(Debug, Parser)]
#[command(name = "aarokya-partners")]
struct Options {
    /// Where the control plane listens.
    #[arg(long, default_value = "127.0.0.1:9400")]
    control: SocketAddr,
    /// Where Juspay listens.
    #[arg(long, default_value = "127.0.0.1:9401")]
    juspay: SocketAddr,
    /// Where Twilio listens.
    #[arg(long, default_value = "127.0.0.1:9402")]
    twilio: SocketAddr,
    /// Where ValueFirst listens.
    #[arg(long, default_value = "127.0.0.1:9403")]
    valuefirst: SocketAddr,
    /// Where Narayana Health Insurance listens.
    #[arg(long, default_value = "127.0.0.1:9404")]
    narayana: SocketAddr,
    /// Where Juspay's webhooks go.
    #[arg(long, default_value = "http://127.0.0.1:8080/webhooks/juspay")]
    juspay_webhooks: Url,
    /// From it follow all identifiers.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let options = Options::parse();
    let mut config = SimulatorsConfig::sandbox(Arc::new(MovableClock::running()));
    config.seed = options.seed;
    config.juspay.webhook_url = Some(options.juspay_webhooks);
    config.listen = Listen {
        juspay: options.juspay,
        twilio: options.twilio,
        valuefirst: options.valuefirst,
        narayana: options.narayana,
    };
    let simulators = Simulators::start(config).await?;
    let control = TcpListener::bind(options.control).await?;
    let mut out = std::io::stdout();
    for partner in Partner::ALL {
        writeln!(out, "{:<10} {}", partner.name(), simulators.base_url(partner))?;
    }
    writeln!(out, "{:<10} http://{}/sandbox/partners", "control", control.local_addr()?)?;
    let routes =
        Router::new().nest("/sandbox/partners", simulators.control()).nest("/sandbox/sms", simulators.sms());
    let stopped = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    axum::serve(control, routes).with_graceful_shutdown(stopped).await?;
    simulators.shutdown().await;
    Ok(())
}
