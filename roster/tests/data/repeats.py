"""Every PUBLIC write with a request id, sent again in every way (requirement N13).

The contract says which methods those are and where their fields go; a new one without a case here fails.

    python repeats.py ORIGIN OWNER_KEY ORGANIZATION SHOP_KEY [METHOD…]
"""

import http.client
import json
import sys
import time
import urllib.parse
import uuid
from concurrent.futures import ThreadPoolExecutor

from calls import ADDRESS, methods, over_grpc, over_http

OWNER, ORGANIZATION, SHOP = sys.argv[2:5]
# A method that cannot be called so, and why.
LEFT_OUT = {"CompleteSetup": "an installation is set up once, by a link that works once"}
PASSWORD = "correct horse battery"
CSV = b"email,license\n%s@example.com,false\n"


# Cases: the credential, a message, and the same message with another content.


def post(path, body, key=OWNER):
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
    connection = http.client.HTTPConnection(ADDRESS, timeout=60)
    connection.request("POST", "/v1/" + path, json.dumps(body), headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    assert answer.status == 200, (path, text)
    return json.loads(text)


def get(path, origin="/v1/"):
    connection = http.client.HTTPConnection(ADDRESS, timeout=60)
    connection.request("GET", origin + path, headers={"Authorization": f"Bearer {OWNER}"})
    return json.loads(connection.getresponse().read())


def mailed(email, count=1):
    """The code in the newest of so many mails to an address; mail arrives on its own."""
    for _ in range(300):
        mails = get("dev/mailbox.json?" + urllib.parse.urlencode({"to": email}), "/")["mails"]
        if len(mails) >= count:
            return mails[0]["link"].split("#")[1]
        time.sleep(0.1)
    raise AssertionError(f"no mail to {email}")


def fresh():
    return uuid.uuid4().hex[:12]


def person(email):
    return {"email": email, "given_name": "Ann", "family_name": "Lee"}


def user(onboarding="PENDING_MANUAL", email=None):
    body = {"user": person(email or f"{fresh()}@example.com"), "onboarding": f"ONBOARDING_{onboarding}"}
    return post(f"{ORGANIZATION}/users", body)


def seat():
    return f"{ORGANIZATION}/pools/meet/seats/{user()['name'].split('/')[-1]}"


def assigned():
    name = seat()
    post(f"{name}:assign", {})
    return name


def purchase(**other):
    email = f"{fresh()}@example.com"
    return {"order_number": fresh(), "buyer_email": email, "lines": [{"product": "meet", "seat_count": 2}], **other}


def recorded(email=None):
    return post("purchases", purchase(**({"buyer_email": email} if email else {})), SHOP)["name"]


def link(email, count=1):
    post(f"{recorded(email)}:confirmPayment", {}, SHOP)
    return mailed(email, count)


def planned():
    connection = http.client.HTTPConnection(ADDRESS, timeout=60)
    headers = {"Content-Type": "text/csv", "Authorization": f"Bearer {OWNER}"}
    path = f"/v1/{ORGANIZATION}/imports:upload?kind=IMPORT_KIND_LICENSE_INVITE&product=meet&file_name=a.csv"
    connection.request("POST", path, CSV % fresh().encode(), headers)
    name = json.loads(connection.getresponse().read())["name"]
    connection.request("GET", f"/v1/{name}:watch", headers={**headers, "Accept": "application/x-ndjson"})
    changes = [json.loads(line) for line in connection.getresponse().read().splitlines()]
    return next(change["import"] for change in reversed(changes) if change.get("import"))


def create_user():
    message = {"parent": ORGANIZATION, "user": person(f"{fresh()}@example.com")}
    return OWNER, message, {**message, "onboarding": "ONBOARDING_INVITE_NOW"}


def update_user():
    found = user()
    message = {"user": {"name": found["name"], "given_name": "Ann"}, "update_mask": "givenName"}
    return OWNER, message, {**message, "user": {"name": found["name"], "given_name": "Eve"}}


def upload_import():
    start = {"parent": ORGANIZATION, "kind": "IMPORT_KIND_LICENSE_INVITE", "product": "meet", "file_name": "a.csv"}
    message = {"start": start, "file": (CSV % fresh().encode()).decode()}
    return OWNER, message, {**message, "file": (CSV % fresh().encode()).decode()}


def accept_import():
    plan = planned()
    message = {"name": plan["name"], "etag": plan["etag"]}
    return OWNER, message, {**message, "accept_mode": "ACCEPT_MODE_VALID_ROWS"}


def invite_users():
    message = {"parent": ORGANIZATION, "product": "meet", "lines": [person(f"{fresh()}@example.com")]}
    return OWNER, message, {**message, "lines": [{"email": f"{fresh()}@example.com"}]}


def send_activation_emails():
    message = {"parent": ORGANIZATION, "users": {"names": [user()["name"]]}}
    return OWNER, message, {**message, "users": {"names": [user()["name"]]}}


def create_organization():
    return OWNER, {"organization": {"display_name": fresh()}}, {"organization": {"display_name": fresh()}}


def record_purchase():
    message = {"purchase": purchase()}
    return SHOP, message, {"purchase": purchase()}


def member():
    """Somebody with a password, as their address and session."""
    email = f"{fresh()}@example.com"
    user("INVITE_NOW", email)
    post("links:redeem", {"token": mailed(email), "new_password": PASSWORD}, None)
    return email, post("sessions", {"email": email, "password": PASSWORD}, None)["sessionToken"]


def accept_invitation():
    (email, session), (_, owner) = member(), member()
    other = post("organizations", {"display_name": fresh()}, owner)["name"]
    post(f"{other}/users", {"user": person(email), "onboarding": "ONBOARDING_INVITE_NOW"}, owner)
    return session, {"token": mailed(email, 2)}, {"token": "act_other"}


def map_purchase():
    email, session = member()
    token = link(email, 2)
    message = {"token": token, "new_organization": {"display_name": fresh()}}
    return session, message, {**message, "new_organization": {"display_name": fresh()}}


def sign_up_buyer():
    token = link(f"{fresh()}@example.com")
    message = {"token": token, "given_name": "Ann", "family_name": "Lee", "password": PASSWORD}
    return None, message, {**message, "given_name": "Eve"}


def redeem_link():
    email = f"{fresh()}@example.com"
    user("INVITE_NOW", email)
    message = {"token": mailed(email), "new_password": PASSWORD}
    return None, message, {**message, "token": "act_other"}


def of_one(make):
    """For a message that is a name: another name is another content."""
    return lambda: (OWNER, {"name": make()}, {"name": make()})


CASES = {
    "CreateUser": create_user,
    "UpdateUser": update_user,
    "SendActivationEmails": send_activation_emails,
    "CreateOrganization": create_organization,
    "CancelBulkRun": of_one(lambda: post(f"{ORGANIZATION}/users:sendActivationEmails", {"users": {"names": [user()["name"]]}})["name"]),
    "RedeemLink": redeem_link,
    "AcceptInvitation": accept_invitation,
    "UploadImport": upload_import,
    "AcceptImport": accept_import,
    "CancelImport": of_one(lambda: planned()["name"]),
    "AssignSeat": of_one(seat),
    "ReleaseSeat": of_one(assigned),
    "InviteUsers": invite_users,
    "RecordPurchase": record_purchase,
    "ConfirmPayment": lambda: (SHOP, {"name": recorded()}, {"name": recorded()}),
    "SignUpBuyer": sign_up_buyer,
    "MapPurchase": map_purchase,
}


def repeated(method):
    for first, second in ((over_http, over_grpc), (over_grpc, over_http)):
        key, message, other = CASES[method.name]()
        number = fresh()
        outcome, answer, replayed = first(method, key, message, number)
        assert not replayed, "the first is no repeat"
        for again in (first, second):
            assert again(method, key, message, number) == (outcome, answer, True), (again, outcome, answer, again(method, key, message, number))
            refused = again(method, key, other, number)
            assert refused[0] == "IDEMPOTENCY_KEY_REUSED", refused


def at_once(method):
    key, message, _ = CASES[method.name]()
    number = fresh()
    with ThreadPoolExecutor(16) as pool:
        calls = [pool.submit((over_http, over_grpc)[n % 2], method, key, message, number) for n in range(16)]
        answers = [call.result() for call in calls]
    effects = [answer for answer in answers if answer[0] != "REQUEST_IN_PROGRESS"]
    firsts = [answer for answer in effects if not answer[2]]
    assert len(firsts) == 1, answers
    assert all(answer[:2] == firsts[0][:2] for answer in effects), answers
    assert over_http(method, key, message, number) == (*firsts[0][:2], True)


def twice_different(method):
    key, message, _ = CASES[method.name]()
    place = message["start"] if method.client_streaming else message
    place["request_id"] = "one"
    assert over_grpc(method, key, message, "two")[0] == "FIELD_VIOLATIONS"


def main(only):
    failed = 0
    for method in methods():
        if method.name in LEFT_OUT or (only and method.name not in only):
            continue
        for check in (repeated, at_once, twice_different):
            try:
                check(method)
            except Exception as error:
                failed = 1
                print(f"{method.name}, {check.__name__}: {type(error).__name__} {error}", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[5:]))
