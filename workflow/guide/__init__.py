"""The guide in use: how often each situation was opened, and how it ended. No person is known here."""
