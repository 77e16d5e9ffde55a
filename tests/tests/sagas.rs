//! A short form of `make sagas`: whoever pays for a policy has cover or their money, whatever goes wrong.

use tests::sagas::{Blow, Tally, run};

#[test]
fn whoever_pays_has_cover_or_their_money() {
    let mut tally = Tally::default();
    for seed in 1..=400 {
        tally.add(run(seed));
    }
    assert!(tally.broken.is_empty(), "{tally}");
    assert!(tally.covered > 100 && tally.paid_back > 100, "too little happened: {tally}");
    // Every call that moves money or cover was struck in every way.
    for call in [
        "order: record",
        "order: record change",
        "partner: open session",
        "partner: status",
        "partner: refund",
        "policy: propose",
        "policy: record",
        "policy: refuse",
        "insurer: find",
        "insurer: issue",
        "insurer: withdraw",
        "ledger: book",
    ] {
        for blow in Blow::ALL {
            assert!(tally.blows.contains_key(&(call, blow)), "{call}: never {}", blow.word());
        }
    }
}
