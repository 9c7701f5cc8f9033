"""How settings, servers, logins and orgs stand: each thing OK, or what to do about it."""

from worker.doctor.examination import examine
from worker.doctor.findings import Finding, Verdict

__all__ = ["Finding", "Verdict", "examine"]
