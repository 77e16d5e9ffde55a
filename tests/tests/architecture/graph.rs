//! Who may depend on whom, from what cargo knows of the workspace.

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// What the folder of a package says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    Kernel,
    Domain,
    /// How partners are called: beneath the adapters that call them, above the kernel alone.
    Outbound,
    Adapter,
    Processes,
    Gateway,
    Partners,
    Migrations,
    Tests,
}

/// A package of ours.
#[derive(Debug, Clone)]
pub struct Package {
    pub name: String,
    pub layer: Layer,
    /// What it depends on when built, ours and others'.
    pub needs: BTreeSet<String>,
    /// What its tests depend on beside that.
    pub tests_need: BTreeSet<String>,
    /// Everything that is built with it, however far away.
    pub reaches: BTreeSet<String>,
}

/// Every package of the workspace.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    pub packages: Vec<Package>,
}

/// What a domain may not depend on: the web, databases, clients, runtimes. A name stands for all that begin
/// with it and a hyphen.
const OUTSIDE: [&str; 22] = [
    "actix",
    "aide",
    "apalis",
    "async-std",
    "axum",
    "diesel",
    "graphile_worker",
    "hyper",
    "mio",
    "object_store",
    "opentelemetry",
    "poem",
    "reqwest",
    "rocket",
    "sea-orm",
    "smol",
    "sqlx",
    "tokio",
    "tonic",
    "tower",
    "ureq",
    "warp",
];

/// What `OUTSIDE` names by accident: traits and macros without any input, output or runtime.
const HARMLESS: [&str; 3] = ["tower-layer", "tower-service", "tokio-macros"];

/// Every breach of the rules, each in one sentence.
pub fn violations(graph: &Graph) -> Vec<String> {
    let layers: BTreeMap<&str, Layer> =
        graph.packages.iter().map(|package| (package.name.as_str(), package.layer)).collect();
    let mut found = Vec::new();
    for package in &graph.packages {
        let ours = |names: &BTreeSet<String>| -> Vec<(String, Layer)> {
            let known = |name: &String| layers.get(name.as_str()).map(|layer| (name.clone(), *layer));
            names.iter().filter(|name| **name != package.name).filter_map(known).collect()
        };
        for (other, layer) in ours(&package.needs) {
            if !may_need(package.layer, layer) {
                found.push(format!("{} must not depend on {other}", package.name));
            }
        }
        for (other, layer) in ours(&package.tests_need) {
            if !may_need(package.layer, layer) && !tests_may_need(package.layer, layer) {
                found.push(format!("the tests of {} must not depend on {other}", package.name));
            }
        }
        if matches!(package.layer, Layer::Kernel | Layer::Domain) {
            for outside in package.needs.union(&package.reaches).filter(|name| is_outside(name)) {
                let how = if package.needs.contains(outside) { "depends on" } else { "reaches" };
                found.push(format!("{} knows no input or output, but {how} {outside}", package.name));
            }
        }
    }
    found
}

fn may_need(from: Layer, to: Layer) -> bool {
    match from {
        Layer::Kernel | Layer::Migrations => false,
        Layer::Domain | Layer::Partners | Layer::Outbound => to == Layer::Kernel,
        // The schema is where the storage adapter's statements come true; it is nobody's domain.
        Layer::Adapter => {
            matches!(to, Layer::Kernel | Layer::Domain | Layer::Migrations | Layer::Outbound)
        }
        Layer::Processes => matches!(to, Layer::Kernel | Layer::Domain),
        Layer::Gateway => !matches!(to, Layer::Tests | Layer::Gateway),
        Layer::Tests => true,
    }
}

/// Outward adapters are tested on the simulators.
fn tests_may_need(from: Layer, to: Layer) -> bool {
    from == Layer::Adapter && to == Layer::Partners
}

fn is_outside(name: &str) -> bool {
    let begins = |outside: &&str| {
        name.strip_prefix(*outside).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
    };
    OUTSIDE.iter().any(begins) && !HARMLESS.contains(&name)
}

