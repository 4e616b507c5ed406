"""The pages of campaigns: their making, running, bulletins, posters and the platform's own counts."""
