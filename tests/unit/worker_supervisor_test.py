"""What the Procfile's commands become when one terminal runs them."""

import pytest

from worker.supervisor import program


@pytest.fixture
def procfile(tmp_path):
    path = tmp_path / "Procfile"
    path.write_text("web: python -m web\nworker: celery worker --pool=${POOL:-threads}\n")
    return path


def test_a_variable_is_what_the_settings_say_and_else_what_the_procfile_says(procfile):
    assert program("worker", {"POOL": "prefork"}, procfile)[-1] == "--pool=prefork"
    assert program("worker", {}, procfile)[-1] == "--pool=threads"
    assert program("worker", {"POOL": ""}, procfile)[-1] == "--pool=threads"