/// The workspace under `root` as it is.
pub fn of_workspace(root: &Path) -> Graph {
    let command = MetadataCommand::new().manifest_path(root.join("Cargo.toml")).exec();
    let metadata = command.expect("cargo knows the workspace");
    let packages = metadata.workspace_packages().into_iter().map(|package| {
        let folder = package.manifest_path.strip_prefix(root).expect("a package lies in the workspace");
        let need = |development: bool| {
            let wanted = package
                .dependencies
                .iter()
                .filter(|need| (need.kind == DependencyKind::Development) == development);
            wanted.map(|need| need.name.clone()).collect()
        };
        Package {
            name: package.name.to_string(),
            layer: layer(folder.as_str()),
            needs: need(false),
            tests_need: need(true),
            reaches: reach(&metadata, &package.id),
        }
    });
    Graph { packages: packages.collect() }
}

#[expect(clippy::panic, reason = "a package in no layer has no rules: somebody must say where it belongs")]
fn layer(manifest: &str) -> Layer {
    match manifest.split('/').collect::<Vec<_>>().as_slice() {
        ["crates", "kernel", _] => Layer::Kernel,
        ["crates", "processes", _] => Layer::Processes,
        ["crates", "outbound", _] => Layer::Outbound,
        ["crates", "adapters", ..] => Layer::Adapter,
        ["crates", _, _] => Layer::Domain,
        ["bin", "gateway", _] => Layer::Gateway,
        ["bin", "partners", _] => Layer::Partners,
        ["migrations", _] => Layer::Migrations,
        ["tests", ..] => Layer::Tests,
        _ => panic!("{manifest} lies where no package belongs"),
    }
}

/// The names of all that is built with a package, over its own needs and theirs.
fn reach(metadata: &Metadata, package: &PackageId) -> BTreeSet<String> {
    let resolved = metadata.resolve.as_ref().expect("cargo resolved the workspace");
    let nodes: BTreeMap<&PackageId, _> = resolved.nodes.iter().map(|node| (&node.id, node)).collect();
    let mut seen = BTreeSet::from([package]);
    let mut ahead = vec![package];
    while let Some(next) = ahead.pop() {
        let needs = nodes.get(next).into_iter().flat_map(|node| &node.deps);
        let built =
            needs.filter(|need| need.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal));
        for need in built {
            if seen.insert(&need.pkg) {
                ahead.push(&need.pkg);
            }
        }
    }
    seen.remove(package);
    let names: BTreeMap<&PackageId, &str> =
        metadata.packages.iter().map(|package| (&package.id, package.name.as_str())).collect();
    seen.into_iter().filter_map(|id| names.get(id)).map(|name| (*name).to_owned()).collect()
}

/// The rules themselves are tested on small workspaces that break them.
mod rules {
    use super::*;

    fn package(name: &str, layer: Layer, needs: &[&str]) -> Package {
        let needs: BTreeSet<String> = needs.iter().map(|name| (*name).to_owned()).collect();
        Package { name: name.into(), layer, reaches: needs.clone(), needs, tests_need: BTreeSet::new() }
    }

    fn sound() -> Graph {
        Graph {
            packages: vec![
                package("kernel", Layer::Kernel, &["time"]),
                package("identity", Layer::Domain, &["kernel", "argon2"]),
                package("wallet", Layer::Domain, &["kernel"]),
                package(
                    "postgres",
                    Layer::Adapter,
                    &["kernel", "identity", "wallet", "migrations", "sea-orm"],
                ),
                package("outbound", Layer::Outbound, &["reqwest"]),
                package("sms", Layer::Adapter, &["kernel", "identity", "outbound", "reqwest", "tokio"]),
                package("processes", Layer::Processes, &["kernel", "identity", "wallet"]),
                package("migrations", Layer::Migrations, &["sea-orm-migration"]),
                package("partners", Layer::Partners, &["kernel", "axum"]),
                package("gateway", Layer::Gateway, &["kernel", "identity", "postgres", "partners", "axum"]),
                package("tests", Layer::Tests, &["gateway", "postgres", "partners"]),
            ],
        }
    }

