"""The objects an org has and their fields: names in any case, types, rights, and the JSON of describe."""

from __future__ import annotations

import csv
import dataclasses
import functools
import types
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Any

_SOAP_TYPES = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "int": "xsd:int",
    "double": "xsd:double",
    "currency": "xsd:double",
    "percent": "xsd:double",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
}
_FLAG_LETTERS = {
    "n": "nillable",
    "c": "createable",
    "u": "updateable",
    "d": "defaulted_on_create",
    "f": "filterable",
    "s": "sortable",
    "g": "groupable",
    "r": "restricted",
}
_TEXT_TYPES = frozenset(
    {"string", "picklist", "multipicklist", "combobox", "email", "phone", "url", "textarea", "encryptedstring"}
)


@dataclasses.dataclass(frozen=True, slots=True)
class FieldType:
    """One field: what it is called, what it holds, and what a query or a write may do with it."""

    name: str
    label: str
    type: str
    length: int = 0
    nillable: bool = True
    createable: bool = True
    updateable: bool = True
    defaulted_on_create: bool = False
    filterable: bool = True
    sortable: bool = True
    groupable: bool = True
    restricted: bool = False
    values: tuple[str, ...] = ()
    reference_to: tuple[str, ...] = ()
    relationship_name: str | None = None
    unique: bool = False
    case_sensitive: bool = False
    external_id: bool = False

    @property
    def is_custom(self) -> bool:
        return self.name.endswith("__c")

    @property
    def is_text(self) -> bool:
        return self.type in _TEXT_TYPES

    @property
    def is_polymorphic(self) -> bool:
        """Whether the parent may be of several objects, or of an open list of them (What)."""
        return len(self.reference_to) > 1 or self.relationship_name in {"Who", "What"}

    def describe(self) -> dict[str, Any]:
        """Return the field's entry in the describe answer, picklist values included."""
        return {
            **self._described_rights(),
            **self._described_type(),
            "name": self.name,
            "label": self.label,
            "nameField": self.name in {"Name", "Subject"},
            "picklistValues": [_picklist_entry(value) for value in self.values],
            "referenceTo": list(self.reference_to),
            "relationshipName": self.relationship_name,
        }

    def _described_rights(self) -> dict[str, Any]:
        return {
            "nillable": self.nillable,
            "createable": self.createable,
            "updateable": self.updateable,
            "defaultedOnCreate": self.defaulted_on_create,
            "filterable": self.filterable,
            "sortable": self.sortable,
            "groupable": self.groupable,
            "aggregatable": self.filterable and self.type != "boolean",
            "permissionable": self.nillable and self.createable,
        }

    def _described_type(self) -> dict[str, Any]:
        return {
            "type": self.type,
            "soapType": _SOAP_TYPES.get(self.type, "xsd:string"),
            "length": self.length,
            "byteLength": self.length if self.type in {"id", "reference"} else 3 * self.length,
            "digits": 9 if self.type == "int" else 0,
            "precision": 18 if self.type in {"double", "currency"} else 0,
            "scale": 2 if self.type in {"double", "currency"} else 0,
            "restrictedPicklist": self.restricted,
            "polymorphicForeignKey": self.is_polymorphic,
            "custom": self.is_custom,
            "unique": self.unique,
            "caseSensitive": self.case_sensitive,
            "externalId": self.external_id,
            "idLookup": self.type == "id" or self.external_id or self.unique,
            "calculated": False,
            "autoNumber": False,
            "deprecatedAndHidden": False,
            "htmlFormatted": False,
            "inlineHelpText": None,
            "defaultValue": False if self.type == "boolean" else None,
            "controllerName": None,
            "dependentPicklist": False,
        }


def _picklist_entry(value: str) -> dict[str, Any]:
    return {"active": True, "defaultValue": False, "label": value, "validFor": None, "value": value}


