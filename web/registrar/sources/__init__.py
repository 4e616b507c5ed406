"""The platform and the 教务系统 side by side: files, columns and the worksheet of what differs."""
