"""What a film costs: the benchmark behind `make bench`. Figures of one run on one machine; nothing here is a test."""
