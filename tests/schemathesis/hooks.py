"""What Schemathesis cannot find out from the document alone: who calls, and which ids are theirs.

Every answer is counted by operation and status, for the table of `run.py`.
"""

import atexit
import collections
import datetime
import json
import os
import random
import threading

import requests
import schemathesis

from people import BORN, CODE, PIN, People, Person

API = os.environ["AAROKYA_URL"]
WEBHOOK = ("aarokyaSandbox", "sandbox-juspay-webhook-password")
# How often one person may call what is limited by person; a new one takes over before.
TURNS = {"openPaymentSession": 50, "calculatePremium": 100, "addDependant": 15, "purchasePolicy": 100, "changeDependant": 50, "setPin": 12, "stepUp": 40, "showOrder": 1_500, "endSession": 12}
# What the simulators take for a wish to fail, in paise.
MAGIC_AMOUNTS = range(131_301, 131_326)

NOBODYS = "019bc1a9-4e20-7c5d-b1f2-87a3c60d19e4"

people = People(API)
lock = threading.Lock()
counting = threading.Lock()
counts = collections.Counter()
chance = random.Random(7)


class Callers:
    """One person calls until a limit is near or their session is over, then the next."""

    def __init__(self):
        self.person = None
        self.gone = set()

    def now(self):
        with lock:
            if self.person is None:
                self.person = people.next()
            return self.person

    def is_over(self, operation, response):
        """Whether the caller cannot go on: their session has ended, or they asked too often."""
        if response.status_code == 401:
            return response.json().get("error") == "INVALID_TOKEN"
        return operation == "logOut" or (response.status_code == 429 and operation in TURNS)

    def count(self, person, operation):
        """Notes a call; whoever has had their turns is replaced."""
        person.calls[operation] = person.calls.get(operation, 0) + 1
        if person.calls[operation] >= TURNS.get(operation, 1 << 30):
            self.replace(person)

    def replace(self, person):
        with lock:
            if self.person is person:
                self.person = None
                self.gone.add(person.authorization["Authorization"])


callers = Callers()


def name(case):
    return case.operation.definition.raw.get("operationId", case.operation.label)


def is_positive(case):
    return case.meta is not None and case.meta.generation.mode.is_positive


@schemathesis.auth(refresh_interval=None)
class Auth:
    """The caller's access token; Juspay's password where Juspay calls."""

    def get(self, case, context):
        if name(case) == "juspayWebhook":
            return requests.auth._basic_auth_str(*WEBHOOK)
        return callers.now().authorization["Authorization"]

    def set(self, case, data, context):
        case.headers["Authorization"] = data


def mostly():
    return chance.random() < 0.6


@schemathesis.hook
def before_call(context, case, kwargs):
    """Puts right what the document says in words alone, and gives most requests the ids and codes that nobody can
    guess; only to requests that are meant to succeed."""
    if case.headers and case.headers.get("Authorization") in callers.gone:
        case.headers["Authorization"] = callers.now().authorization["Authorization"]
    if not is_positive(case):
        return
    operation = name(case)
    for right in RIGHTS.get(operation, ()):
        right(case)
    fill = FILLS.get(operation)
    if fill and mostly():
        fill(case, callers.now())


def has(case, field):
    return isinstance(case.body, dict) and case.body.get(field) is not None


def amount(case):
    """JSON Schema calls `500.0` a whole number; we do not. And no payment that the simulators are to fail."""
    if has(case, "amount"):
        whole = int(case.body["amount"])
        case.body = {**case.body, "amount": 50_000 if whole in MAGIC_AMOUNTS else whole}


def wish(case):
    """A top-up has an amount, no quote and no choice of method; a policy has a quote and no amount."""
    if not isinstance(case.body, dict):
        return
    body = dict(case.body)
    if str(body.get("type")).upper().startswith("INSURANCE"):
        body.pop("amount", None)
        body.setdefault("quote_id", NOBODYS)
    else:
        body.pop("quote_id", None)
        body.pop("method", None)
        body.setdefault("amount", 50_000)
    case.body = body


def buyable(case):
    """Relatives who can be alive."""
    for relative in (case.body.get("dependants") or []) if isinstance(case.body, dict) else []:
        if isinstance(relative, dict) and relative.get("dob") is not None:
            relative["dob"] = "2016-07-30"


def birth(case):
    """Somebody who is alive, and the same as before: beside a PIN, another birth date takes more than this."""
    if has(case, "dob"):
        case.body = {**case.body, "dob": BORN}


def births(case):
    """A policyholder whom the price can be told of, whatever their profile says by now, and relatives who can be alive."""
    if not isinstance(case.body, dict):
        return
    told = case.body.get("policyholder") or {}
    case.body = {**case.body, "policyholder": {**told, "gender": told.get("gender") or "female", "dob": BORN}}
    for relative in case.body.get("dependants") or []:
        if isinstance(relative, dict) and relative.get("dob") is not None:
            relative["dob"] = chance.choice([BORN, "2016-07-30", "1961-01-01"])


