"""Read a school's folder: strictly, with the line of every fault, into a draft that is checked before use."""
