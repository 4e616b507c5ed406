"""What is known here of a person that their password must not be made of."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.policy import School
from workflow.people.cipher import Cipher
from workflow.people.tables import Person
from workflow.records.tables import Record
from workflow.records.values import values_of
from workflow.signin.password.known import AboutPerson


def about_person(session: Session, cipher: Cipher, school: School, person: str, record: str) -> AboutPerson:
    """A student's record, or the name and number of a member of staff, with the school's names."""
    names = (school.title, school.title_en, school.slug)
    if not record:
        staff = session.execute(select(Person.name, Person.number).where(Person.id == person)).one()
        return AboutPerson(staff.name, (staff.number,) if staff.number else (), school_names=names)
    birth = session.scalars(select(Record.csrq).where(Record.id == record)).one()
    held = values_of(session, cipher, record, ("XM", "XH", "KSH", "SFZH"))
    numbers = tuple(filter(None, (held["XH"], held["KSH"])))
    return AboutPerson(held["XM"], numbers, held["SFZH"], birth, names)
