"""The SOAP operations the box knows."""

from collections.abc import Callable, Mapping
from typing import Any

from orgsim.authorize import login_of
from orgsim.calls import Call
from orgsim.conversion import Conversion
from orgsim.errors import OAuthRefusal, Refusal
from orgsim.ids import long_id
from orgsim.org import Org
from orgsim.rest.saver import RecordSaves
from orgsim.saving import hard_delete
from orgsim.schema import object_name_of
from orgsim.soap.envelope import Message, SoapFault
from orgsim.tables import Row
from orgsim.values import date_time_text
from orgsim.world import World

Result = dict[str, Any]
CLIENT_ID = "soap-login"
NO_LOGIN_SINCE = 65
_MAX_IDS = 200
_BAD_LOGIN = "Invalid username, password, security token; or user locked out."
_DISABLED = (
    "SOAP API login() is disabled by default in this org. Contact the org administrator to enable SOAP API login()."
)


def login(world: World, message: Message, version: str, base_url: str) -> Result:
    """Give a session for a username and password; raises SoapFault."""
    if float(version) >= NO_LOGIN_SINCE:
        text = f"The SOAP Login operation is not available in the API version specified ({version})."
        raise SoapFault("INVALID_OPERATION", text)
    try:
        org, user = login_of(world, message.one("username"))
    except OAuthRefusal as refusal:
        raise _refused_login(refusal) from None
    if not org.settings.soap_login:
        raise SoapFault("INVALID_OPERATION", _DISABLED)
    if not org.settings.is_password(message.one("password")):
        raise SoapFault("INVALID_LOGIN", _BAD_LOGIN, "LoginFault")
    session = world.logins.open_session(org, user["Id"], CLIENT_ID, world.clock.now())
    return {
        "metadataServerUrl": f"{base_url}/services/Soap/m/{version}/{org.id}",
        "passwordExpired": False,
        "sandbox": False,
        "serverUrl": f"{base_url}/services/Soap/u/{version}/{org.id}",
        "sessionId": session.token,
        "userId": user["Id"],
        "userInfo": user_info(org, user),
    }


def _refused_login(refusal: OAuthRefusal) -> SoapFault:
    if refusal.description == "inactive organization":
        return SoapFault("ORG_LOCKED", "organization is locked or inactive", "LoginFault")
    # An inactive user gets the same words as a wrong password.
    return SoapFault("INVALID_LOGIN", _BAD_LOGIN, "LoginFault")


def user_info(org: Org, user: Row) -> Result:
    return {
        "accessibilityMode": False,
        "organizationId": org.id,
        "organizationMultiCurrency": False,
        "organizationName": org.name,
        "profileId": user.get("ProfileId") or "00e000000000001AAA",
        "roleId": user.get("UserRoleId"),
        "sessionSecondsValid": int(org.settings.session_seconds),
        "userEmail": user.get("Email"),
        "userFullName": user.get("Name"),
        "userId": user["Id"],
        "userLanguage": "en_US",
        "userLocale": "en_US",
        "userName": user["Username"],
        "userTimeZone": user.get("TimeZoneSidKey"),
        "userType": "Standard",
    }


def _get_user_info(call: Call, _message: Message) -> Result:
    return user_info(call.org, call.org.table("User").rows[call.user_id])


def _logout(call: Call, _message: Message) -> None:
    call.world.logins.sessions.pop(call.session.token, None)


def _timestamp(call: Call, _message: Message) -> Result:
    return {"timestamp": date_time_text(call.world.clock.now()).replace("+0000", "Z")}


def _undelete(call: Call, message: Message) -> list[Result]:
    saves = RecordSaves(call)
    found = [_result(text, lambda record_id, name: saves.undelete(name, record_id)) for text in _ids(message)]
    saves.settle()
    return found


def _delete(call: Call, message: Message) -> list[Result]:
    saves = RecordSaves(call)
    found = [_result(text, lambda record_id, name: saves.delete(name, record_id)) for text in _ids(message)]
    saves.settle()
    return found


def _empty_recycle_bin(call: Call, message: Message) -> list[Result]:
    def purge(record_id: str, name: str) -> None:
        row = call.org.table(name).get(record_id)
        if row is None or not row.get("IsDeleted"):
            raise Refusal(
                "ENTITY_IS_DELETED" if row is None else "INVALID_ID_FIELD", "entity is not in the recycle bin"
            )
        hard_delete(call.org, record_id, call.world.clock.second())

    return [_result(text, purge) for text in _ids(message)]


def _convert_lead(call: Call, message: Message) -> list[Result]:
    return [_converted(call, asked) for asked in message.records]


def _converted(call: Call, asked: Mapping[str, str]) -> Result:
    named = {name: long_id(asked[name]) for name in ("contactId", "accountId", "ownerId") if asked.get(name)}
    lead_id = long_id(asked.get("leadId")) or ""
    conversion = Conversion(call.org, call.user_id, call.world.clock.second())
    try:
        done = conversion.convert(lead_id, named.get("contactId"), named.get("accountId"), named.get("ownerId"))
    except Refusal as refusal:
        return {**_failed(None, refusal), "leadId": lead_id}
    made = {"accountId": done.account_id, "contactId": done.contact_id}
    return {**made, "leadId": lead_id, "opportunityId": None, "success": True}


def _ids(message: Message) -> list[str]:
    found = message.all("ids")
    if len(found) > _MAX_IDS:
        text = f"record limit reached. cannot submit more than {_MAX_IDS} records into this call"
        raise SoapFault("EXCEEDED_ID_LIMIT", text)
    return found


def _result(text: str, work: Callable[[str, str], None]) -> Result:
    record_id = long_id(text)
    name = object_name_of(record_id) if record_id else None
    if record_id is None or name is None:
        return _failed(None, Refusal("MALFORMED_ID", f"malformed id {text}", ()))
    try:
        work(record_id, name)
    except Refusal as refusal:
        return _failed(record_id, refusal)
    return {"id": record_id, "success": True}


def _failed(record_id: str | None, refusal: Refusal) -> Result:
    error = {"fields": list(refusal.fields or ()), "message": refusal.message, "statusCode": refusal.code}
    return {"errors": error, "id": record_id, "success": False}


OPERATIONS: dict[str, Callable[[Call, Message], Result | list[Result] | None]] = {
    "logout": _logout,
    "getServerTimestamp": _timestamp,
    "getUserInfo": _get_user_info,
    "undelete": _undelete,
    "delete": _delete,
    "convertLead": _convert_lead,
    "emptyRecycleBin": _empty_recycle_bin,
}
