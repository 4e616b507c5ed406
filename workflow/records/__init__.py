"""Student records: the values the school holds, the source of each value, and roster import."""
