"""Where the time goes. Prints ratios of one run on one machine; nothing here is a test."""