@dataclasses.dataclass(frozen=True, slots=True)
class ObjectType:
    """One object: `fields` is keyed by the lower-case field name, in the order of describe."""

    name: str
    label: str
    label_plural: str
    key_prefix: str | None
    fields: Mapping[str, FieldType]
    is_writable: bool = True
    is_searchable: bool = True

    def with_fields(self, *added: FieldType) -> ObjectType:
        """Return this object with further (custom) fields, or with fields of these names replaced."""
        fields = {**self.fields, **{field.name.lower(): field for field in added}}
        return dataclasses.replace(self, fields=types.MappingProxyType(fields))

    def without_fields(self, *names: str) -> ObjectType:
        """Return this object as a login sees it from whom field-level security hides `names`."""
        hidden = {name.lower() for name in names}
        fields = {name: field for name, field in self.fields.items() if name not in hidden}
        return dataclasses.replace(self, fields=types.MappingProxyType(fields))

    def with_read_only(self, *names: str) -> ObjectType:
        """Return this object as a login has it that may read `names` and not write them."""
        found = (self.fields[name.lower()] for name in names if name.lower() in self.fields)
        return self.with_fields(*(dataclasses.replace(one, createable=False, updateable=False) for one in found))

    def as_read_only(self) -> ObjectType:
        """Return this object as a login has it that may not write its records."""
        return dataclasses.replace(self, is_writable=False)

    def describe(self, url_prefix: str = "/services/data/v66.0/sobjects") -> dict[str, Any]:
        """Return the JSON of `GET …/sobjects/<name>/describe`."""
        return {**self.describe_global(url_prefix), **self._described_details()}

    def describe_global(self, url_prefix: str = "/services/data/v66.0/sobjects") -> dict[str, Any]:
        """Return this object's entry in `GET …/sobjects`."""
        root = f"{url_prefix}/{self.name}"
        rights = ("createable", "updateable", "deletable", "undeletable", "mergeable")
        return {
            "name": self.name,
            "label": self.label,
            "labelPlural": self.label_plural,
            "keyPrefix": self.key_prefix,
            "custom": False,
            "customSetting": False,
            "deprecatedAndHidden": False,
            "activateable": False,
            "feedEnabled": False,
            "hasSubtypes": False,
            "isSubtype": False,
            "layoutable": self.is_writable,
            "mruEnabled": self.is_writable,
            "queryable": True,
            "replicateable": "systemmodstamp" in self.fields,
            "retrieveable": True,
            "searchable": self.is_searchable,
            "triggerable": self.is_writable,
            **dict.fromkeys(rights, self.is_writable),
            "urls": {
                "sobject": root,
                "describe": f"{root}/describe",
                "rowTemplate": f"{root}/{{ID}}",
            },
        }

    def _described_details(self) -> dict[str, Any]:
        return {
            "actionOverrides": [],
            "childRelationships": [],
            "compactLayoutable": self.is_writable,
            "fields": [field.describe() for field in self.fields.values()],
            "listviewable": None,
            "lookupLayoutable": None,
            "namedLayoutInfos": [],
            "networkScopeFieldName": None,
            "recordTypeInfos": [],
            "searchLayoutable": self.is_searchable,
            "supportedScopes": [
                {"label": f"All {self.label_plural.lower()}", "name": "everything"},
                {"label": f"My {self.label_plural.lower()}", "name": "mine"},
            ],
        }


def object_type(name: str) -> ObjectType | None:
    """Return the object called `name` in any case, or None where an org has no such object."""
    return _objects().get(name.lower())


def object_types() -> tuple[ObjectType, ...]:
    """Return every object a client may ask for, the polymorphic `Name` left out."""
    return tuple(found for found in _objects().values() if found.key_prefix)


def object_name_of(record_id: str) -> str | None:
    """Return the object an id belongs to by its first three characters, or None."""
    return _names_by_prefix().get(record_id[:3])


@functools.cache
def _names_by_prefix() -> dict[str, str]:
    return {found.key_prefix: found.name for found in _objects().values() if found.key_prefix}


@functools.cache
def _objects() -> dict[str, ObjectType]:
    fields: dict[str, list[FieldType]] = {"Task": _task_fields()}
    for line in _table("object_fields.csv"):
        fields.setdefault(line["object"], []).append(_compact_field(line))
    return {line["name"].lower(): _object(line, fields[line["name"]]) for line in _table("objects.csv")}


def _object(line: Mapping[str, str], fields: Iterable[FieldType]) -> ObjectType:
    return ObjectType(
        name=line["name"],
        label=line["label"],
        label_plural=line["label_plural"],
        key_prefix=line["key_prefix"] or None,
        fields=types.MappingProxyType({field.name.lower(): field for field in fields}),
        is_writable=line["writable"] == "true",
        is_searchable=line["searchable"] == "true",
    )


def _task_fields() -> list[FieldType]:
    # A plain org has none of the fields that a feature such as Shared Activities brings.
    return [_task_field(line) for line in _table("task_describe.csv") if not line["orgFeature"]]


def _task_field(line: Mapping[str, str]) -> FieldType:
    return FieldType(
        name=line["name"],
        label=line["label"],
        type=line["type"],
        length=int(line["length"]),
        nillable=line["nillable"] == "true",
        createable=line["createable"] == "true",
        updateable=line["updateable"] == "true",
        defaulted_on_create=line["defaultedOnCreate"] == "true",
        filterable=line["filterable"] == "true",
        sortable=line["sortable"] == "true",
        groupable=line["groupable"] == "true",
        restricted=line["restrictedPicklist"] == "true",
        values=_listed(line["picklistValues"]),
        reference_to=_listed(line["referenceTo"]),
        relationship_name=line["relationshipName"] or None,
    )


def _compact_field(line: Mapping[str, str]) -> FieldType:
    flags = {name: letter in line["flags"] for letter, name in _FLAG_LETTERS.items()}
    return FieldType(
        name=line["name"],
        label=line["label"],
        type=line["type"],
        length=int(line["length"]),
        values=_listed(line["values"]),
        reference_to=_listed(line["reference_to"]),
        relationship_name=line["relationship_name"] or None,
        **flags,
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(";") if part)


def _table(file_name: str) -> list[dict[str, str]]:
    text = resources.files("orgsim.data").joinpath(file_name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
