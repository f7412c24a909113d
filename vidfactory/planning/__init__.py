"""From words with times to a production plan. Rules on schema models; no picture is drawn here."""
