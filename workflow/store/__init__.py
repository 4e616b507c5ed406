"""Storage: SQLite or PostgreSQL, one unit of work, one fair lock for writers."""

from workflow.store.in_hand import InHand, drop, drop_all, hands_of, keep_in_hand
from workflow.store.prepared import Prepared, driver_of, is_writing, rows_changed, write_rows
from workflow.store.types import Base, Day, Instant, as_text, from_text, table_of
from workflow.store.unit_of_work import FairLock, Kept, Store, afterwards, at_the_end

__all__ = [
    "Base",
    "Day",
    "FairLock",
    "InHand",
    "Instant",
    "Kept",
    "Prepared",
    "Store",
    "afterwards",
    "as_text",
    "at_the_end",
    "driver_of",
    "drop",
    "drop_all",
    "from_text",
    "hands_of",
    "is_writing",
    "keep_in_hand",
    "rows_changed",
    "table_of",
    "write_rows",
]
