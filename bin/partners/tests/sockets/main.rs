//! Every simulator as our adapters meet it: over real sockets, on free ports, under a clock that stands still.

#[cfg(test)]
mod control;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod magic;
#[cfg(test)]
mod orders;
#[cfg(test)]
mod payment_page;
#[cfg(test)]
mod refunds;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod twilio;
#[cfg(test)]
mod valuefirst;
#[cfg(test)]
mod wallets;
#[cfg(test)]
mod webhooks;
