"""The two orgs and who is in them: users, roles, queues, leads, contacts, accounts."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

from orgsim.ids import numbered_id

_STATUSES = (
    ("Not Started", "Not Started", False),
    ("In Progress", "In Progress", False),
    ("Completed", "Completed", True),
    ("Waiting on someone else", "Waiting on someone else", False),
    ("Deferred", "Deferred", False),
)
_CUSTOM_STATUSES = (
    ("Not Started", "To do", False),
    *_STATUSES[1:],
    ("Blocked", "Blocked by customer", False),
    ("待機中", "待機中", False),
    ("Erledigt", "Erledigt", True),
    ("Cancelled", "Called off", True),
)
_PRIORITIES = (("High", "High", True), ("Normal", "Normal", False), ("Low", "Low", False))
_CUSTOM_PRIORITIES = (*_PRIORITIES, ("Critical", "Critical!", True))


@dataclasses.dataclass(frozen=True, slots=True)
class Person:
    """A Salesforce user; `syncing` ones are users of the app, too."""

    name: str
    mailbox: str
    zone: str
    role: str | None
    syncing: bool = True
    active: bool = True
    sees_all: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Company:
    """One org, the team of the app that belongs to it, and the script its customers' names are in."""

    number: int
    team: str
    org: str
    domain: str
    people: tuple[Person, ...]
    statuses: tuple[tuple[str, str, bool], ...]
    priorities: tuple[tuple[str, str, bool], ...]
    queues: tuple[str, ...]

    def id(self, prefix: str, number: int) -> str:
        return numbered_id(prefix, number, pod=f"Z{self.number}")

    def user_id(self, mailbox: str) -> str:
        return self.id("005", 1 + [person.mailbox for person in self.people].index(mailbox))

    @property
    def queue_ids(self) -> tuple[str, ...]:
        return tuple(self.id("00G", 1 + place) for place in range(len(self.queues)))

    @property
    def closed_statuses(self) -> frozenset[str]:
        return frozenset(name for name, _, closed in self.statuses if closed)


COMPANIES = (
    Company(
        number=1,
        team="Kauri Sales",
        org="Kauri Trading Ltd",
        domain="kauri.example",
        people=(
            Person("Aroha Ngata", "aroha", "Pacific/Auckland", "Representative"),
            Person("山田 花子", "hanako", "Asia/Tokyo", "Representative"),
            Person("Priya Ramanathan", "priya", "Asia/Kolkata", "Representative"),
            Person("Jürgen Groß", "juergen", "Europe/Berlin", "Sales lead"),
            Person("Siân O'Connell", "sian", "Europe/London", "Representative"),
            Person("Marcus Bell", "marcus", "America/New_York", "Director"),
            Person("Integration", "integration", "GMT", None, syncing=False, sees_all=True),
            Person("Viktor Petrov", "viktor", "Europe/Sofia", "Representative", syncing=False),
            Person("Grace Adeyemi", "grace", "Africa/Lagos", "Representative", syncing=False),
            Person("Otto Gone", "otto", "Europe/Vienna", None, syncing=False, active=False),
        ),
        statuses=_STATUSES,
        priorities=_PRIORITIES,
        queues=("Inbound leads", "Renewals"),
    ),
    Company(
        number=2,
        team="Pacific Accounts",
        org="Nalu Pacific Inc",
        domain="nalu.example",
        people=(
            Person("Dana Reyes", "dana", "America/Los_Angeles", "Director"),
            Person("Keola Kahale", "keola", "Pacific/Honolulu", "Representative"),
            Person("सुनिता थापा", "sunita", "Asia/Kathmandu", "Representative"),
            Person("ليلى حسن", "layla", "Africa/Cairo", "Sales lead"),
            Person("João Araújo", "joao", "America/Sao_Paulo", "Representative"),
            Person("Nadia 🌊 Kerr", "nadia", "Australia/Lord_Howe", None),
            Person("Integration", "integration", "GMT", None, syncing=False, sees_all=True),
            Person("Tom Marsh", "tom", "America/Denver", "Representative", syncing=False),
            Person("Mei Lin 林美", "mei", "Asia/Taipei", "Representative", syncing=False),
            Person("Ines Gone", "ines", "Europe/Lisbon", None, syncing=False, active=False),
        ),
        statuses=_CUSTOM_STATUSES,
        priorities=_CUSTOM_PRIORITIES,
        queues=("Walk-ins", "待ち行列"),
    ),
)
_ROLES = (("Director", None), ("Sales lead", "Director"), ("Representative", "Sales lead"))
_CUSTOMERS = (
    "Ada Byron",
    "Νίκος Παπαδόπουλος",
    "Ольга Иванова",
    "محمد العلي",
    "שרה לוי",
    "राजेश शर्मा",
    "王小明",
    "佐藤 健",
    "김민수",
    "Nguyễn Thị Hoa",
    "สมชาย ใจดี",
    "Þórdís Ægisdóttir",
    "Łukasz Żółć",
    "Zoë D'Angelo",
    "María-José Núñez",
    "Çağla Şahin",
)
_ACCOUNTS = ("Acme", "Globex", "Ümlaut GmbH", "株式会社ひかり", "شركة النور", "Initech", "O'Hara & Sons", "Soylent 🌱")


