"""People of the sandbox: signed in, with a wallet that is open, and made ahead of need."""

import itertools
import queue
import random
import threading
import time

import requests

CODE = "123456"
PIN = "8305"
BORN = "1994-08-15"


class Person:
    """Somebody signed in."""

    def __init__(self, api, phone):
        self.api = api
        self.phone = phone
        self.orders = []
        self.has_pin = False
        self.bought = None
        self.calls = {}
        self.sign_in()

    def sign_in(self):
        """Signs in anew: every token before stays good until its session ends."""
        self.ask_for_code(self.phone)
        answer = self.post("/auth/otp/verify", {"phone": self.phone, "otp": CODE, "device_info": "Schemathesis"})
        self.access, self.refresh = answer["access_token"], answer["refresh_token"]

    def ask_for_code(self, phone, again=False):
        """Sends a code. Asking again within 30 seconds is refused, so the sandbox's clock is moved on before."""
        if again:
            requests.post(f"{self.api}/sandbox/clock", json={"advance_seconds": 31}, timeout=30)
        requests.post(f"{self.api}/auth/otp/trigger", json={"phone": phone}, timeout=30)

    def set_pin(self):
        """Sets the PIN, once."""
        if self.has_pin:
            return
        self.ask_for_code(self.phone, again=True)
        body = {"pin": PIN, "otp": CODE, "dob": BORN}
        answer = requests.put(f"{self.api}/auth/pin", json=body, headers=self.authorization, timeout=30)
        self.has_pin = answer.ok

    def second_session(self):
        """Signs in on another device, and answers the id of that session."""
        self.ask_for_code(self.phone, again=True)
        body = {"phone": self.phone, "otp": CODE, "device_info": "Another"}
        answer = requests.post(f"{self.api}/auth/otp/verify", json=body, timeout=30)
        if not answer.ok:
            return None
        headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        listed = requests.get(f"{self.api}/auth/sessions", headers=headers, timeout=30).json()
        return next(session["id"] for session in listed["data"] if session["current"])

    def post(self, path, body, **headers):
        answer = requests.post(f"{self.api}{path}", json=body, headers=headers, timeout=30)
        answer.raise_for_status()
        return answer.json()

    @property
    def authorization(self):
        return {"Authorization": f"Bearer {self.access}"}

    def dependant(self):
        """A family member: the one there is, or one named now."""
        kiran = {"first_name": "Kiran", "dob": "2016-07-30", "gender": "male", "relationship": "child"}
        family = requests.get(f"{self.api}/user/dependants", headers=self.authorization, timeout=30).json()["data"]
        return family[0]["id"] if family else self.post("/user/dependants", kiran, **self.authorization)["id"]

    def quote(self, plans):
        """What a plan costs that is paid for at once."""
        plan = random.choice([plan for plan in plans if plan["issuance_mode"] == "INSTANT" and not plan["eligibility"]["districts"]])
        told = {"plan_id": plan["id"], "dependant_ids": [], "policyholder": {"dob": BORN, "gender": "female"}}
        return self.post("/insurance/calculate-premium", told, **self.authorization)

    def policy(self, plans):
        """A policy of this person: the one there is, or one bought now; `None` if that is refused."""
        if self.bought:
            return self.bought
        # Whatever their profile says by now, the quote is for somebody of whom it says the same.
        profile = {"first_name": "Asha", "dob": BORN, "gender": "female"}
        requests.patch(f"{self.api}/user/profile", json=profile, headers=self.authorization, timeout=30)
        quote = self.quote(plans)
        wanted = {"type": "INSURANCE_PURCHASE", "quote_id": quote["quote_id"]}
        headers = {**self.authorization, "Idempotency-Key": f"{random.getrandbits(64):x}"}
        opened = requests.post(f"{self.api}/payments/session", json=wanted, headers=headers, timeout=30)
        if not opened.ok:
            return None
        order = opened.json()["order_id"]
        paid = {"outcome": "success", "webhook": "before"}
        requests.post(f"{self.api}/sandbox/partners/juspay/orders/{order}/pay", json=paid, timeout=30)
        claim = {"plan_id": quote["plan_id"], "payment_order_id": order}
        claimed = requests.post(f"{self.api}/insurance/purchase", json=claim, headers=self.authorization, timeout=30)
        self.bought = {**claim, "id": claimed.json()["id"]} if claimed.ok else None
        return self.bought

    def settle(self):
        """Fills the profile, waits for the wallet, and opens an order."""
        profile = {"first_name": "Asha", "last_name": "Devi", "dob": BORN, "gender": "female"}
        requests.patch(f"{self.api}/user/profile", json=profile, headers=self.authorization, timeout=30)
        for _ in range(240):
            wallet = requests.get(f"{self.api}/wallet", headers=self.authorization, timeout=30).json()
            if wallet.get("wallet_status") == "COMPLETED":
                self.wallet = wallet["transcorp_wallet_id"]
                break
            time.sleep(0.25)
        else:
            raise RuntimeError(f"the wallet of {self.phone} does not open: {wallet}")
        session = {"type": "WALLET_TOPUP", "amount": 50_000}
        order = self.post("/payments/session", session, **self.authorization, **{"Idempotency-Key": "first"})
        self.orders.append(order["order_id"])
        return self


class People:
    """Gives new people without letting anybody wait for one, as far as it can."""

    def __init__(self, api, ahead=12, makers=6):
        self.api = api
        # Beside the numbers that mean something to the simulators, which begin with 9000000.
        self.numbers = itertools.count(7_000_000_000 + random.randrange(900_000_000))
        self.ready = queue.Queue(maxsize=ahead)
        self.failure = None
        self.known_plans = []
        # A wallet takes some seconds to open, whoever waits for it.
        for _ in range(makers):
            threading.Thread(target=self.make, daemon=True).start()

    def number(self):
        return str(next(self.numbers))

    def make(self):
        try:
            while True:
                self.ready.put(Person(self.api, self.number()).settle())
        except Exception as failure:  # told to whoever waits
            self.failure = failure

    def plans(self, person):
        """The plans on sale."""
        if not self.known_plans:
            listed = requests.get(f"{self.api}/insurance/plans", headers=person.authorization, timeout=30).json()
            self.known_plans = listed["data"]
        return self.known_plans

    def next(self):
        while True:
            try:
                return self.ready.get(timeout=1)
            except queue.Empty:
                if self.failure:
                    raise self.failure
