"""A job that the service keeps waiting for as long as a test wants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.scripted_service import Held, says

if TYPE_CHECKING:
    from runcomfy_jupyter._session.job import Job
    from runcomfy_jupyter._session.session import Session
    from support.scripted_service import Service


def under_way(session: Session, service: Service, prompt: str = "A paper boat") -> tuple[Job, Held]:
    """Return a job that the service has accepted, and what holds it up."""
    held = Held(says(status="completed"))
    service.on("status", held)
    job = session.submit(prompt)
    assert held.asked.wait(20)
    return job, held
