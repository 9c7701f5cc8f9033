"""A small company to test with, and callers that speak plain HTTP to its org."""

from typing import Any

import requests

from orgsim import Sim

ORG = "00D000000000001EAA"
ANN, BOB, CARL, GONE, BOSS, ADMIN = (f"00500000000000{number}" for number in range(1, 7))
LEAD, CONVERTED, CONTACT, ACCOUNT = "00Q000000000001", "00Q000000000002", "003000000000001", "001000000000001"
QUEUE = "00G000000000001"


def long(short: str) -> str:
    """Give the 18-character form, worked out apart from the code under test."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    suffix = ""
    for start in (0, 5, 10):
        bits = "".join("1" if char.isupper() else "0" for char in reversed(short[start : start + 5]))
        suffix += letters[int(bits, 2)]
    return short + suffix


def user(number: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "Id": number,
        "Username": f"{name.lower()}@acme.example",
        "Email": f"{name.lower()}@acme.example",
        "Name": f"{name} Example",
        "IsActive": True,
        "TimeZoneSidKey": "Europe/Berlin",
        **more,
    }


def world() -> dict[str, Any]:
    return {
        "orgs": [
            {
                "id": ORG,
                "name": "Acme",
                "roles": [
                    {"Id": "00E000000000001", "Name": "Head of sales", "ParentRoleId": None},
                    {"Id": "00E000000000002", "Name": "Rep", "ParentRoleId": "00E000000000001"},
                ],
                "users": [
                    user(ANN, "Ann", RoleId="00E000000000002"),
                    user(BOB, "Bob", RoleId="00E000000000002"),
                    user(CARL, "Carl", RoleId=None),
                    user(GONE, "Gone", IsActive=False),
                    user(BOSS, "Boss", RoleId="00E000000000001"),
                    user(ADMIN, "Admin", ViewAllData=True),
                ],
                "groups": [{"Id": QUEUE, "Name": "Inbound", "Type": "Queue", "MemberIds": [long(ANN)]}],
                "leads": [
                    {"Id": LEAD, "Name": "Lea Lead", "Email": "lea@x.example", "IsConverted": False},
                    {"Id": CONVERTED, "Name": "Con Verted", "IsConverted": True, "ConvertedContactId": CONTACT},
                ],
                "contacts": [{"Id": CONTACT, "Name": "Cora Contact", "AccountId": ACCOUNT}],
                "accounts": [{"Id": ACCOUNT, "Name": "Acme Corp"}],
                "tasks": [],
            }
        ]
    }


class Caller:
    """A client of the org: one user's token, plain HTTP."""

    def __init__(self, sim: Sim, username: str) -> None:
        self.login = sim.door.session(username)
        self.root = sim.url
        self.base = f"{sim.url}/services/data/v66.0"
        self.http = requests.Session()
        self.http.headers["Authorization"] = f"Bearer {self.login['access_token']}"

    def __call__(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        url = self.root + path if path.startswith("/services") else self.base + path
        return self.http.request(method, url, json=body, allow_redirects=False, timeout=30, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self("GET", path, **options)

    def query(self, soql: str, resource: str = "query", **options: Any) -> dict[str, Any]:
        answer = self.get(f"/{resource}", params={"q": soql}, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def rows(self, soql: str, resource: str = "query") -> list[dict[str, Any]]:
        return [{k: v for k, v in row.items() if k != "attributes"} for row in self.query(soql, resource)["records"]]

    def create(self, **fields: Any) -> str:
        answer = self("POST", "/sobjects/Task", fields)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def update(self, record_id: str, headers: dict[str, str] | None = None, **fields: Any) -> requests.Response:
        return self("PATCH", f"/sobjects/Task/{record_id}", fields, headers=headers)

    def delete(self, record_id: str) -> requests.Response:
        return self("DELETE", f"/sobjects/Task/{record_id}")

    def read(self, record_id: str) -> dict[str, Any]:
        answer = self.get(f"/sobjects/Task/{record_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def collection(self, method: str, records: list[dict[str, Any]], path: str = "", **more: Any) -> requests.Response:
        tagged = [{"attributes": {"type": "Task"}, **record} for record in records]
        return self(method, f"/composite/sobjects{path}", {"records": tagged, **more})


def refusal(answer: requests.Response) -> tuple[int, str, str]:
    """Give the status, errorCode and message of a refused single-row call."""
    (error,) = answer.json()
    return answer.status_code, error["errorCode"], error["message"]