def named(case):
    """A first name of which something is left."""
    if has(case, "first_name"):
        case.body = {**case.body, "first_name": case.body["first_name"].strip() or "Kiran"}


def born_child(case):
    """A relative who can be alive."""
    if has(case, "dob"):
        case.body = {**case.body, "dob": "2016-07-30"}


def strong(case):
    """No run and no repeat."""
    if has(case, "pin"):
        case.body = {**case.body, "pin": PIN}


def period(case):
    """A last day that is not before the first, and less than a year after it."""
    query = case.query
    try:
        first = datetime.date.fromisoformat(query["from"])
        last = datetime.date.fromisoformat(query["to"])
    except (TypeError, KeyError, ValueError):
        return
    first, last = min(first, last), max(first, last)
    query["from"], query["to"] = first.isoformat(), min(last, first + datetime.timedelta(days=365)).isoformat()


RIGHTS = {
    "openPaymentSession": [amount, wish],
    "purchasePolicy": [buyable],
    "changeProfile": [birth],
    "setPin": [birth, strong],
    "downloadStatement": [period],
    "calculatePremium": [births],
    "addDependant": [named, born_child],
    "changeDependant": [named, born_child],
}


def verify(case, person):
    phone = people.number()
    person.ask_for_code(phone)
    case.body = {"phone": phone, "otp": CODE}


def trigger(case, person):
    case.body = {**(case.body if isinstance(case.body, dict) else {}), "phone": people.number()}


def refresh(case, person):
    case.body = {"refresh_token": Person(API, people.number()).refresh}


def set_pin(case, person):
    person.ask_for_code(person.phone, again=True)
    case.body = {"pin": PIN, "otp": CODE, "dob": BORN}


def step_up(case, person):
    person.set_pin()
    case.body = {"pin": PIN}


def wallet(case, person):
    case.path_parameters["wallet_id"] = person.wallet


def order(case, person):
    case.path_parameters["order_id"] = chance.choice(person.orders)


def session(case, person):
    case.path_parameters["id"] = person.second_session() or case.path_parameters["id"]


def open_session(case, person):
    if isinstance(case.body, dict) and "quote_id" in case.body:
        case.body = {**case.body, "quote_id": person.quote(people.plans(person))["quote_id"]}
    elif isinstance(case.body, dict):
        # Beyond the room of a wallet, most amounts are refused.
        case.body = {**case.body, "amount": chance.randrange(100, 900_000)}
    case.headers["Idempotency-Key"] = f"{chance.getrandbits(64):x}"


def plan(case, person):
    case.path_parameters["id"] = chance.choice(people.plans(person))["id"]


def policy(case, person):
    bought = person.policy(people.plans(person))
    case.path_parameters["policy_id"] = bought["id"] if bought else NOBODYS


def purchase(case, person):
    bought = person.policy(people.plans(person))
    if bought and isinstance(case.body, dict):
        case.body = {"plan_id": bought["plan_id"], "payment_order_id": bought["payment_order_id"]}


def cover(case, person):
    if isinstance(case.body, dict):
        known = [person.dependant()] if case.body.get("dependant_ids") else case.body.get("dependant_ids")
        case.body = {**case.body, "plan_id": chance.choice(people.plans(person))["id"], "dependant_ids": known}


def dependant(case, person):
    case.path_parameters["id"] = person.dependant()


FILLS = {
    "changeDependant": dependant,
    "removeDependant": dependant,
    "showPlan": plan,
    "showPolicy": policy,
    "purchasePolicy": purchase,
    "calculatePremium": cover,
    "triggerOtp": trigger,
    "verifyOtp": verify,
    "refreshToken": refresh,
    "setPin": set_pin,
    "stepUp": step_up,
    "endSession": session,
    "showBalance": wallet,
    "showWalletStatus": wallet,
    "listTransactions": wallet,
    "showOrder": order,
    "openPaymentSession": open_session,
}


@schemathesis.hook
def after_call(context, case, response):
    operation = name(case)
    with counting:
        counts[f"{case.method} {case.operation.path}", response.status_code] += 1
    person = callers.person
    if person is None:
        return
    callers.count(person, operation)
    sent = response.request.headers.get("Authorization") if response.request else None
    if isinstance(sent, bytes):
        sent = sent.decode("latin-1")
    if sent != person.authorization["Authorization"]:
        return
    if callers.is_over(operation, response):
        callers.replace(person)
    if operation == "openPaymentSession" and response.status_code == 201:
        person.orders.append(response.json()["order_id"])


@atexit.register
def tell():
    table = {}
    for (operation, status), count in sorted(counts.items()):
        table.setdefault(operation, {})[str(status)] = count
    with open(os.environ["AAROKYA_STATUSES"], "w", encoding="utf-8") as file:
        json.dump(table, file, indent=1)
