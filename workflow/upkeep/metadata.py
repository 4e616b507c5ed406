"""The tables of all packages in one place, as the target of migrations."""

from __future__ import annotations

import workflow.campaigns.tables
import workflow.cases.batches
import workflow.cases.tables
import workflow.evidence.tables
import workflow.guide.tables
import workflow.help.tables
import workflow.history.tables
import workflow.letters.tables
import workflow.notices.tables
import workflow.outgoing.files.tables
import workflow.outgoing.forms.tables
import workflow.outgoing.jobs.tables
import workflow.people.tables
import workflow.permissions.tables
import workflow.records.tables
import workflow.school.tables
import workflow.signin.tables
import workflow.sources.tables
import workflow.upkeep.tables  # noqa: F401
from workflow.store import Base

metadata = Base.metadata
