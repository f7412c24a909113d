"""The studio graph. Assets are thin: they load, call one pure function or port, and attach metadata."""
