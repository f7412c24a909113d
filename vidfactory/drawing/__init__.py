"""Things drawn once: illustrations, charts, cards, tickers, captions, posters. Knows no time."""
