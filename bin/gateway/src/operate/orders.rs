//! Orders that need a person, and money an operator sends back.

use super::{Failure, Told, audit, entry};
use crate::app::App;
use kernel::{Limit, OrderRef, Paise, StoreError};
use payments::{LookError, Order, RefundCause, RefundError, ports::OrderStore as _};

/// Lists the orders that need a person, longest waiting first: number, status, why, amount, since when.
///
/// # Errors
/// When the store fails.
pub async fn orders_for_operators(app: &App) -> Result<Told, Failure> {
    let orders = app.payments.list_for_operators(Limit::MOST).await?;
    let lines = orders.iter().map(|order| {
        let attention = order.attention.map_or("", payments::Attention::word);
        let (status, amount) = (order.status().word(), order.amount());
        let charged = order.charged.map_or_else(String::new, |charged| format!(", charged {charged}"));
        let (order_id, since) = (&order.order_id, order.updated_at);
        format!("{order_id:<20}  {status:<14}  {attention:<18}  {amount}{charged}  since {since}")
    });
    Ok(Told::list(lines.collect(), "no order needs a person", Limit::MOST.rows()))
}

/// Tells an order that a person has looked: what stopped it is gone, a refund given up is tried anew, and the
/// payment partner is asked at once.
///
/// # Errors
/// When the store fails.
pub async fn resolve_order(app: &App, order_id: &OrderRef) -> Result<Told, Failure> {
    let Some(order) = find(app, order_id).await? else { return Ok(unknown(order_id)) };
    let Some(attention) = order.attention else {
        let status = order.status().word();
        return Ok(Told::not_done(format!("nothing stops order {order_id}: it is {status}")));
    };
    audit(app, on(app, &order, "orders resolve").with("attention", attention.word())).await?;
    Ok(match app.payments.resolve(order_id).await {
        Ok(order) => resolved(&order),
        Err(LookError::NotFound) => unknown(order_id),
        Err(LookError::Gateway(unanswered)) => {
            let next = unanswered.next_look_at.map_or_else(
                || "it stays as it is until the partner tells of it".to_owned(),
                |at| format!("the partner is asked again at {at}"),
            );
            Told::done(format!("order {order_id} is free, but {unanswered}: {next}"))
        }
        Err(LookError::Busy) => busy(order_id),
        Err(LookError::Store(error)) => return Err(error.into()),
    })
}

fn resolved(order: &Order) -> Told {
    let (order_id, status) = (&order.order_id, order.status().word());
    match order.attention {
        None => Told::done(format!("order {order_id} is free; it is {status}")),
        Some(attention) => Told::not_done(format!(
            "order {order_id} is {status} and was stopped again, since the partner still says so: {}; settle it \
             with the partner first",
            attention.word()
        )),
    }
}

/// Sends money of an order back to where it came from, before what it paid for was given.
///
/// # Errors
/// When the store fails.
pub async fn refund_order(app: &App, order_id: &OrderRef, amount: Paise) -> Result<Told, Failure> {
    let Some(order) = find(app, order_id).await? else { return Ok(unknown(order_id)) };
    if let Some(refund) = order.refund() {
        let (amount, state) = (refund.amount, refund.state().word());
        return Ok(Told::not_done(format!("{amount} of order {order_id} go back already: {state}")));
    }
    let paise = u64::try_from(amount.get()).unwrap_or_default();
    audit(app, on(app, &order, "orders refund").with("amount_paise", paise)).await?;
    Ok(match app.payments.refund(order_id, amount, RefundCause::Operator).await {
        Ok(order) => {
            let status = order.status().word();
            Told::done(format!("{amount} of order {order_id} go back to who paid: {status}"))
        }
        Err(RefundError::Busy) => busy(order_id),
        Err(RefundError::Store(error)) => return Err(error.into()),
        Err(RefundError::NotFound) => unknown(order_id),
        Err(error @ RefundError::NotPaid) => {
            Told::not_done(format!("{error}: order {order_id} is {}", order.status().word()))
        }
        Err(error @ RefundError::AlreadyUsed) => {
            Told::not_done(format!("{error}: what order {order_id} paid for has to be taken back first"))
        }
        Err(error @ RefundError::Underway) => {
            Told::not_done(format!("{error}: try again once order {order_id} is fulfilled or has failed"))
        }
        Err(error @ RefundError::WrongAmount) => {
            let rule = order.charged.map_or_else(
                || format!("1 to {} paise", order.amount().get()),
                |charged| format!("all that was charged, {} paise", charged.get()),
            );
            Told::not_done(format!("{error}: give {rule}"))
        }
    })
}

async fn find(app: &App, order_id: &OrderRef) -> Result<Option<Order>, StoreError> {
    app.postgres.orders().find(order_id).await
}

fn on(app: &App, order: &Order, command: &'static str) -> identity::AuditEvent {
    entry(app, order.user_id, command).with("order_row", order.row_id.uuid())
}

fn unknown(order_id: &OrderRef) -> Told {
    Told::not_done(format!("there is no order {order_id}: `aarokya orders attention` lists those to look at"))
}

fn busy(order_id: &OrderRef) -> Told {
    Told::not_done(format!("others kept moving order {order_id}: run this again"))
}
