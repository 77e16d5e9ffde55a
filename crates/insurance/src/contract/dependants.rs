//! Dependants: versions that count on, a bound that holds, and nobody else's family.

use super::Stores;
use crate::{
    DEPENDANTS_NAMED_MAX, Dependant, DependantError, DependantId, Dependants, Relationship, RelativePatch,
    testing::relative,
};
use futures::future::join_all;
use kernel::{Gender, Masked, UserId};
use time::macros::date;

impl Stores {
    fn family(&self) -> Dependants {
        Dependants::new(self.env.clone(), self.dependants.clone())
    }
}

/// Dependants: named, changed, taken off the list, by their own person alone.
pub async fn dependants(stores: &Stores) {
    let (family, asha, ravi) =
        (stores.family(), UserId::generate(&stores.env), UserId::generate(&stores.env));
    assert_eq!(family.list(asha).await.expect("listed"), []);
    let kiran = relative("Kiran", Relationship::Child, date!(2016 - 07 - 30));
    let (kiran, is_new) = family.add(asha, kiran).await.expect("added");
    assert!(is_new);
    let (again, is_new) = family.add(asha, kiran.relative.clone()).await.expect("answered");
    assert_eq!((&again, is_new), (&kiran, false), "told again, and the same");
    let mut only_name = relative("Sunita", Relationship::Mother, date!(1961 - 01 - 01));
    only_name.last_name = None;
    let (sunita, _) = family.add(asha, only_name).await.expect("added");
    assert_eq!(
        family.list(asha).await.expect("listed"),
        [kiran.clone(), sunita.clone()],
        "as they were named"
    );

    let patch = RelativePatch { gender: Some(Gender::Female), ..RelativePatch::default() };
    let changed = family.change(asha, kiran.id, &patch).await.expect("changed");
    assert_eq!((changed.id, changed.version), (kiran.id, 2));
    assert_eq!(
        family.change(asha, kiran.id, &patch).await.expect("answered"),
        changed,
        "no news, no version"
    );
    assert_eq!(family.list(asha).await.expect("listed"), [changed.clone(), sunita.clone()], "where it was");
    strangers(&family, ravi, &changed).await;
    family.remove(asha, kiran.id).await.expect("removed");
    assert_eq!(family.list(asha).await.expect("listed"), [sunita]);
    family.remove(asha, kiran.id).await.expect("removed again");
    assert!(matches!(family.change(asha, kiran.id, &patch).await, Err(DependantError::NotFound)));
    let (named_anew, is_new) = family.add(asha, changed.relative.clone()).await.expect("added");
    assert!(is_new && named_anew.id != kiran.id, "off the list is off the list");
}

/// Whoever asks for somebody else's dependant gets none.
async fn strangers(family: &Dependants, stranger: UserId, theirs: &Dependant) {
    let patch = RelativePatch { gender: Some(Gender::Male), ..RelativePatch::default() };
    assert_eq!(family.list(stranger).await.expect("listed"), []);
    for id in [theirs.id, DependantId::new(kernel::uuid::Uuid::from_u128(1))] {
        assert!(matches!(family.change(stranger, id, &patch).await, Err(DependantError::NotFound)));
        assert!(matches!(family.remove(stranger, id).await, Err(DependantError::NotFound)));
    }
}

/// Many requests at once: the bound holds, the same told twice is one, and every change is a version of its own.
pub async fn dependants_race(stores: &Stores) {
    let (family, asha) = (stores.family(), UserId::generate(&stores.env));
    let child = |name: &str| relative(name, Relationship::Child, date!(2016 - 07 - 30));
    let told = join_all((0..8).map(|_| family.add(asha, child("Kiran")))).await;
    let new = told.iter().filter(|added| added.as_ref().is_ok_and(|(_, is_new)| *is_new)).count();
    assert_eq!((new, told.iter().filter(|added| added.is_ok()).count()), (1, 8), "{told:?}");

    let most = usize::from(DEPENDANTS_NAMED_MAX);
    let names: Vec<String> = (0..most + 5).map(|number| format!("Child {number}")).collect();
    let told = join_all(names.iter().map(|name| family.add(asha, child(name)))).await;
    let refused = told.iter().filter(|added| matches!(added, Err(DependantError::TooMany))).count();
    assert_eq!((refused, family.list(asha).await.expect("listed").len()), (6, most));

    let kiran = family.list(asha).await.expect("listed").remove(0);
    let changes: Vec<RelativePatch> = (0..12)
        .map(|number| RelativePatch {
            first_name: Some(Masked::new(format!("Kiran {number}"))),
            ..RelativePatch::default()
        })
        .collect();
    let changed = join_all(changes.iter().map(|patch| family.change(asha, kiran.id, patch))).await;
    let mut versions: Vec<u32> = changed.iter().flatten().map(|dependant| dependant.version).collect();
    versions.sort_unstable();
    assert_eq!(versions, (2..=13).collect::<Vec<_>>(), "{changed:?}");
}
