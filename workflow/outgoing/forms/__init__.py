"""The forms that colleges print, seal and return, and the register of what came back."""
