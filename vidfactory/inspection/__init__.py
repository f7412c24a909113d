"""The inspector: what is measured on a finished film, and what follows from it. Pure."""
