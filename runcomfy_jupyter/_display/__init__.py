"""What a job looks like, in words and in HTML. Nothing here knows a front end."""
