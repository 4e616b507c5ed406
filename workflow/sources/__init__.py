"""The platform and the 教务系统 side by side: two sources, mapped by name; what differs is a worksheet."""