    fn broken(name: &str, need: &str) -> Vec<String> {
        let mut graph = sound();
        let package = graph.packages.iter_mut().find(|package| package.name == name).expect("it is there");
        package.needs.insert(need.to_owned());
        violations(&graph)
    }

    #[test]
    fn a_sound_workspace_has_none() {
        assert_eq!(violations(&sound()), Vec::<String>::new());
    }

    #[test]
    fn a_domain_gains_neither_the_outside_nor_a_neighbour() {
        for need in ["axum", "axum-extra", "sea-orm", "sqlx-postgres", "reqwest", "tokio", "tokio-util"] {
            assert_eq!(
                broken("wallet", need),
                [format!("wallet knows no input or output, but depends on {need}")]
            );
        }
        for need in ["identity", "outbound", "postgres", "processes", "gateway", "partners", "migrations"] {
            assert_eq!(broken("wallet", need), [format!("wallet must not depend on {need}")]);
        }
        for need in ["tower-service", "tokenizers", "async-trait"] {
            assert_eq!(broken("wallet", need), Vec::<String>::new());
        }
    }

    #[test]
    fn a_runtime_is_not_smuggled_in_by_somebody_else() {
        let mut graph = sound();
        graph.packages[2].reaches.insert("tokio".to_owned());
        assert_eq!(violations(&graph), ["wallet knows no input or output, but reaches tokio"]);
    }

    #[test]
    fn a_domains_tests_may_have_a_runtime_but_no_neighbour() {
        let mut graph = sound();
        graph.packages[2].tests_need.extend(["tokio", "wallet", "identity"].map(str::to_owned));
        assert_eq!(violations(&graph), ["the tests of wallet must not depend on identity"]);
    }

    #[test]
    fn the_kernel_depends_on_nothing_of_ours() {
        assert_eq!(broken("kernel", "identity"), ["kernel must not depend on identity"]);
        assert_eq!(broken("kernel", "tokio"), ["kernel knows no input or output, but depends on tokio"]);
    }

    #[test]
    fn an_adapter_never_leans_on_another() {
        for need in ["postgres", "processes", "gateway", "partners"] {
            assert_eq!(broken("sms", need), [format!("sms must not depend on {need}")]);
        }
        let mut graph = sound();
        graph.packages[5].tests_need.extend(["partners", "postgres"].map(str::to_owned));
        assert_eq!(violations(&graph), ["the tests of sms must not depend on postgres"]);
    }

    #[test]
    fn the_way_out_knows_no_partner_and_no_domain() {
        for need in ["identity", "sms"] {
            assert_eq!(broken("outbound", need), [format!("outbound must not depend on {need}")]);
        }
        assert_eq!(broken("processes", "outbound"), ["processes must not depend on outbound"]);
    }

    #[test]
    fn nobody_but_the_tests_knows_the_gateway() {
        for name in ["kernel", "identity", "sms", "processes", "migrations", "partners"] {
            assert_eq!(broken(name, "gateway"), [format!("{name} must not depend on gateway")]);
        }
        assert_eq!(broken("gateway", "tests"), ["gateway must not depend on tests"]);
        assert_eq!(broken("processes", "postgres"), ["processes must not depend on postgres"]);
        assert_eq!(broken("partners", "payments-less"), Vec::<String>::new());
    }

    #[test]
    fn folders_say_what_a_package_is() {
        assert_eq!(layer("crates/kernel/Cargo.toml"), Layer::Kernel);
        assert_eq!(layer("crates/pharmacy/Cargo.toml"), Layer::Domain);
        assert_eq!(layer("crates/adapters/courier/Cargo.toml"), Layer::Adapter);
        assert_eq!(layer("tests/Cargo.toml"), Layer::Tests);
        assert_eq!(layer("tests/bench/Cargo.toml"), Layer::Tests);
    }
}
