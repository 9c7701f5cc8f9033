"""The partner SOAP endpoint, /services/Soap/u/NN.N: login for old clients, and undelete, which REST has not."""

from orgsim.soap.endpoint import answer, identify, is_soap

__all__ = ["answer", "identify", "is_soap"]
