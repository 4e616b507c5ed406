"""The school as its pages name it: its profile with colour and crest, changed by the registrar."""
