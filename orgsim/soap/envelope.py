"""SOAP text to a call, and results and faults to SOAP text."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

PARTNER, FAULT = "urn:partner.soap.sforce.com", "urn:fault.partner.soap.sforce.com"
_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_HEAD = f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{_SOAP}"'


class SoapFault(Exception):
    """The endpoint refuses a call: `code` and `message` are the platform's."""

    def __init__(self, code: str, message: str, kind: str = "UnexpectedErrorFault") -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.kind = code, message, kind


@dataclass(frozen=True, slots=True)
class Message:
    """One call: its operation, the texts of its arguments in order, and the session it names.

    `records` are the arguments that have parts, each as the texts of these.
    """

    operation: str
    arguments: tuple[tuple[str, str], ...]
    session_id: str
    records: tuple[Mapping[str, str], ...] = ()

    def all(self, name: str) -> list[str]:
        return [text for given, text in self.arguments if given == name]

    def one(self, name: str) -> str:
        return next(iter(self.all(name)), "")


def read(body: bytes) -> Message:
    """Read an envelope, whatever its prefixes; raises SoapFault."""
    try:
        if b"<!DOCTYPE" in body:
            raise SoapFault("soapenv:Client", "DOCTYPE is not allowed")
        root = ET.fromstring(body)  # noqa: S314 without a DOCTYPE there are no entities to expand
    except ET.ParseError as error:
        raise SoapFault("soapenv:Client", f"Unable to parse the envelope: {error}") from None
    operation = next(iter(_child(root, "Body")), None)
    if operation is None:
        raise SoapFault("soapenv:Client", "No operation available for request")
    session = next((one for one in root.iter() if _name(one) == "sessionId"), None)
    arguments = tuple((_name(one), _text(one)) for one in operation)
    records = tuple({_name(part): _text(part) for part in one} for one in operation if len(one))
    return Message(_name(operation), arguments, _text(session) if session is not None else "", records)


def _text(element: ET.Element) -> str:
    return (element.text or "").strip()


def _child(element: ET.Element, name: str) -> Iterable[ET.Element]:
    return next((one for one in element if _name(one) == name), ())


def _name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def element(name: str, value: object) -> str:
    """Give `<name>value</name>`: a dict nests, a list repeats, None is nil."""
    if isinstance(value, list):
        return "".join(element(name, one) for one in value)
    if value is None:
        return f'<{name} xsi:nil="true"/>'
    if isinstance(value, dict):
        inner = "".join(element(key, one) for key, one in value.items())
    else:
        inner = escape(str(value).lower() if isinstance(value, bool) else str(value))
    return f"<{name}>{inner}</{name}>"


def response(operation: str, result: object) -> str:
    """Give the envelope of an answer; `result` as in `element`, None for an operation that returns nothing."""
    body = "" if result is None else element("result", result)
    name = f"{operation}Response"
    return f'{_HEAD} xmlns="{PARTNER}" xmlns:xsi="{_XSI}"><soapenv:Body><{name}>{body}</{name}>{_END}'


def fault(found: SoapFault) -> str:
    code = found.code if ":" in found.code else f"sf:{found.code}"
    told = escape(f"{found.code}: {found.message}")
    detail = element("sf:exceptionCode", found.code) + element("sf:exceptionMessage", found.message)
    return (
        f'{_HEAD} xmlns:sf="{FAULT}" xmlns:xsi="{_XSI}"><soapenv:Body><soapenv:Fault><faultcode>{code}</faultcode>'
        f"<faultstring>{told}</faultstring>"
        f'<detail><sf:{found.kind} xsi:type="sf:{found.kind}">{detail}</sf:{found.kind}></detail></soapenv:Fault>{_END}'
    )


_END = "</soapenv:Body></soapenv:Envelope>"