def org_record(company: Company, chance: random.Random) -> dict[str, Any]:
    """Return one org as `load` gives it, without its Tasks."""
    contacts = [_contact(company, place, chance) for place in range(40)]
    return {
        "id": company.id("00D", 1),
        "name": company.org,
        "task_statuses": [_choice(place, *status) for place, status in enumerate(company.statuses)],
        "task_priorities": [
            {"ApiName": name, "MasterLabel": label, "IsHighPriority": high, **_place(place, name)}
            for place, (name, label, high) in enumerate(company.priorities)
        ],
        "users": [_user(company, person, place) for place, person in enumerate(company.people)],
        "roles": [_role(company, name, parent) for name, parent in _ROLES],
        "groups": [
            {"Id": queue_id, "Name": name, "Type": "Queue"}
            for queue_id, name in zip(company.queue_ids, company.queues, strict=True)
        ],
        "leads": [_lead(company, place) for place in range(30)],
        "contacts": contacts,
        "accounts": [{"Id": company.id("001", 1 + place), "Name": name} for place, name in enumerate(_ACCOUNTS)],
    }


def _choice(place: int, name: str, label: str, closed: bool) -> dict[str, Any]:
    return {"ApiName": name, "MasterLabel": label, "IsClosed": closed, **_place(place, name)}


def _place(place: int, name: str) -> dict[str, Any]:
    return {"IsDefault": name in {"Not Started", "Normal"}, "SortOrder": place + 1}


def _user(company: Company, person: Person, place: int) -> dict[str, Any]:
    email = f"{person.mailbox}@{company.domain}"
    return {
        "Id": company.user_id(person.mailbox),
        # Every other login is not the mail address: such users are found by email.
        "Username": email if place % 2 == 0 else f"{email}.crm",
        "Email": email,
        "Name": person.name,
        "IsActive": person.active,
        "TimeZoneSidKey": person.zone,
        "RoleId": _role_id(company, person.role) if person.role else None,
        "ViewAllData": person.sees_all,
    }


def _role(company: Company, name: str, parent: str | None) -> dict[str, Any]:
    parent_id = _role_id(company, parent) if parent else None
    return {"Id": _role_id(company, name), "Name": name, "ParentRoleId": parent_id}


def _role_id(company: Company, name: str) -> str:
    return company.id("00E", 1 + [role for role, _ in _ROLES].index(name))


def _contact(company: Company, place: int, chance: random.Random) -> dict[str, Any]:
    name = _CUSTOMERS[place % len(_CUSTOMERS)]
    return {
        "Id": company.id("003", 1 + place),
        "Name": name if place < len(_CUSTOMERS) else f"{name} {place}",
        # Two namesakes and, now and then, no address: matching people by name alone goes wrong.
        "Email": f"contact{place}@customer.example" if place % 7 else None,
        "AccountId": company.id("001", 1 + chance.randrange(len(_ACCOUNTS))) if place % 5 else None,
    }


def _lead(company: Company, place: int) -> dict[str, Any]:
    converted = place % 6 == 0
    return {
        "Id": company.id("00Q", 1 + place),
        "Name": f"{_CUSTOMERS[-1 - place % len(_CUSTOMERS)]} ({place})",
        "Email": f"lead{place}@prospect.example",
        "IsConverted": converted,
        "ConvertedContactId": company.id("003", 1 + place) if converted else None,
    }
