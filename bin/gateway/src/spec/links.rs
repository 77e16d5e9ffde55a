//! Which answer says what the next request needs: the journeys of the contract, for tools that follow them.

use aide::openapi::{Link, LinkOperation, OpenApi, Operation, PathItem, ReferenceOr, StatusCode};
use serde_json::{Map, Value};

/// What a next request takes from an answer: a parameter, or a member of the body, and where it stands.
type Taken = (&'static str, &'static str);

/// From an operation and the status of its answer to another operation.
struct Step {
    from: &'static str,
    status: u16,
    to: &'static str,
    about: &'static str,
    parameters: &'static [Taken],
    body: &'static [Taken],
}

const WALLET: &[Taken] = &[("wallet_id", "$response.body#/transcorp_wallet_id")];
const REFRESH: &[Taken] = &[("refresh_token", "$response.body#/refresh_token")];

const fn step(from: &'static str, status: u16, to: &'static str, about: &'static str) -> Step {
    Step { from, status, to, about, parameters: &[], body: &[] }
}

impl Step {
    const fn with(mut self, parameters: &'static [Taken]) -> Self {
        self.parameters = parameters;
        self
    }

    const fn sending(mut self, body: &'static [Taken]) -> Self {
        self.body = body;
        self
    }
}

/// All of them.
const STEPS: &[Step] = &[
    step("triggerOtp", 200, "verifyOtp", "The code that was sent is given back with its challenge.")
        .sending(&[("phone", "$request.body#/phone"), ("challenge_id", "$response.body#/challenge_id")]),
    step("verifyOtp", 200, "refreshToken", "The first pair of tokens becomes the second.").sending(REFRESH),
    step("verifyOtp", 200, "logOut", "The session that began is ended.").sending(REFRESH),
    step("refreshToken", 200, "refreshToken", "Each pair of tokens becomes the next.").sending(REFRESH),
    step("listSessions", 200, "endSession", "One of the devices is signed out.")
        .with(&[("id", "$response.body#/data/0/id")]),
    step("openWallet", 200, "showBalance", "What the wallet holds, once it is open.").with(WALLET),
    step("showWallet", 200, "showBalance", "What the wallet holds, once it is open.").with(WALLET),
    step("showWallet", 200, "showWalletStatus", "How the wallet stands, once it is open.").with(WALLET),
    step("showWallet", 200, "listTransactions", "What happened to the wallet, once it is open.").with(WALLET),
    step("listTransactions", 200, "listTransactions", "The next page, if there is one.").with(&[
        ("wallet_id", "$request.path.wallet_id"),
        ("number_of_days", "$request.path.number_of_days"),
        ("cursor", "$response.body#/next_cursor"),
    ]),
    step("openPaymentSession", 201, "showOrder", "What became of the order.")
        .with(&[("order_id", "$response.body#/order_id")]),
    step("openPaymentSession", 201, "purchasePolicy", "The policy that the order paid for.")
        .sending(&[("payment_order_id", "$response.body#/order_id")]),
    step("calculatePremium", 200, "openPaymentSession", "What was priced is paid for.")
        .sending(&[("quote_id", "$response.body#/quote_id")]),
    step("purchasePolicy", 201, "showPolicy", "What became of the policy.")
        .with(&[("policy_id", "$response.body#/id")]),
    step("listPolicies", 200, "showPolicy", "What became of a policy.")
        .with(&[("policy_id", "$response.body#/data/0/id")]),
    step("listPolicies", 200, "listPolicies", "The next page, if there is one.")
        .with(&[("cursor", "$response.body#/next_cursor")]),
    step("listOrders", 200, "showOrder", "What became of an order.")
        .with(&[("order_id", "$response.body#/data/0/order_id")]),
    step("listOrders", 200, "listOrders", "The next page, if there is one.")
        .with(&[("cursor", "$response.body#/next_cursor")]),
];

/// Adds each step to the answer it begins at.
pub(super) fn add(document: &mut OpenApi) {
    let Some(paths) = document.paths.as_mut() else { return };
    for item in paths.paths.values_mut() {
        let ReferenceOr::Item(item) = item else { continue };
        for operation in operations(item) {
            let from = operation.operation_id.clone();
            let steps = STEPS.iter().filter(|step| from.as_deref() == Some(step.from));
            steps.for_each(|step| begin(operation, step));
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, post, put, patch, delete, .. } = item;
    [get, post, put, patch, delete].into_iter().flatten()
}

fn begin(operation: &mut Operation, step: &Step) {
    let responses = operation.responses.as_mut().map(|responses| &mut responses.responses);
    let response = responses.and_then(|responses| responses.get_mut(&StatusCode::Code(step.status)));
    if let Some(ReferenceOr::Item(response)) = response {
        response.links.insert(step.to.to_owned(), ReferenceOr::Item(link(step)));
    }
}

fn link(step: &Step) -> Link {
    let owned = |taken: &[Taken]| -> Map<String, Value> {
        taken.iter().map(|(name, place)| ((*name).to_owned(), (*place).into())).collect()
    };
    Link {
        description: Some(step.about.to_owned()),
        operation: LinkOperation::OperationId(step.to.to_owned()),
        request_body: (!step.body.is_empty()).then(|| Value::Object(owned(step.body))),
        parameters: owned(step.parameters).into_iter().collect(),
        server: None,
        extensions: OpenApi::default().extensions,
    }
}
