//! The audit log, read back in the words of `identity`, which wrote it.

use audit::{Entry, ports::AuditLog as _};
use identity::{Action, Actor, AuditDetail, AuditEvent};
use kernel::{Limit, UserId};
use postgres::audit::PgAuditLog;

/// The hundred newest entries about a person.
pub async fn audited(log: &PgAuditLog, user_id: UserId) -> Vec<AuditEvent> {
    log.page(user_id, Limit::MOST, None).await.unwrap().rows.into_iter().map(event).collect()
}

fn event(entry: Entry) -> AuditEvent {
    AuditEvent {
        id: entry.id,
        actor: Actor::from_text(&entry.actor).unwrap(),
        action: Action::from_word(&entry.action).unwrap(),
        subject: entry.subject,
        at: entry.at,
        ip: entry.ip.map(|ip| ip.parse().unwrap()),
        request_id: entry.request_id,
        detail: AuditDetail::from_stored(entry.detail),
    }
}
