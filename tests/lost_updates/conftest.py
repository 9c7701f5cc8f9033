"""The worlds of the conformance tests: the in-memory ports, and the whole pipeline on an org in a box."""

from tests.conformance.conftest import _sim, make_scene, off, scene, unkeyed

__all__ = ["_sim", "make_scene", "off", "scene", "unkeyed"]
