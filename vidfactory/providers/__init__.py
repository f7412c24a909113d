"""One file per service behind a port, and the house providers that need neither key nor network."""
